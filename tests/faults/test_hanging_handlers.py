"""A handler that hangs costs itself: the good one beside it is served as if it were alone."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from punai import Escalation, Tenant, outbox
from punai.desk import Desk
from punai.worker import Worker
from tests.faults.servers import PATIENCE
from tests.faults.sinks import open_with
from tests.house import House, escalations_of, say


class Bell:
    """A good handler, which remembers whom it rang for; each may be made to wait first."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.waits = threading.Event()
        self.go = threading.Event()
        self.go.set()

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        self.waits.set()
        assert self.go.wait(PATIENCE)
        self.rung.append(escalation.conversation_id)
        return "rung"


@pytest.fixture
def bell() -> Iterator[Bell]:
    bell = Bell()
    yield bell
    bell.go.set()


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What the hanging handler waits for: the test's end."""
    over = threading.Event()
    yield over
    over.set()


def ask_for_people(desk: Desk, number: int) -> list[str]:
    conversations = [f"c{each}" for each in range(number)]
    for conversation in conversations:
        say(desk, "I want to talk to a person", conversation_id=conversation)
    return conversations


def open_with_both(house: House, bell: Bell, hanging: threading.Event) -> Desk:
    def hang(escalation: Escalation, tenant: Tenant) -> str:
        hanging.wait(2 * PATIENCE)
        return "too late"

    return open_with(house, {"hanging": hang, "bell": bell})


def test_a_good_handler_is_served_in_the_first_round(
    house: House, bell: Bell, hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "HANDLER_SECONDS", 1.0)
    desk = open_with_both(house, bell, hanging)
    conversations = ask_for_people(desk, 10)
    desk.deliver_due()
    assert sorted(bell.rung) == conversations


def test_a_good_handler_does_not_wait_behind_a_hanging_one_in_the_worker(
    house: House, bell: Bell, hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "HANDLER_SECONDS", PATIENCE / 2)
    desk = open_with_both(house, bell, hanging)
    house.clock.now = datetime.now(UTC)  # what is older than 90 days is expired by the worker
    conversations = ask_for_people(desk, 60)
    with Worker(desk, pause=timedelta(milliseconds=10)):
        deadline = time.monotonic() + PATIENCE / 2
        while len(bell.rung) < len(conversations) and time.monotonic() < deadline:
            time.sleep(0.05)
        rung = sorted(bell.rung)
        hanging.set()
    assert rung == sorted(conversations)


def test_what_waited_for_a_thread_beyond_its_lease_is_not_told_twice(house: House, bell: Bell) -> None:
    desk = open_with(house, {"bell": bell})
    conversations = ask_for_people(desk, 3)
    bell.go.clear()
    with ThreadPoolExecutor(1) as narrow:
        assert desk.deliver_due({("teashop", "bell"): narrow}) == 3
        assert bell.waits.wait(PATIENCE)  # the first is at work, and the others have no thread yet
        house.clock.now += outbox.LEASE
        with ThreadPoolExecutor(3) as wide:
            desk.deliver_due({("teashop", "bell"): wide})
            bell.go.set()
    assert sorted(set(bell.rung)) == conversations
    assert len(bell.rung) == 3 + 1  # the first was cut off from its lease while it was being told
    assert {each.status for found in escalations_of(desk) for each in found.deliveries} == {"delivered"}
