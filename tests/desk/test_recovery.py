"""Messages whose process died before they were answered, and escalations that were given up."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from punai import Turn
from punai.desk import Desk
from punai.models import Inbound
from punai.ports import NotFound
from punai.reception import LEASE
from tests.house import (
    DOCUMENTED,
    Clock,
    House,
    answer_of,
    escalations_of,
    say,
    send,
    status_of,
    tenant_of,
    turns_of,
)

START = Clock().now

PUSHING = """
sent = []

class Phone:
    def send(self, turn, tenant):
        sent.append((turn.user_id, turn.answer.reply))
        if "fails" in turn.text:
            raise ConnectionError("the phone is off")

@hookimpl
def register_channels(register):
    register("phone", Phone())
"""


def accept_and_die(desk: Desk, text: str, **inbound: Any) -> Turn:
    """What a process leaves behind that is killed right after it accepted the words."""
    named = {"user_id": "ada", "conversation_id": "c", "message_id": "lost", **inbound}
    message = Inbound(text=text, **named)
    return desk.store.accept(tenant_of(desk), message, now=START, lease=LEASE, history=20).turn


@contextmanager
def after_the_lease(house: House) -> Iterator[None]:
    """The time at which a dead holder is known to be dead."""
    house.clock.now += LEASE + timedelta(seconds=1)
    yield


def test_a_message_that_was_never_answered_is_answered_and_a_human_is_told(house: House) -> None:
    desk = house.open()
    accept_and_die(desk, DOCUMENTED)
    assert desk.recover() == 0  # its holder may be alive
    with after_the_lease(house):
        assert desk.recover() == 1
    [turn] = turns_of(desk)
    assert "Green tea stays fresh" in answer_of(turn).reply
    assert tenant_of(desk).texts.handoff in answer_of(turn).reply
    assert (status_of(desk), [e.reason for e in escalations_of(desk)]) == ("waiting", ["unanswered"])
    assert send(desk, DOCUMENTED, message_id="lost") == turn  # a late retry gets it
    assert desk.recover() == 0


def test_where_the_channel_can_push_the_answer_is_sent_and_nobody_is_bothered(house: House) -> None:
    house.write_plugin("phone", PUSHING)
    desk = house.open()
    accept_and_die(desk, DOCUMENTED, channel="phone")
    with after_the_lease(house):
        assert desk.recover() == 1
    [(user, reply)] = house.plugin("phone").sent
    assert (user, "Green tea stays fresh" in reply) == ("ada", True)
    assert (status_of(desk), escalations_of(desk)) == ("bot", [])


def test_a_channel_that_fails_costs_nobody_else_their_recovery(house: House) -> None:
    house.write_plugin("phone", PUSHING)
    desk = house.open()
    accept_and_die(desk, "this fails: where is my order", channel="phone")
    accept_and_die(desk, DOCUMENTED, channel="phone", user_id="bob", conversation_id="d")
    with after_the_lease(house):
        assert desk.recover() == 2
    assert len(house.plugin("phone").sent) == 2


def test_words_to_a_human_are_kept_for_that_human(house: House) -> None:
    desk = house.open()
    say(desk, "I want to talk to a person")
    desk.take_over("teashop", "c")
    accept_and_die(desk, DOCUMENTED)
    with after_the_lease(house):
        assert desk.recover() == 1
    assert (answer_of(turns_of(desk)[-1]).reply, status_of(desk)) == ("", "human")


def test_several_that_recover_at_once_answer_each_message_once(house: House) -> None:
    desk = house.open()
    for number in range(12):
        accept_and_die(desk, DOCUMENTED, user_id=f"u{number}", conversation_id=f"c{number}")
    with after_the_lease(house), ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: house.open().recover(), range(4))) == 12
    assert len(escalations_of(desk)) == 12


def test_a_dead_delivery_is_due_again_when_somebody_says_so(house: House) -> None:
    desk = house.open()
    say(desk, "I want to talk to a person")
    [escalation] = escalations_of(desk)
    dead = escalation.deliveries[0].model_copy(
        update={"status": "dead", "attempts": 20, "last_error": "away"}
    )
    desk.store.record_delivery(tenant_of(desk), escalation.id, dead, seen=escalation.deliveries[0])
    assert desk.deliver_due() == 0
    assert desk.retry_escalation("teashop", escalation.id) == 1
    assert desk.deliver_due() == 1
    assert [delivery.status for delivery in escalations_of(desk)[0].deliveries] == ["delivered"]
    assert desk.retry_escalation("teashop", escalation.id) == 0


def test_an_unknown_escalation_cannot_be_retried(house: House) -> None:
    with pytest.raises(NotFound):
        house.open().retry_escalation("teashop", "esc_none")


def test_contact_details_that_come_later_reach_the_human_who_was_asked_for(house: House) -> None:
    desk = house.open()
    say(desk, "I want to talk to a person")
    desk.deliver_due()
    more = Inbound(user_id="ada", text="please call me", conversation_id="c")
    desk.escalate("teashop", more, name="Ada", email="ada@example.org", note=None)
    [escalation] = escalations_of(desk)
    assert (escalation.name, escalation.email) == ("Ada", "ada@example.org")
    assert desk.deliver_due() == 0
    house.clock.forward(seconds=10)
    assert desk.deliver_due() == 1  # told again, under the same id
