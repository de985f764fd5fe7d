"""Escalations through every handler, by PunAI's real delivery on a real database, in good times and bad.

Services are the local server of `tests.builtin.services`, on real sockets.
"""

import io
import logging
from collections.abc import Iterator

import pytest

from punai.builtin import service
from punai.builtin.tickets import ticket
from punai.desk import Desk
from punai.logs import JsonLines
from punai.outbox import LEASE, MOST_ATTEMPTS
from punai.ports import Checkable, ConfigurationError, Quotable
from tests.builtin.handlers import (
    FAKES,
    SECRETS,
    SETTINGS,
    SLACK_WEBHOOK,
    TICKETS,
    Town,
    deliveries,
    town,
)
from tests.builtin.receivers import SlackWebhook
from tests.builtin.services import Answer, Trouble, nobody
from tests.house import House, escalations_of, say, tenant_of

WORDS = "my zebra teapot leaks and I want to talk to a person"
HTTP = sorted(FAKES)


@pytest.fixture
def shops(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with town(house, monkeypatch) as here:
        yield here


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What PunAI's log says at its most talkative."""
    stream = io.StringIO()
    kept = logging.StreamHandler(stream)
    kept.setFormatter(JsonLines())
    logger = logging.getLogger("punai")
    before = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    yield stream
    logger.removeHandler(kept)
    logger.setLevel(before)


def keeps_quiet(text: str | None) -> bool:
    return not any(hidden in (text or "") for hidden in (*SECRETS, "zebra", "teapot", "Traceback"))


def amended(desk: Desk, shops: Town, **known: str | None) -> None:
    """More becomes known of the only escalation, and is delivered."""
    told: dict[str, str | None] = {"name": None, "email": None, "note": None, **known}
    [found] = escalations_of(desk)
    desk.store.amend_escalation(
        tenant_of(desk),
        found.id,
        due_at=shops.house.clock(),
        name=told["name"],
        email=told["email"],
        note=told["note"],
    )
    shops.house.clock.forward(seconds=10)
    desk.deliver_due()


@pytest.mark.parametrize("name", HTTP)
def test_escalation_arrives_with_what_a_person_needs(shops: Town, name: str) -> None:
    desk = shops.open(name)
    say(desk, WORDS)
    assert desk.deliver_due() == 1
    delivery = deliveries(desk)[name]
    assert (delivery.status, delivery.last_error) == ("delivered", None)
    written = shops.fakes[name].words()
    for part in (WORDS, "ada", "requested", "I have asked a colleague"):
        assert part in written
    assert keeps_quiet(delivery.reference)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("zendesk", "1 {url}/agent/tickets/1"),
        ("freshdesk", "1 {url}/a/tickets/1"),
        ("jira", "SUP-1 {url}/browse/SUP-1"),
        ("hubspot", "1 https://app.hubspot.com/contacts/77/record/0-5/1"),
        ("github", "1 https://github.example/shop/support/issues/1"),
        ("slack", "C1/1700000001.000100 https://slack.com/archives/C1/p1700000001000100"),
        ("webhook", "{id}"),
        ("pagerduty", "{id}"),
        ("opsgenie", "{id}"),
    ],
)
def test_reference_is_what_to_look_for_and_where(shops: Town, name: str, reference: str) -> None:
    desk = shops.open(name)
    say(desk, WORDS)
    desk.deliver_due()
    [found] = escalations_of(desk)
    wanted = reference.replace("{url}", shops.services.at(name)).replace("{id}", found.id)
    assert deliveries(desk)[name].reference == wanted


@pytest.mark.parametrize("name", TICKETS)
def test_what_comes_later_is_appended_for_staff_alone(shops: Town, name: str) -> None:
    desk = shops.open(name)
    say(desk, WORDS)
    desk.deliver_due()
    first = deliveries(desk)[name].reference
    say(desk, "and the lid is missing too")
    amended(desk, shops, email="ada@example.com")
    system = shops.fakes[name]
    assert len(system.tickets) == 1
    [added] = system.added["1"]
    assert "the lid is missing" in added
    assert "ada@example.com" in added
    assert "has written again" in added
    assert deliveries(desk)[name].reference == first
    assert system.public == []


@pytest.mark.parametrize("name", TICKETS)
def test_customer_is_told_the_number_and_where_to_open_it(shops: Town, name: str) -> None:
    link = {"customer_link": "https://help.example/{number}"}
    for handler, wanted in (({}, ""), (link, " (https://help.example/{number})")):
        desk = shops.open(name, **{name: SETTINGS[name] | handler})
        tickets = desk.plugins.business(tenant_of(desk)).handlers[name]
        assert isinstance(tickets, Quotable)
        told = tickets.for_customer("SUP-1 https://staff.example/SUP-1", tenant_of(desk))
        assert told == "SUP-1" + wanted.replace("{number}", "SUP-1")
    with pytest.raises(ConfigurationError, match=r"customer_link: needs \{number\} where"):
        shops.open(name, **{name: SETTINGS[name] | {"customer_link": "https://help.example"}})


def test_what_comes_later_stands_in_the_thread(shops: Town) -> None:
    desk = shops.open("slack")
    say(desk, WORDS)
    desk.deliver_due()
    amended(desk, shops, email="ada@example.com")
    first, later = shops.fakes["slack"].taken
    assert "thread_ts" not in first
    assert (later["channel"], later["thread_ts"]) == ("C1", "1700000001.000100")
    assert "ada@example.com" in str(later)
    amended(desk, shops, note="hurry")
    assert shops.fakes["slack"].taken[2]["thread_ts"] == "1700000001.000100"


def test_what_comes_later_is_another_message_to_a_webhook(shops: Town) -> None:
    desk = shops.open("webhook")
    say(desk, WORDS)
    desk.deliver_due()
    amended(desk, shops, email="ada@example.com")
    first, later = shops.fakes["webhook"].taken
    assert (first["type"], later["type"]) == ("escalation.opened", "escalation.updated")
    assert first["data"]["id"] == later["data"]["id"] == shops.fakes["webhook"].ids[0]
    assert (first["data"]["email"], later["data"]["email"]) == (None, "ada@example.com")


def test_what_comes_later_does_not_wake_anybody_twice(shops: Town) -> None:
    desk = shops.open("pagerduty", "opsgenie")
    say(desk, WORDS)
    desk.deliver_due()
    amended(desk, shops, email="ada@example.com")
    assert len(shops.fakes["pagerduty"].alerts) == 1
    [notes] = shops.fakes["opsgenie"].alerts.values()
    assert "ada@example.com" in notes[0]
    assert "ada@example.com" in shops.fakes["pagerduty"].words()


@pytest.mark.parametrize("name", TICKETS)
def test_ticket_that_somebody_removed_is_opened_anew(shops: Town, name: str) -> None:
    desk = shops.open(name)
    say(desk, WORDS)
    desk.deliver_due()
    system = shops.fakes[name]
    system.added.clear()
    amended(desk, shops, email="ada@example.com")
    assert deliveries(desk)[name].status == "delivered"
    assert len(system.tickets) == 2
    assert "ada@example.com" in str(system.tickets[1])


TROUBLES = {
    "401": (Trouble(401), "refuses the credentials"),
    "403": (Trouble(403), "does not allow it"),
    "404": (Trouble(404), "knows no such place"),
    "409": (Trouble(409), "in conflict"),
    "422": (Trouble(422), "does not take what it was sent"),
    "429": (Trouble(429, {"Retry-After": "1200"}), "asked too often (429); it is asked again in 1200 s"),
    "500": (Trouble(500), "problem of its own (500)"),
    "503": (Trouble(503, {"Retry-After": "1200"}), "problem of its own (503)"),
    "302": (Trouble(302, {"Location": "https://elsewhere.example/"}), "is somewhere else (302)"),
    "time-out": (Trouble(way="hang"), "did not answer within 0.3 s"),
    "broken": (Trouble(way="broken"), "cannot be read"),
    "other shape": (Trouble(way="other shape"), "cannot be read"),
    "cut": (Trouble(way="cut"), "cannot be reached"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", HTTP)
def test_trouble_is_told_and_gets_over(
    shops: Town, name: str, trouble: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SECONDS", 0.3)
    ill, told = TROUBLES[trouble]
    desk = shops.open(name)
    say(desk, WORDS)
    shops.services.trouble[name] = ill
    desk.deliver_due()
    delivery = deliveries(desk)[name]
    if name == "webhook" and ill.way in ("broken", "other shape"):
        assert delivery.status == "delivered"  # who takes a webhook need not answer anything
        return
    assert (delivery.status, delivery.reference, delivery.attempts) == ("retrying", None, 1)
    assert delivery.last_error is not None
    assert delivery.last_error.startswith("ServiceError: ")
    assert told in delivery.last_error
    assert len(delivery.last_error) < 300  # nothing is cut off
    waits = (delivery.due_at - shops.house.clock()).total_seconds()
    assert waits == 1200 if "Retry-After" in ill.headers else waits <= 5

    del shops.services.trouble[name]
    shops.services.released.set()
    shops.house.clock.forward(hours=1)
    desk.deliver_due()
    assert deliveries(desk)[name].status == "delivered"
    assert WORDS in shops.fakes[name].words()
    assert keeps_quiet(delivery.last_error)
    assert "an escalation was not delivered" in log.getvalue()
    assert keeps_quiet(log.getvalue())


@pytest.mark.parametrize("name", HTTP)
def test_trouble_that_stays_is_given_up_and_told(shops: Town, name: str) -> None:
    desk = shops.open(name)
    say(desk, WORDS)
    shops.services.trouble[name] = Trouble(401)
    for _ in range(MOST_ATTEMPTS):
        desk.deliver_due()
        shops.house.clock.forward(hours=2)
    delivery = deliveries(desk)[name]
    assert (delivery.status, delivery.attempts) == ("dead", MOST_ATTEMPTS)
    assert "refuses the credentials (401)" in (delivery.last_error or "")
    assert keeps_quiet(delivery.last_error)


@pytest.mark.parametrize("name", HTTP)
def test_service_that_nobody_listens_at_is_told(shops: Town, name: str) -> None:
    away = nobody()
    changed = {key: value.replace("{url}", away) for key, value in SETTINGS[name].items()}
    desk = shops.open(name, **{name: changed})
    say(desk, WORDS)
    desk.deliver_due()
    delivery = deliveries(desk)[name]
    assert delivery.status == "retrying"
    assert "cannot be reached; check its address, and the network" in (delivery.last_error or "")
    assert keeps_quiet(delivery.last_error)


@pytest.mark.parametrize("name", [*TICKETS, "webhook", "pagerduty", "opsgenie"])
def test_answer_that_got_lost_makes_nothing_twice(
    shops: Town, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service took it, and its answer did not come in time; meanwhile the customer wrote on."""
    monkeypatch.setattr(service, "SECONDS", 0.3)
    desk = shops.open(name)
    say(desk, WORDS)
    fake = shops.fakes[name]
    posts = [0]

    def take_and_hang(request):  # type: ignore[no-untyped-def]  # a responder as the server's are
        answer = fake(request)
        if request.method == "POST" and not request.path.endswith("/search"):
            posts[0] += 1
            if posts[0] == 1:
                shops.services.released.wait(1)
        return answer

    shops.services.responders[name] = take_and_hang
    desk.deliver_due()
    assert deliveries(desk)[name].status == "retrying"
    say(desk, "and the lid is missing too")
    shops.house.clock.forward(minutes=1)
    desk.deliver_due()
    assert deliveries(desk)[name].status == "delivered"
    if name in TICKETS:
        assert len(fake.tickets) == 1
        assert "the lid is missing" in "".join(fake.added["1"])
    elif name == "webhook":
        assert len(set(fake.ids)) == 1
    else:
        assert len(fake.alerts) == 1


@pytest.mark.parametrize("name", HTTP)
def test_outcome_that_was_not_stored_makes_nothing_twice(
    shops: Town, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = shops.open(name)
    say(desk, WORDS)
    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "record_delivery", lambda *_, **_seen: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            desk.deliver_due()
    shops.house.clock.now += LEASE
    desk.deliver_due()
    assert deliveries(desk)[name].status == "delivered"
    fake = shops.fakes[name]
    if name in TICKETS:
        assert len(fake.tickets) == 1
    elif name == "slack":
        assert len(fake.taken) == 2  # it takes no key; docs/handlers/slack.md says so
    elif name == "webhook":
        assert len(fake.taken) == 1
    else:
        assert len(fake.alerts) == 1


@pytest.mark.parametrize(
    ("name", "key"),
    [(name, key) for name in HTTP for key in SETTINGS[name] if key not in ("api_url", "portal_id")],
)
def test_setting_that_is_missing_stops_the_start(shops: Town, name: str, key: str) -> None:
    if (name, key) in (("hubspot", "url"), ("github", "url"), ("pagerduty", "url"), ("opsgenie", "url")):
        return  # these have one address for everybody
    settings = {other: value for other, value in SETTINGS[name].items() if other != key}
    with pytest.raises(ConfigurationError) as refused:
        shops.open(name, **{name: settings})
    wanted = "webhook_url" if key == "bot_token" else key
    assert f"teashop/business.toml: handler '{name}': set {wanted} under [settings.{name}]" in str(
        refused.value
    )
    with pytest.raises(ConfigurationError, match=rf"\[settings.{name}\] {key}: is empty; fill it in"):
        shops.open(name, **{name: {**SETTINGS[name], key: ""}})
    with pytest.raises(
        ConfigurationError, match=rf"\[settings.{name}\] {key}: the environment variable GONE"
    ):
        shops.open(name, **{name: {**SETTINGS[name], key: "env:GONE"}})


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://shop.example", "must begin with https://"),
        ("ftp://shop.example", "is no web address"),
        ("shop.example", "is no web address"),
        ("https://", "is no web address"),
        ("https://[::1", "is no web address"),
        ("https://shop.example:x", "is no web address"),
        ("https://ann:secret@shop.example", "must hold no name and password"),
        ("https://shop.example/a b", "is no web address"),
    ],
)
def test_address_that_is_none_stops_the_start(shops: Town, name: str, address: str, why: str) -> None:
    key = "api_url" if name == "slack" else "url"
    with pytest.raises(ConfigurationError, match=rf"\[settings.{name}\] {key}: {why}") as refused:
        shops.open(name, **{name: {**SETTINGS[name], key: address}})
    assert "ann" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "key", "value", "why"),
    [
        ("webhook", "secret", "whsec_short", "must be whsec_ and 24 to 64 random bytes in base64"),
        ("webhook", "secret", "whsec_====", "must be whsec_"),
        ("webhook", "secret", "whsec_ünïcode", "must be whsec_"),
        ("jira", "service_desk_id", "SUP", "must be a number"),
        ("jira", "request_type_id", "3/../4", "must be a number"),
        ("github", "repository", "../other", "must be OWNER/NAME"),
        ("github", "token", "two words", "must be a personal access token"),
        ("hubspot", "access_token", "ü", "must be the access token"),
        ("hubspot", "portal_id", "x", "must be the number"),
        ("slack", "bot_token", "a\\nb", "must be the Bot User OAuth Token"),
        ("slack", "channel", "#a b", "must be a channel's id"),
        ("pagerduty", "routing_key", "short", "must be an integration key"),
        ("pagerduty", "severity", "bad", "must be critical, error, warning, info"),
        ("opsgenie", "priority", "P9", "must be P1 to P5"),
    ],
)
def test_setting_of_another_form_stops_the_start(
    shops: Town, name: str, key: str, value: str, why: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        shops.open(name, **{name: {**SETTINGS[name], key: value}})
    assert f"[settings.{name}] {key}: {why}" in str(refused.value)


@pytest.mark.parametrize("name", HTTP)
def test_reference_into_aws_is_not_followed_at_start(shops: Town, name: str) -> None:
    settings = dict.fromkeys(SETTINGS[name], "ssm:/shop/somewhere")
    desk = shops.open(name, **{name: settings})  # though there is no AWS here
    assert tenant_of(desk).escalate_to == (name,)


@pytest.mark.parametrize("name", [*TICKETS, "slack"])
def test_doctor_can_ask_whether_it_is_set_up(shops: Town, name: str) -> None:
    desk = shops.open(name)
    handler = desk.plugins.business(tenant_of(desk)).handlers[name]
    assert isinstance(handler, Checkable)
    assert handler.check(tenant_of(desk))
    shops.services.trouble[name] = Trouble(401)
    with pytest.raises(service.ServiceError, match="refuses the credentials"):
        handler.check(tenant_of(desk))
    assert shops.fakes[name].words() == ""


def test_slack_without_a_bot_posts_to_its_webhook(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with town(house, monkeypatch, SlackWebhook) as shops:
        desk = shops.open("slack", slack=SLACK_WEBHOOK)
        say(desk, WORDS)
        shops.services.trouble["slack"] = Trouble(404)
        desk.deliver_due()
        error = deliveries(desk)["slack"].last_error or ""
        assert "make a new one and renew webhook_url" in error
        assert keeps_quiet(error)
        del shops.services.trouble["slack"]
        house.clock.forward(minutes=1)
        desk.deliver_due()
        assert deliveries(desk)["slack"].reference == "posted"
        assert WORDS in shops.fakes["slack"].words()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("not_in_channel", "invite it with /invite"),
        ("missing_scope", "the scope chat:write"),
        ("invalid_auth", "renew bot_token"),
        ("channel_not_found", "check channel"),
        ("something_new", "its error is something_new"),
        ("my zebra teapot", "check that its address is right"),
    ],
)
def test_slacks_no_with_status_200_is_an_error(shops: Town, error: str, told: str) -> None:
    desk = shops.open("slack")
    say(desk, WORDS)
    shops.fakes["slack"].error = error
    desk.deliver_due()
    delivery = deliveries(desk)["slack"]
    assert delivery.status == "retrying"
    assert told in (delivery.last_error or "")
    assert keeps_quiet(delivery.last_error)


@pytest.mark.parametrize("gone", ["thread_not_found", "is_archived", "channel_not_found"])
def test_a_thread_that_is_gone_is_begun_anew(shops: Town, gone: str) -> None:
    desk = shops.open("slack")
    say(desk, WORDS)
    desk.deliver_due()
    first = deliveries(desk)["slack"].reference
    shops.fakes["slack"].gone = gone
    amended(desk, shops, email="ada@example.com")
    begun, anew = shops.fakes["slack"].taken
    assert "thread_ts" not in begun.keys() | anew.keys()
    assert WORDS in str(anew)
    assert deliveries(desk)["slack"].status == "delivered"
    assert deliveries(desk)["slack"].reference not in (first, None)


def test_a_closed_ticket_is_followed_up_by_another(shops: Town) -> None:
    desk = shops.open("zendesk")
    say(desk, WORDS)
    desk.deliver_due()
    zendesk = shops.fakes["zendesk"]
    zendesk.tickets[0]["status"] = "closed"
    amended(desk, shops, email="ada@example.com")
    assert deliveries(desk)["zendesk"].reference == f"2 {shops.services.at('zendesk')}/agent/tickets/2"
    assert WORDS in zendesk.tickets[1]["comment"]["html_body"]
    amended(desk, shops, email="ada@example.org")
    assert len(zendesk.tickets) == 2
    assert "ada@example.org" in zendesk.added["2"][0]


@pytest.mark.parametrize("name", TICKETS)
def test_no_ticket_is_opened_so_late_that_the_attempt_is_cut_off_meanwhile(
    shops: Town, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = shops.open(name)
    say(desk, WORDS)
    with monkeypatch.context() as patched:
        patched.setattr(ticket, "LATEST", 0.0)  # so that any answer was too slow
        desk.deliver_due()
        assert shops.fakes[name].tickets == []
        assert "answers so slowly" in (deliveries(desk)[name].last_error or "")
    shops.house.clock.forward(minutes=1)
    desk.deliver_due()
    assert len(shops.fakes[name].tickets) == 1


@pytest.mark.parametrize("headers", [{"x-ratelimit-remaining": "0"}, {"Retry-After": "60"}])
def test_githubs_403_for_too_many_calls_is_told_apart(shops: Town, headers: dict[str, str]) -> None:
    desk = shops.open("github")
    say(desk, WORDS)
    shops.services.trouble["github"] = Trouble(403, headers)
    desk.deliver_due()
    assert "is asked too often (403)" in (deliveries(desk)["github"].last_error or "")


def test_fields_that_a_service_complains_of_are_named(shops: Town) -> None:
    desk = shops.open("zendesk")
    say(desk, WORDS)
    complaint = {"error": "RecordInvalid", "details": {"priority": [{"description": WORDS}], WORDS: []}}
    find = shops.fakes["zendesk"]
    shops.services.responders["zendesk"] = lambda asked: (
        find(asked) if asked.method == "GET" else Answer(422, complaint)
    )
    desk.deliver_due()
    error = deliveries(desk)["zendesk"].last_error or ""
    assert error.endswith("check the required fields of tickets; it names priority")
    assert keeps_quiet(error)


def test_ticket_that_was_removed_is_opened_anew_once(shops: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = shops.open("freshdesk")
    say(desk, WORDS)
    desk.deliver_due()
    system = shops.fakes["freshdesk"]
    system.added.clear()
    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "record_delivery", lambda *_, **_seen: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            amended(desk, shops, email="ada@example.com")
    system.tickets[0]["tags"] = []  # what was removed is not found
    shops.house.clock.now += LEASE
    desk.deliver_due()
    assert len(system.tickets) == 2
    assert deliveries(desk)["freshdesk"].reference == f"2 {shops.services.at('freshdesk')}/a/tickets/2"


def test_no_issue_is_opened_where_everybody_could_read_it(shops: Town) -> None:
    desk = shops.open("github")
    shops.fakes["github"].private = False
    say(desk, WORDS)
    desk.deliver_due()
    assert "make it private" in (deliveries(desk)["github"].last_error or "")
    assert shops.fakes["github"].tickets == []
