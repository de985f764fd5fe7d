"""Whatever a customer writes is text, fits, and arrives: through every handler that speaks HTTP."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from punai import Escalation
from punai.models import Line
from tests.builtin.handlers import FAKES, TICKETS, Town, deliveries, town
from tests.house import House, escalations_of, say, tenant_of

NOW = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
HTTP = sorted(FAKES)

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> <!channel> <!here|x> <@U024BE7LH> "
    "<https://evil.example|bank> @octocat @org/team #1 ```\n````\nfenced? [link](https://evil.example) "
    "{noformat} {NOFORMAT} [~accountid:5b10] {code}x{code} &amp; &lt; \u202egnp.exe \u2066 "
    "مرحبا، أريد التحدث إلى شخص "
    "👩\u200d👩\u200d👧\u200d👦🏳\ufe0f\u200d🌈 日本語 \x07 I want to talk to a person"
)


@pytest.fixture
def shops(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with town(house, monkeypatch) as here:
        yield here


class Tags(HTMLParser):
    """The tags that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}


def html_of(fake: Any, name: str) -> list[str]:
    """The HTML that a service was given."""
    if name == "zendesk":
        return [ticket["comment"]["html_body"] for ticket in fake.tickets]
    return [ticket["description"] for ticket in fake.tickets]


def escalation(**fields: Any) -> Escalation:
    usual: dict[str, Any] = {
        "id": "esc_0123456789abcdef0123456789abcdef",
        "conversation_id": "c",
        "user_id": "jo",
        "reason": "person_requested",
        "at": NOW,
        "summary": "in short",
        "transcript": (Line(role="customer", text="hello", at=NOW),),
    }
    return Escalation(**{**usual, **fields})


def test_hostile_words_are_text_everywhere(shops: Town) -> None:
    desk = shops.open(*HTTP)
    say(desk, HOSTILE)
    [found] = escalations_of(desk)
    name, email = "Eve\r\nBcc: all@example.com <script>", "eve@x.example\r\nBcc: all@example.com"
    desk.store.amend_escalation(
        tenant_of(desk), found.id, due_at=shops.house.clock(), name=name, email=email, note=HOSTILE
    )
    shops.house.clock.forward(minutes=1)
    desk.deliver_due()
    assert {delivery.status for delivery in deliveries(desk).values()} == {"delivered"}, deliveries(desk)
    for service in HTTP:
        written = shops.fakes[service].words()
        assert "مرحبا، أريد التحدث إلى شخص" in written
        assert "👩\u200d👩\u200d👧\u200d👦" in written
        assert "日本語" in written
    for service in ("zendesk", "freshdesk"):
        [html] = html_of(shops.fakes[service], service)
        assert Tags(html).found <= {
            *("p", "dir", "table", "cellpadding", "tr", "th", "align", "td", "h3", "b", "br", "a", "href")
        }
        assert "&lt;script&gt;" in html
    [jira] = shops.fakes["jira"].tickets
    lines = [line["content"][0]["text"] for line in jira["fields"]["description"]["content"]]
    assert [line for line in lines if "{noformat}" in line.lower()] == ["{noformat}", "{noformat}"]
    [github] = shops.fakes["github"].tickets
    fence = re.match(r"`+", github["body"])
    assert fence
    assert [line for line in github["body"].splitlines() if line.startswith(fence[0])] == [
        f"{fence[0]}text",
        fence[0],
    ]
    [slack] = shops.fakes["slack"].taken
    assert "<!channel>" not in str(slack)
    assert "<@U024BE7LH>" not in str(slack)
    assert "&lt;!channel&gt;" in str(slack)
    assert (slack["unfurl_links"], slack["unfurl_media"]) == (False, False)


def test_no_title_holds_a_second_line(shops: Town) -> None:
    desk = shops.open(*HTTP)
    say(desk, "I want to talk to a person", user_id="e\u2028v\u202ee\x85\u2029")
    [found] = escalations_of(desk)
    desk.store.amend_escalation(
        tenant_of(desk),
        found.id,
        due_at=shops.house.clock(),
        name="A\r\nBcc: x@y.example\u202e\x00",
        email=None,
        note=None,
    )
    shops.house.clock.forward(minutes=1)
    desk.deliver_due()
    fakes = shops.fakes
    titles = [
        fakes["zendesk"].tickets[0]["subject"],
        fakes["freshdesk"].tickets[0]["subject"],
        fakes["jira"].tickets[0]["fields"]["summary"],
        fakes["hubspot"].tickets[0]["properties"]["subject"],
        fakes["github"].tickets[0]["title"],
        fakes["pagerduty"].taken[0]["payload"]["summary"],
        fakes["opsgenie"].taken[0]["message"],
    ]
    assert set(titles) == {"[Teashop] person requested: A Bcc: x@y.example\ufffd"}


@pytest.mark.parametrize(
    "email", ["eve@x.example\r\nBcc: all@x.example", "eve", "eve@x", "<eve@x.example>", "a b@x.example"]
)
def test_address_that_is_none_is_no_requester(shops: Town, email: str) -> None:
    desk = shops.open("zendesk", "freshdesk")
    handlers = desk.plugins.business(tenant_of(desk)).handlers
    for name in ("zendesk", "freshdesk"):
        handlers[name](escalation(email=email), tenant_of(desk))
        assert shops.fakes[name].tickets[0].get("email") is None
        assert "requester" not in shops.fakes[name].tickets[0]


def test_a_conversation_of_500_turns_is_told_by_its_end(shops: Town) -> None:
    desk = shops.open(*HTTP)
    for number in range(499):
        say(desk, f"when are you open {number}")
    say(desk, "my zebra teapot leaks, I want to talk to a person")
    desk.deliver_due()
    assert {delivery.status for delivery in deliveries(desk).values()} == {"delivered"}, deliveries(desk)
    for name in HTTP:
        written = shops.fakes[name].words()
        assert "my zebra teapot leaks" in written
        assert "when are you open 498" in written
        assert "when are you open 100" not in written


LETTERS = ["x", "&", "'", "é", "語", "👍", "\n", "`", '"', "\u0645", "{noformat}"]


@pytest.mark.parametrize("letter", LETTERS)
def test_oversized_transcripts_fit_whatever_their_letters(shops: Town, letter: str) -> None:
    """A thousand messages of the greatest length, straight to the handlers: the newest are kept."""
    desk = shops.open(*HTTP)
    handlers = desk.plugins.business(tenant_of(desk)).handlers
    long = (letter * 4000)[:4000]
    said = tuple(Line(role="customer", text=f"{long[:3900]} {number}", at=NOW) for number in range(1000))
    last = Line(role="customer", text="the very last words", at=NOW)
    great = escalation(
        transcript=(*said, last),
        summary=long,
        note=long,
        name=long[:128] or "x",
        link="https://desk.example/c",
    )
    for name in HTTP:
        reference = handlers[name](great, tenant_of(desk))
        assert "the very last words" in shops.fakes[name].words()
        handlers[name](
            great.model_copy(update={"reference": reference, "news": great.transcript}), tenant_of(desk)
        )
    for name in TICKETS:
        assert len(shops.fakes[name].tickets) == 1
        assert "the very last words" in shops.fakes[name].added["1"][0]


@pytest.mark.parametrize("letter", LETTERS)
def test_one_message_that_is_too_long_is_cut(shops: Town, letter: str) -> None:
    desk = shops.open(*HTTP)
    handlers = desk.plugins.business(tenant_of(desk)).handlers
    line = Line(role="customer", text="begun " + letter * (150_000 // len(letter)), at=NOW)
    for name in HTTP:
        handlers[name](escalation(transcript=(line,)), tenant_of(desk))
        assert "begun" in shops.fakes[name].words()


def test_slack_is_shown_a_conversation_in_several_sections(shops: Town) -> None:
    desk = shops.open("slack")
    handler = desk.plugins.business(tenant_of(desk)).handlers["slack"]
    said = tuple(Line(role="customer", text=f"message {number} " + "x" * 300, at=NOW) for number in range(20))
    handler(escalation(transcript=said), tenant_of(desk))
    [posted] = shops.fakes["slack"].taken
    _, _, _, *pieces = [block["text"]["text"] for block in posted["blocks"]]
    assert len(pieces) == 3
    assert all(piece.startswith("[12:05] customer: message ") for piece in pieces)
    assert "".join(pieces).count("customer: message ") == 20


def test_half_a_letter_is_no_obstacle(shops: Town) -> None:
    desk = shops.open(*HTTP)
    handlers = desk.plugins.business(tenant_of(desk)).handlers
    line = Line.model_construct(role="customer", text="half \ud83d of one \udc4d", at=NOW)
    for name in HTTP:
        given = escalation().model_copy(
            update={"transcript": (line,), "name": "\ud83d", "summary": "\ud83d", "note": "\ud83d"}
        )
        handlers[name](given, tenant_of(desk))
        assert "half \ufffd of one \ufffd" in shops.fakes[name].words()
