"""A thousand escalations through services that fail in every way: nobody is forgotten, nobody told twice."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from punai import Tenant, outbox
from punai.desk import Desk
from punai.models import Delivery
from punai.ports import StoreUnavailable
from tests.faults.sinks import ODDS, Sink, open_with
from tests.house import House, escalations_of, say

ESCALATIONS = 1000
ROUNDS = 200


@pytest.fixture
def sinks(house: House) -> Iterator[dict[str, Sink]]:
    """A service that honours the key, and one that does not."""
    sinks = {
        "honours": Sink("honours", house.clock, honours_keys=True),
        "ignores": Sink("ignores", house.clock, honours_keys=False),
    }
    yield sinks
    for sink in sinks.values():
        sink.over.set()


def test_a_thousand_escalations_are_told_once_each(
    house: House,
    sinks: dict[str, Sink],
    monkeypatch: pytest.MonkeyPatch,
    tell: Callable[[str, Mapping[str, object]], None],
) -> None:
    monkeypatch.setattr(outbox, "HANDLER_SECONDS", 1.0)
    desk = open_with(house, sinks)
    for number in range(ESCALATIONS):
        say(desk, "I want to talk to a person", conversation_id=f"c{number}", user_id=f"u{number}")
    outcomes = let_processes_die(desk, sinks)
    deliver_all(house, desk)

    asked = {each.id for each in escalations_of(desk)}
    for name, sink in sinks.items():
        told = Counter(sink.tickets)
        doubled = told.total() - len(told)
        crashes = sink.calls["took it and failed"] + sink.calls["took it and hung"] + outcomes[name, "died"]
        # A busy machine may cut off what was going well: that too is told again.
        cut = outcomes[name, "TimeoutError"] - sink.calls["hung"] - sink.calls["took it and hung"]
        tell(
            f"{len(asked)} escalations to a service that {name} keys",
            {
                "lost": len(asked - set(told)),
                "doubled": doubled,
                "taken and not heard of": crashes + cut,
                "attempts": sink.calls.total(),
                **{what: sink.calls[what] for what in ODDS},
            },
        )
        assert len(asked) == ESCALATIONS
        assert set(told) == asked
        assert doubled == 0 if name == "honours" else crashes <= doubled <= crashes + cut
        assert outcomes[name, "delivered"] == ESCALATIONS
        assert sink.too_early == []
        assert all(sink.calls[what] for what in ODDS)


def let_processes_die(desk: Desk, sinks: Mapping[str, Sink]) -> Counter[tuple[str, str]]:
    """Let no delivery be recorded whose process is to die before that; counts the outcomes."""
    outcomes: Counter[tuple[str, str]] = Counter()
    record, lock = desk.store.record_delivery, threading.Lock()

    def record_or_die(tenant: Tenant, escalation_id: str, delivery: Delivery, *, seen: Delivery) -> None:
        with lock:
            if delivery.status == "delivered" and escalation_id in sinks[delivery.handler].dying:
                sinks[delivery.handler].dying.remove(escalation_id)
                outcomes[delivery.handler, "died"] += 1
                raise StoreUnavailable("the process is gone")
            outcomes[delivery.handler, (delivery.last_error or delivery.status).partition(":")[0]] += 1
        record(tenant, escalation_id, delivery, seen=seen)

    vars(desk.store)["record_delivery"] = record_or_die
    return outcomes


def deliver_all(house: House, desk: Desk) -> None:
    """As a worker does, with a rest after each round: until everything is delivered."""
    for _ in range(ROUNDS):
        with ThreadPoolExecutor(16) as pool:
            while desk.deliver_due(defaultdict(lambda: pool)):
                pass
        if all(each.status == "delivered" for found in escalations_of(desk) for each in found.deliveries):
            return
        house.clock.forward(minutes=10)
    pytest.fail(f"after {ROUNDS} rounds there are still deliveries to make")
