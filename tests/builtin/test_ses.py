"""Escalations by e-mail through moto's SES, over HTTP; looked at on its way, and as moto kept it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import boto3
import pytest
from moto.ses.models import ses_backends

from punai import Escalation, Tenant
from punai.builtin import ses
from punai.builtin.service import ServiceError
from punai.builtin.ses import BODY_LIMIT, Email
from punai.models import Line
from punai.ports import ConfigurationError
from tests.builtin.services import Answer, Request, Services, Trouble, running
from tests.house import TEASHOP, House, escalations_of, say

NOW = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
FROM = "Shop <bot@shop.example>"
TO = ["ann@shop.example", "bob@shop.example"]


class Post:
    """What left, as boto3 was given it; and what moto kept."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def note(self, params: dict[str, Any], **_: Any) -> None:
        self.requests.append(params)

    def kept(self) -> list[Any]:
        return list(ses_backends["123456789012"]["eu-west-1"].sent_messages)


@pytest.fixture
def post(aws: None, moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    boto3.client("ses").verify_email_identity(EmailAddress="bot@shop.example")
    ses._client.cache_clear()  # a client of another test's would speak to that test's address
    office = Post()
    ses._client(None).meta.events.register("provide-client-params.sesv2.SendEmail", office.note)
    yield office
    ses._client.cache_clear()


def acme(**settings: Any) -> Tenant:
    return Tenant(id="acme", name="Acme Shop", settings={"ses_email": {"from": FROM, "to": TO, **settings}})


def escalation(**fields: Any) -> Escalation:
    usual: dict[str, Any] = {
        "id": "esc_1",
        "conversation_id": "c-7",
        "user_id": "jo",
        "name": "Jo Bloggs",
        "email": "jo@example.com",
        "reason": "person_requested",
        "intent": "order_status",
        "at": NOW,
        "summary": "where is my order",
        "link": "https://desk.example/c-7?a=1&b=2",
        "transcript": (
            Line(role="customer", text="where is my order", at=NOW),
            Line(role="assistant", text="On its way.", at=NOW),
        ),
    }
    return Escalation(**{**usual, **fields})


def content(request: dict[str, Any]) -> tuple[str, str, str]:
    simple = request["Content"]["Simple"]
    assert {simple["Subject"]["Charset"], *(part["Charset"] for part in simple["Body"].values())} == {"UTF-8"}
    return simple["Subject"]["Data"], simple["Body"]["Text"]["Data"], simple["Body"]["Html"]["Data"]


def test_mail_is_one_that_a_support_person_can_act_on_and_answer(post: Post) -> None:
    reference = Email()(escalation(note="Gift, please hurry."), acme(configuration_set="support"))
    [request] = post.requests
    assert request["FromEmailAddress"] == FROM
    assert request["Destination"] == {"ToAddresses": TO}
    assert request["ReplyToAddresses"] == ["jo@example.com"]
    assert request["ConfigurationSetName"] == "support"
    subject, text, html = content(request)
    assert subject == "[Acme Shop] person requested: Jo Bloggs"
    for part in ("Jo Bloggs", "jo@example.com", "order_status", "where is my order", "On its way.", "Gift, "):
        assert part in text
        assert part in html
    assert '<a href="https://desk.example/c-7?a=1&amp;b=2">' in html
    kept = post.kept()[-1]
    assert kept.id == reference
    assert (kept.source, kept.destinations["ToAddresses"]) == (FROM, TO)


def test_what_a_customer_wrote_is_text(post: Post) -> None:
    hostile = "<script>alert('x')</script>\n<a href='javascript:x'>\u202e مرحبا 👩‍👩‍👧‍👦 &amp;"
    said = (Line(role="customer", text=hostile, at=NOW),)
    Email()(
        escalation(transcript=said, summary=hostile, note=hostile, name=hostile, link="javascript:x"), acme()
    )
    _, text, html = content(post.requests[0])
    assert "<script" not in html
    assert "<a " not in html
    assert html.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;") == 4
    assert "مرحبا 👩‍👩‍👧‍👦" in text
    assert "مرحبا 👩‍👩‍👧‍👦" in html


@pytest.mark.parametrize(
    "name",
    ["Eve\r\nBcc: all@example.com", "Eve\nX: y", "Eve\u2028X", "Eve\x00", "\u202eevE", "\x85Eve", "é" * 200],
)
def test_subject_is_one_line(post: Post, name: str) -> None:
    Email()(escalation(name=name), acme())
    subject, _, _ = content(post.requests[0])
    assert subject.startswith("[Acme Shop] person requested: ")
    assert subject.isprintable()
    assert len(subject.encode()) <= 200


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "jo",
        "jo@x",
        "jo@x.example\r\nBcc: a@b.example",
        "jo@x.example, a@b.example",
        "<jo@x.example>",
        f"{'x' * 250}@x.example",
    ],
)
def test_nobody_is_answered_who_has_no_address(post: Post, email: str | None) -> None:
    Email()(escalation(email=email), acme())
    assert "ReplyToAddresses" not in post.requests[0]


@pytest.mark.parametrize("letter", ["x", "é", "👍", "<", "'"])
def test_longest_conversation_fits_and_its_end_is_told(post: Post, letter: str) -> None:
    said = tuple(Line(role="customer", text=letter * 4000, at=NOW) for _ in range(500))
    last = Line(role="customer", text="the very last words", at=NOW)
    Email()(escalation(transcript=(*said, last), note=letter * 4000), acme())
    _, text, html = content(post.requests[0])
    for body in (text, html):
        assert len(body.encode()) <= BODY_LIMIT
        assert "the very last words" in body
        assert letter in "x" or "earlier messages are left out" in body


def test_recipients_may_be_text_and_a_reference(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPORT", "ann@shop.example, bob@shop.example")
    Email()(escalation(), acme(to="env:SUPPORT"))
    assert post.requests[0]["Destination"] == {"ToAddresses": TO}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"from": None}, r"set from under \[settings.ses_email\]"),
        ({"to": None}, r"set to under \[settings.ses_email\]"),
        ({"to": []}, r"\[settings.ses_email\] to: is empty"),
        ({"to": "ann"}, r"\[settings.ses_email\] to: is no e-mail address"),
        ({"from": "a@x.example, b@x.example"}, r"\[settings.ses_email\] from: is no e-mail address"),
        ({"from": "a@x.example\nBcc: b@x.example"}, r"\[settings.ses_email\] from: is no e-mail address"),
        ({"to": [f"a{n}@x.example" for n in range(51)]}, "has 51 addresses; SES takes 50"),
    ],
)
def test_setting_that_is_wrong_is_told(settings: dict[str, Any], why: str) -> None:
    values = {key: value for key, value in {"from": FROM, "to": TO, **settings}.items() if value is not None}
    tenant = Tenant(id="acme", name="Acme", settings={"ses_email": values})
    with pytest.raises(LookupError, match=why):
        Email().configured(tenant)
    Email().configured(acme(**{"from": "ssm:/shop/from", "to": "ssm:/shop/to"}))  # read when it is needed


def deliver(house: House, lines: str) -> tuple[str, str]:
    """An escalation through a real desk: the delivery's status and its last error."""
    house.write_pack(text=f'escalate_to = ["ses_email"]\n{TEASHOP}\n[settings.ses_email]\n{lines}')
    desk = house.open()
    say(desk, "my zebra teapot leaks, I want to talk to a person")
    desk.deliver_due()
    [delivery] = escalations_of(desk)[0].deliveries
    assert "zebra" not in (delivery.last_error or "")
    return delivery.status, delivery.last_error or ""


def test_it_is_delivered(house: House, post: Post) -> None:
    assert deliver(house, 'from = "bot@shop.example"\nto = ["ann@shop.example"]') == ("delivered", "")
    assert "my zebra teapot" in post.kept()[-1].body


def test_sender_that_is_not_verified_is_told(house: House, post: Post) -> None:
    status, error = deliver(house, 'from = "stranger@other.example"\nto = ["ann@shop.example"]')
    assert status == "retrying"
    assert error.startswith("ServiceError: SES rejects the message: verify the sender")
    assert "stranger" not in error


def test_ses_out_of_reach_is_told(house: House, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    ses._client.cache_clear()
    status, error = deliver(house, 'from = "bot@shop.example"\nto = ["ann@shop.example"]')
    assert (status, error) == (
        "retrying",
        "ServiceError: SES cannot be reached (EndpointConnectionError): check region and credentials",
    )


def test_missing_setting_stops_the_start(house: House) -> None:
    with pytest.raises(ConfigurationError, match=r"business.toml: handler 'ses_email': set from under"):
        deliver(house, 'to = ["ann@shop.example"]')


class Ses:
    """SES's HTTP interface where moto has none: `GetAccount`, and its refusals as they are documented."""

    def __init__(self) -> None:
        self.account: dict[str, Any] = {"SendingEnabled": True, "ProductionAccessEnabled": True}
        self.status, self.code = 200, ""
        self.headers: dict[str, str] = {}

    def __call__(self, request: Request) -> Answer:
        if self.code:
            said = {"message": f"{request.raw.decode()} zebra ann@shop.example"}
            return Answer(self.status, said, {"x-amzn-ErrorType": self.code, **self.headers})
        return Answer(200, self.account if request.method == "GET" else {"MessageId": "m-1"})


@pytest.fixture
def fake(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Ses, Services]]:
    itself = Ses()
    with running(v2=itself) as services:
        monkeypatch.setenv("AWS_ENDPOINT_URL", services.url)
        ses._client.cache_clear()
        yield itself, services
    ses._client.cache_clear()


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (400, "BadRequestException", "check from and to under"),
        (400, "AccountSuspendedException", "see to it in the SES console"),
        (403, "AccessDeniedException", "allow ses:SendEmail"),
        (403, "UnrecognizedClientException", "refuses the credentials"),
        (404, "NotFoundException", "no such identity or configuration set"),
        (409, "ConflictException", "refuses it with the code ConflictException"),
        (422, "my zebra", "refuses it with the code unknown"),
        (429, "TooManyRequestsException", "is asked too often"),
        (500, "InternalServiceErrorException", "refuses it with the code InternalServiceErrorException"),
    ],
)
def test_refusals_are_told_without_their_words(
    house: House, fake: tuple[Ses, Services], status: int, code: str, told: str
) -> None:
    server, _ = fake
    server.status, server.code = status, code
    outcome, error = deliver(house, 'from = "bot@shop.example"\nto = ["ann@shop.example"]')
    assert outcome == "retrying"
    assert error.startswith("ServiceError: SES ")
    assert told in error
    assert "ann@" not in error


def test_ses_is_left_alone_for_as_long_as_it_says(fake: tuple[Ses, Services]) -> None:
    server, _ = fake
    server.status, server.code, server.headers = 429, "TooManyRequestsException", {"Retry-After": "1200"}
    with pytest.raises(ServiceError) as refused:
        Email()(escalation(), acme())
    assert refused.value.retry_after == "1200"


@pytest.mark.parametrize(
    ("way", "told"), [("broken", "SES gave an answer that"), ("cut", "SES cannot be reached")]
)
def test_answer_that_is_none_is_told(
    house: House, fake: tuple[Ses, Services], way: Literal["broken", "cut"], told: str
) -> None:
    _, services = fake
    services.trouble["v2"] = Trouble(way=way)
    outcome, error = deliver(house, 'from = "bot@shop.example"\nto = ["ann@shop.example"]')
    assert outcome == "retrying"
    assert error.startswith(f"ServiceError: {told}")


def test_doctor_is_told_how_many_get_it(fake: tuple[Ses, Services]) -> None:
    server, _ = fake
    assert Email().check(acme()) == "to 2 addresses"
    server.account["ProductionAccessEnabled"] = False
    assert Email().check(acme()) == "to 2 addresses, in the sandbox: verified addresses alone"
    server.account["SendingEnabled"] = False
    with pytest.raises(LookupError, match="SES has paused sending for this account"):
        Email().check(acme())
    server.status, server.code = 403, "AccessDeniedException"
    with pytest.raises(ServiceError, match="does not allow it"):
        Email().check(acme())
