"""Bringing an escalation to people: each handler alone, retried with growing pauses, given up in the end."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from punai import briefing, outbox
from punai.desk import Desk
from punai.models import Delivery
from punai.outbox import FIRST_PAUSE, LEASE, LONGEST_PAUSE, MOST_ATTEMPTS, described, pause
from tests.house import TEASHOP, House, escalations_of, say, tenant_of

HANDLERS = """
import threading, sys
good, bad, go = [], [], threading.Event()

def ring(escalation, tenant):
    good.append(escalation)
    return f"bell-{len(good)}"

def fail(escalation, tenant):
    bad.append(escalation)
    raise ConnectionError("https://user:word@hooks.example.org/services/T1/secret?key=secret is away")

def hang(escalation, tenant):
    go.wait(30)
    return "too late"

def leave(escalation, tenant):
    sys.exit("leaving")

def forget(escalation, tenant):
    pass

@hookimpl
def register_escalation_handlers(register):
    register("bell", ring)
    register("broken", fail)
    register("hanging", hang)
    register("leaving", leave)
    register("forgetful", forget)
"""


def open_with(house: House, *handlers: str, **settings: Any) -> Desk:
    """A desk whose business escalates to these handlers."""
    names = ", ".join(f'"{name}"' for name in handlers)
    house.write_pack(text=f"escalate_to = [{names}]\n{TEASHOP}")
    house.write_plugin("handlers", HANDLERS)
    return house.open(**settings)


def deliveries(desk: Desk) -> dict[str, Delivery]:
    (found,) = escalations_of(desk)
    return {delivery.handler: delivery for delivery in found.deliveries}


def test_an_escalation_is_pending_until_it_is_delivered(house: House) -> None:
    desk = open_with(house, "bell")
    say(desk, "I want to talk to a person")
    assert deliveries(desk)["bell"].status == "pending"
    assert house.plugin("handlers").good == []

    assert desk.deliver_due() == 1
    delivery = deliveries(desk)["bell"]
    assert (delivery.status, delivery.reference, delivery.attempts) == ("delivered", "bell-1", 1)
    assert delivery.last_error is None

    house.clock.forward(days=30)
    assert desk.deliver_due() == 0
    assert len(house.plugin("handlers").good) == 1


def test_nothing_is_due_where_nobody_asked(house: House) -> None:
    desk = open_with(house, "bell")
    say(desk, "hi")
    assert desk.deliver_due() == 0


def test_a_handler_gets_what_a_person_needs_to_act(house: House) -> None:
    desk = open_with(house, "bell", link="https://desk.example.org/c/{conversation_id}/view")
    say(desk, "hi")
    say(desk, "when are you open")
    say(desk, "my tin is empty, I want to talk to a person")
    say(desk, "hello? " + "x" * 400)
    desk.deliver_due()

    (told,) = house.plugin("handlers").good
    assert told.id == escalations_of(desk)[0].id
    assert (told.user_id, told.conversation_id, told.reason) == ("ada", "c", "person_requested")
    assert told.link == "https://desk.example.org/c/c/view"
    assert [line.role for line in told.transcript] == ["customer", "assistant"] * 4
    assert told.transcript[3].text == "We are open from nine to five, every day."
    first, second, third = told.summary.split(" / ")
    assert (first, second) == ("when are you open", "my tin is empty, I want to talk to a person")
    assert third.startswith("hello? xxx")
    assert len(third) == 300


def test_a_handler_is_told_what_it_returned_the_last_time(house: House) -> None:
    desk = open_with(house, "bell", "broken")
    say(desk, "I want to talk to a person")
    desk.deliver_due()
    (found,) = escalations_of(desk)
    desk.store.amend_escalation(
        tenant_of(desk), found.id, due_at=house.clock(), email="ada@example.com", note=None
    )
    house.clock.forward(minutes=5)
    desk.deliver_due()
    first, second = house.plugin("handlers").good
    assert (first.reference, second.reference) == (None, "bell-1")
    assert {told.reference for told in house.plugin("handlers").bad} == {None}
    assert escalations_of(desk)[0].reference is None  # it is the deliveries' own


def test_without_an_address_there_is_no_link(house: House) -> None:
    desk = open_with(house, "bell")
    say(desk, "I want to talk to a person")
    desk.deliver_due()
    assert house.plugin("handlers").good[0].link is None


def test_a_long_conversation_is_told_by_its_end(house: House) -> None:
    desk = open_with(house, "bell")
    for number in range(30):
        say(desk, f"when are you open {number}")
    say(desk, "I want to talk to a person")
    desk.deliver_due()
    transcript = house.plugin("handlers").good[0].transcript
    assert len(transcript) == 2 * briefing.TURNS
    assert transcript[-2].text == "I want to talk to a person"


def test_a_handler_that_raises_is_called_again_with_growing_pauses(house: House) -> None:
    desk = open_with(house, "broken", "bell")
    say(desk, "I want to talk to a person")
    pauses = []
    for attempt in range(1, MOST_ATTEMPTS):
        assert desk.deliver_due() == (2 if attempt == 1 else 1)
        delivery = deliveries(desk)["broken"]
        assert (delivery.status, delivery.attempts) == ("retrying", attempt)
        pauses.append((delivery.due_at - house.clock.now).total_seconds())
        house.clock.now = delivery.due_at - timedelta(milliseconds=1)
        assert desk.deliver_due() == 0
        house.clock.now = delivery.due_at
    for number, seconds in enumerate(pauses):
        longest = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
        assert longest / 2 <= seconds <= longest
    assert len({escalation.id for escalation in house.plugin("handlers").bad}) == 1
    assert len(house.plugin("handlers").good) == 1


def test_what_nobody_could_deliver_is_dead_and_says_why(house: House) -> None:
    desk = open_with(house, "broken")
    say(desk, "I want to talk to a person")
    for _ in range(MOST_ATTEMPTS):
        assert desk.deliver_due() == 1
        house.clock.forward(seconds=LONGEST_PAUSE)
    delivery = deliveries(desk)["broken"]
    assert (delivery.status, delivery.attempts) == ("dead", MOST_ATTEMPTS)
    assert delivery.last_error == "ConnectionError: https://hooks.example.org/… is away"
    assert desk.deliver_due() == 0


def test_a_handler_that_comes_back_delivers(house: House) -> None:
    desk = open_with(house, "broken")
    say(desk, "I want to talk to a person")
    desk.deliver_due()
    house.write_plugin("handlers", HANDLERS.replace("raise ConnectionError", "return str"))
    house.clock.forward(hours=1)
    mended = house.open()
    mended.deliver_due()
    delivery = deliveries(mended)["broken"]
    assert (delivery.status, delivery.attempts, delivery.last_error) == ("delivered", 2, None)


def test_a_handler_that_hangs_is_cut_off_and_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "HANDLER_SECONDS", 2.0)
    desk, onlooker = open_with(house, "hanging", "bell"), house.open()
    say(desk, "I want to talk to a person")
    with ThreadPoolExecutor(1) as thread:
        delivering = thread.submit(desk.deliver_due)
        wait_until(lambda: deliveries(onlooker)["bell"].status == "delivered")
        assert not delivering.done()  # the other one still hangs
        assert delivering.result(10) == 2
    delivery = deliveries(desk)["hanging"]
    assert (delivery.status, delivery.last_error) == ("retrying", "TimeoutError: no answer within 2 s")
    house.plugin("handlers").go.set()


@pytest.mark.parametrize("handler", ["leaving", "gone"])
def test_a_handler_that_leaves_or_is_gone_is_called_again(house: House, handler: str) -> None:
    desk = open_with(house, "leaving", "bell")
    say(desk, "I want to talk to a person")
    if handler == "gone":
        house.write_plugin("handlers", HANDLERS.replace('register("leaving", leave)', ""))
        house.write_pack()
        desk = house.open()
    assert desk.deliver_due() == 2
    assert deliveries(desk)["leaving"].status == "retrying"
    assert deliveries(desk)["bell"].status == "delivered"


def test_two_desks_at_once_deliver_once(house: House) -> None:
    desks = [open_with(house, "bell"), house.open()]
    for number in range(10):
        say(desks[0], "I want to talk to a person", conversation_id=f"c{number}")
    together = threading.Barrier(6)

    def deliver(number: int) -> int:
        together.wait(10)
        return desks[number % 2].deliver_due()

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(deliver, range(6))) == 10
    assert all(found.deliveries[0].attempts == 1 for found in escalations_of(desks[0]))


def test_many_are_delivered_a_batch_at_a_time(house: House) -> None:
    desk = open_with(house, "bell", "broken")
    for number in range(15):
        say(desk, "I want to talk to a person", conversation_id=f"c{number}")
    assert [desk.deliver_due() for _ in range(3)] == [20, 10, 0]


def test_a_delivery_whose_outcome_was_lost_is_attempted_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_with(house, "bell")
    say(desk, "I want to talk to a person")
    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "record_delivery", lambda *_, **_seen: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            desk.deliver_due()
    assert desk.deliver_due() == 0
    house.clock.now += LEASE
    assert desk.deliver_due() == 1
    ids = [escalation.id for escalation in house.plugin("handlers").good]
    assert len(ids) == 2
    assert len(set(ids)) == 1  # the id tells the receiving end that it is the same one


def test_an_erased_persons_escalation_is_not_delivered(house: House) -> None:
    desk = open_with(house, "bell")
    say(desk, "I want to talk to a person")
    desk.store.erase(tenant_of(desk), "ada")
    assert desk.deliver_due() == 0
    assert house.plugin("handlers").good == []


@pytest.mark.parametrize("attempts", [1, 2, 5, 9, 10, 11, 50])
def test_pauses_are_within_their_bounds_and_differ(attempts: int) -> None:
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1))
    pauses = {pause(attempts).total_seconds() for _ in range(200)}
    assert all(longest / 2 <= seconds <= longest for seconds in pauses)
    assert len(pauses) > 100
    assert max(pauses) - min(pauses) > longest / 4


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("wrong"), "ValueError: wrong"),
        (ValueError(), "ValueError"),
        (ValueError("first\nsecond"), "ValueError: first"),
        (OSError("http://h.org:80/a/secret"), "OSError: http://h.org:80/…"),
        (OSError("for url 'https://h.org/secret' now"), "OSError: for url 'https://h.org/…' now"),
        (OSError("https://h.org?key=secret"), "OSError: https://h.org/…"),
        (OSError("https://h.org#secret"), "OSError: https://h.org/…"),
        (OSError("https://secret@h.org/a"), "OSError: https://h.org/…"),
        (OSError("redis://:secret@cache:6379/0 refused"), "OSError: redis://cache:6379/… refused"),
        (
            OSError("https://a.org/secret and https://b.org/secret"),
            "OSError: https://a.org/… and https://b.org/…",
        ),
        (ValueError("x" * 1000), f"ValueError: {'x' * 288}"),
    ],
)
def test_an_error_is_described_without_what_addresses_hide(error: Exception, text: str) -> None:
    assert described(error) == text


def test_an_http_error_is_described_by_its_status_and_host() -> None:
    request = httpx.Request("POST", "https://hooks.example.org/services/secret?key=secret")
    with pytest.raises(httpx.HTTPStatusError) as failed:
        httpx.Response(404, request=request).raise_for_status()
    text = described(failed.value)
    assert "404" in text
    assert "hooks.example.org" in text
    assert "secret" not in text


def wait_until(met: Any) -> None:
    deadline = time.monotonic() + 10
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)
