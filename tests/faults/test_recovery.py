"""Customers who never ask again: what was accepted and not answered is answered all the same, and once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from punai import Turn
from punai.desk import Desk
from punai.models import Inbound
from punai.ports import Accepted
from punai.reception import LEASE
from punai.testing import OpenAIServer
from tests.faults.customers import FIRST, Message, Model, browser, ids
from tests.faults.launcher import Later
from tests.faults.servers import PATIENCE, Servers, servers
from tests.house import MODEL, House, answer_of, escalations_of, proposal, tenant_of, turns_of

SEED = 20260106
KILLS = 20
CUSTOMERS = 6
RECOVERERS = 3


def test_what_the_dead_left_is_answered_once_however_many_recover_at_once(
    house: House,
    model: OpenAIServer,
    database: str,
    tmp_path: Path,
    tell: Callable[[str, Mapping[str, object]], None],
) -> None:
    model.default = echo = Model(SEED)
    settings = {"PUNAI_STORE": database, "PUNAI_PLUGINS": str(house.plugins), "PUNAI_MODEL": MODEL}
    with servers(settings, tmp_path / "servers.log") as running:
        messages = send_once_while_killing(running, echo)
        house.clock = Later(running.kills)
        desks = [house.open(store=database, model=MODEL) for _ in range(RECOVERERS)]
        left = {turn.message_id: turn for turn in stored(desks[0]) if turn.answer is None}
        running.start()  # its worker recovers too, in a process of its own
        recovered = recover_together(desks)
        wait_until_answered(desks[0])
        running.kill()
    turns = {turn.message_id: turn for turn in stored(desks[0])}
    escalations = Counter(each.conversation_id for each in escalations_of(desks[0]))
    tell(
        f"{running.kills} kills on {desks[0].store.name} without a retry",
        {
            "messages sent": len(messages),
            "accepted": len(turns),
            "left unanswered by the dead": len(left),
            "recovered beside the server's own worker": recovered,
            "still unanswered": sum(turn.answer is None for turn in turns.values()),
            "escalations": len(escalations),
        },
    )

    assert left
    assert len(turns) == len(stored(desks[0]))
    assert set(echo.calls) <= set(turns)
    assert {message.id for message in messages if message.replies} <= set(turns)
    for message_id, turn in turns.items():
        assert ids(answer_of(turn).reply) == [message_id]
        assert turn.attempt == (2 if message_id in left else 1)
        assert echo.calls[message_id] <= turn.attempt
    assert escalations == Counter({turn.conversation_id for turn in left.values()})
    assert {each.reason for each in escalations_of(desks[0])} == {"unanswered"}
    assert [desk.recover() for desk in desks] == [0] * RECOVERERS
    assert_late_retries_get_what_is_stored(desks[0], turns)


def test_a_turn_that_another_took_over_costs_no_other_its_recovery(house: House, model: OpenAIServer) -> None:
    desk, other = house.open(model=MODEL), house.open(model=MODEL)
    for number in (50_000, 50_001):
        accept(desk, f"qwertz m-50000-{number}", f"m-50000-{number}", house.clock.now)

    def dawdle(request: dict[str, Any]) -> dict[str, Any]:
        """Take so long over the first message that its lease runs out, and somebody else takes it."""
        [message_id] = ids(request["messages"][-1]["content"])
        house.clock.now += LEASE
        assert accept(other, f"qwertz {message_id}", message_id, house.clock.now).state == "new"
        return proposal("too late?")

    house.clock.now += LEASE
    model.script(dawdle)
    model.default = Model(SEED)
    assert desk.recover() == 1
    turns = {turn.message_id: turn for turn in turns_of(desk)}
    assert turns["m-50000-50000"].answer is None  # the other is at work
    assert ids(answer_of(turns["m-50000-50001"]).reply) == ["m-50000-50001"]


def accept(desk: Desk, text: str, message_id: str, now: datetime) -> Accepted:
    """Accept words and do no more, as somebody who dies then."""
    inbound = Inbound(user_id="ada", text=text, conversation_id="c", message_id=message_id)
    return desk.store.accept(tenant_of(desk), inbound, now=now, lease=LEASE, history=0)


def send_once_while_killing(running: Servers, echo: Model) -> list[Message]:
    """What customers sent, each message once, to servers that were killed at random points."""
    sent: list[Message] = []
    over = threading.Event()

    def write(customer: int) -> None:
        number = 0
        with browser() as http:
            while not over.is_set():
                conversation = f"user-{customer}-{number // 4}"
                message_id = f"m-{FIRST + customer}-{FIRST + number}"
                message = Message(message_id, f"user-{customer}", conversation, f"qwertz {message_id}")
                if not message.send(running, http):
                    time.sleep(0.01)
                if message.sent_at:
                    sent.append(message)
                    number += 1

    threads = [threading.Thread(target=write, args=(each,), daemon=True) for each in range(CUSTOMERS)]
    for thread in threads:
        thread.start()
    dice = random.Random(SEED)
    for _ in range(KILLS):
        running.start(worker=False)
        running.wait_until_up()
        echo.wait_for_calls(dice.randint(1, 8), seconds=10)
        time.sleep(dice.uniform(0, 0.03))
        running.kill()
    over.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return sent


def recover_together(desks: list[Desk]) -> int:
    """How many turns they recovered among them, each until it found nothing more to do."""
    counts: list[int] = []

    def recover(desk: Desk) -> None:
        while count := desk.recover():
            counts.append(count)

    threads = [threading.Thread(target=recover, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def wait_until_answered(desk: Desk) -> None:
    """Until the server's worker has finished what it took."""
    deadline = time.monotonic() + PATIENCE
    while any(turn.answer is None for turn in stored(desk)):
        assert time.monotonic() < deadline, "there are messages that nobody answers"
        time.sleep(0.1)


def stored(desk: Desk) -> list[Turn]:
    users = (f"user-{customer}" for customer in range(CUSTOMERS))
    return [turn for user in users for turn in desk.store.turns_of(tenant_of(desk), user)]


def assert_late_retries_get_what_is_stored(desk: Desk, turns: Mapping[str, Turn]) -> None:
    for turn in turns.values():
        named = {"user_id": turn.user_id, "conversation_id": turn.conversation_id}
        again = Inbound(**named, text=turn.text, message_id=turn.message_id)
        assert desk.receive(desk.default_tenant, again) == turn
