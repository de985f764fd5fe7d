"""A server that is killed a hundred times, at any moment: no message is lost, and none is answered twice."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from punai import Turn
from punai.desk import Desk
from punai.testing import OpenAIServer
from tests.faults.customers import Customers, Message, Model, ids, misplaced
from tests.faults.servers import PATIENCE, Servers, servers
from tests.house import MODEL, TEASHOP, House, answer_of, escalations_of, tenant_of

SEED = 20260105
KILLS = 100
CUSTOMERS = 6

SINK = """
import os

def tell(escalation, tenant):
    with open(os.environ["SINK"], "a") as sink:
        sink.write(f"{escalation.id}\\n")  # one write, which a kill does not cut in two
    return escalation.id

@hookimpl
def register_escalation_handlers(register):
    register("sink", tell)
"""


def test_a_hundred_kills_lose_nothing_and_double_nothing(
    house: House,
    model: OpenAIServer,
    database: str,
    tmp_path: Path,
    tell: Callable[[str, Mapping[str, object]], None],
) -> None:
    house.write_pack(text=f'escalate_to = ["sink"]\n{TEASHOP}')
    house.write_plugin("sink", SINK)
    model.default = echo = Model(SEED)
    sink = tmp_path / "sink"
    sink.touch()
    settings = {"PUNAI_STORE": database, "PUNAI_PLUGINS": str(house.plugins), "PUNAI_MODEL": MODEL}
    with servers({**settings, "SINK": str(sink)}, tmp_path / "servers.log") as running:
        customers = Customers(running, CUSTOMERS, SEED)
        customers.start()
        kill_at_random_points(running, customers)
        running.start()
        customers.finish()
        desk = house.open(store=database, model=MODEL)
        wait_until_delivered(desk)
    messages = {message.id: message for message in customers.messages}
    turns = stored(desk)

    lost = [message.id for message in messages.values() if message.id not in turns]
    doubled = [message_id for message_id, found in turns.items() if len(found) > 1]
    taken_over = sum(found[0].attempt > 1 for found in turns.values())
    told = Counter(sink.read_text().split())
    tell(
        f"{running.kills} kills on {desk.store.name}",
        {
            "messages": len(messages),
            "replies": sum(len(message.replies) for message in messages.values()),
            "lost": len(lost),
            "doubled": len(doubled),
            "taken over from the dead": taken_over,
            "model calls of the dead": echo.calls.total() - len(echo.calls),
            "escalations": len(told),
            "told twice under one key": sum(told.values()) - len(told),
        },
    )

    assert running.kills >= KILLS
    assert (lost, doubled) == ([], [])
    assert set(turns) == set(messages)
    assert taken_over > 0
    for message in messages.values():
        assert_answered_once(message, turns[message.id][0], echo.calls[message.id])
    assert_order_is_stable(desk, messages)
    assert_every_promise_was_kept(desk, told)


def kill_at_random_points(running: Servers, customers: Customers) -> None:
    """Start a server and kill it, again and again: while it starts, or in the middle of its work."""
    dice = random.Random(SEED)
    for _ in range(KILLS):
        running.start()
        if dice.random() < 0.9:
            running.wait_until_up()
            customers.wait_for_answers(dice.randint(0, 5), seconds=10)
        time.sleep(dice.uniform(0, 0.04))
        running.kill()


def wait_until_delivered(desk: Desk) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(
        delivery.status != "delivered" for each in escalations_of(desk) for delivery in each.deliveries
    ):
        assert time.monotonic() < deadline, "there are escalations that nobody was told of"
        time.sleep(0.1)


def stored(desk: Desk) -> dict[str, list[Turn]]:
    """Every turn of every customer, by the message's id."""
    found: dict[str, list[Turn]] = defaultdict(list)
    for customer in range(CUSTOMERS):
        for turn in desk.store.turns_of(tenant_of(desk), f"user-{customer}"):
            found[turn.message_id].append(turn)
    return found


def assert_answered_once(message: Message, turn: Turn, model_calls: int) -> None:
    """Everybody who sent it got the one answer, which is to this message, for no more calls than holders."""
    answer = answer_of(turn)
    assert turn.text == message.text
    assert all(reply == message.replies[0] for reply in message.replies)
    assert (message.replies[0]["message_id"], message.replies[0]["reply"]) == (message.id, answer.reply)
    if "person" in message.text:
        assert (model_calls, answer.escalation) == (0, True)
    else:
        assert ids(answer.reply) == [message.id]
    assert model_calls <= turn.attempt <= 1 + message.kills_until_answered - message.kills_before


def assert_order_is_stable(desk: Desk, messages: Mapping[str, Message]) -> None:
    for customer in range(CUSTOMERS):
        once, again = (list(desk.store.turns_of(tenant_of(desk), f"user-{customer}")) for _ in range(2))
        assert once == again
        conversations: dict[str, list[Message]] = defaultdict(list)
        for turn in once:
            conversations[turn.conversation_id].append(messages[turn.message_id])
        assert [misplaced(said) for said in conversations.values()] == [[]] * len(conversations)
        assert customer % 2 == 0 or len(conversations) == 1


def assert_every_promise_was_kept(desk: Desk, told: Counter[str]) -> None:
    """Where a person was promised there is one escalation, and whoever is to know was told of it."""
    promised = {turn.conversation_id for [turn] in stored(desk).values() if answer_of(turn).escalation}
    escalations = escalations_of(desk)
    assert Counter(each.conversation_id for each in escalations) == Counter(promised)
    assert set(told) == {each.id for each in escalations}
