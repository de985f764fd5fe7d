"""A message sent again: the same reply, whoever asks, however often, and one model call."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from punai.models import Turn
from punai.ports import InFlight, MessageMismatch
from punai.testing import Failure, OpenAIServer
from tests.house import (
    DOCUMENTED,
    MODEL,
    UNCLEAR,
    UNDOCUMENTED,
    House,
    answer_of,
    escalations_of,
    proposal,
    send,
    turns_of,
)


class Held:
    """A step of a model's script that waits until it is let go."""

    def __init__(self, reply: str) -> None:
        self.asked, self.go = threading.Event(), threading.Event()
        self._reply = reply

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.set()
        assert self.go.wait(20)
        return proposal(self._reply)


def test_a_repeated_message_gets_the_stored_reply_without_a_model_call(
    house: House, model: OpenAIServer
) -> None:
    desk = house.open(model=MODEL)
    model.script(proposal("first?"), proposal("second?"))
    first = send(desk, UNDOCUMENTED, message_id="m")
    assert send(desk, UNDOCUMENTED, message_id="m") == first
    assert answer_of(first).reply == "first?"
    assert model.calls == 1


def test_a_repeat_after_a_restart_gets_the_stored_reply(house: House, model: OpenAIServer) -> None:
    model.script(proposal("before the restart?"))
    desk = house.open(model=MODEL)
    first = send(desk, UNDOCUMENTED, message_id="m")
    desk.store.close()

    house.clock.forward(days=3)
    assert send(house.open(model=MODEL), UNDOCUMENTED, message_id="m") == first
    assert model.calls == 1


def test_a_repeat_without_its_conversation_finds_it(house: House) -> None:
    desk = house.open()
    first = send(desk, DOCUMENTED, conversation_id=None, message_id="m")
    assert send(desk, DOCUMENTED, conversation_id=None, message_id="m") == first


def test_other_words_under_the_same_id_are_refused(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    send(desk, UNDOCUMENTED, message_id="m")
    with pytest.raises(MessageMismatch):
        send(desk, DOCUMENTED, message_id="m")
    assert model.calls == 1
    assert [turn.text for turn in turns_of(desk)] == [UNDOCUMENTED]


def test_a_repeated_escalation_opens_one(house: House) -> None:
    desk = house.open()
    for _ in range(3):
        send(desk, "I want to talk to a person", message_id="m")
    assert len(escalations_of(desk)) == 1


def test_twenty_at_once_with_the_same_message_get_one_reply_from_one_model_call(
    house: House, model: OpenAIServer
) -> None:
    desks = [house.open(model=MODEL), house.open(model=MODEL)]
    model.script(Failure.slow(0.3, proposal("once?")))
    together = threading.Barrier(20)

    def ask(number: int) -> Turn:
        together.wait(10)
        return send(desks[number % 2], UNDOCUMENTED, message_id="m")

    with ThreadPoolExecutor(20) as threads:
        turns = list(threads.map(ask, range(20)))
    assert model.calls == 1
    assert {answer_of(turn).reply for turn in turns} == {"once?"}
    assert len(set(map(Turn.model_dump_json, turns))) == 1


def test_a_repeat_of_a_message_in_flight_is_told_when_to_retry(house: House, model: OpenAIServer) -> None:
    impatient = house.open(model=MODEL, patience=0.1)
    held = Held("at last?")
    model.script(held)
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(send, impatient, UNDOCUMENTED, message_id="m")
        assert held.asked.wait(20)
        with pytest.raises(InFlight) as told:
            send(impatient, UNDOCUMENTED, message_id="m")
        held.go.set()
        assert answer_of(first.result(20)).reply == "at last?"
    assert 1 <= told.value.seconds <= 30
    assert model.calls == 1


def test_other_words_under_the_id_of_a_message_in_flight_are_refused_at_once(
    house: House, model: OpenAIServer
) -> None:
    desk = house.open(model=MODEL)
    held = Held("at last?")
    model.script(held)
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(send, desk, UNDOCUMENTED, message_id="m")
        assert held.asked.wait(20)
        with pytest.raises(MessageMismatch):
            send(desk, DOCUMENTED, message_id="m")
        held.go.set()
        assert answer_of(first.result(20)).reply == "at last?"


def test_a_holder_whose_lease_ran_out_gives_the_next_ones_answer(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    held = Held("too late?")
    model.script(held, proposal("in time?"))
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(send, desk, UNDOCUMENTED, message_id="m")
        assert held.asked.wait(20)
        house.clock.forward(seconds=31)
        assert answer_of(send(desk, UNDOCUMENTED, message_id="m")).reply == "in time?"
        held.go.set()
        assert answer_of(slow.result(20)).reply == "in time?"


def test_a_holder_whose_lease_ran_out_while_the_next_is_at_work_says_to_retry(
    house: House, model: OpenAIServer
) -> None:
    desk = house.open(model=MODEL)
    late, next_one = Held("too late?"), Held("in time?")
    model.script(late, next_one)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(send, desk, UNDOCUMENTED, message_id="m")
        assert late.asked.wait(20)
        house.clock.forward(seconds=31)
        second = threads.submit(send, desk, UNDOCUMENTED, message_id="m")
        assert next_one.asked.wait(20)
        late.go.set()
        with pytest.raises(InFlight):
            first.result(20)
        next_one.go.set()
        assert answer_of(second.result(20)).reply == "in time?"


def test_other_words_do_not_take_over_a_message_that_was_never_answered(
    house: House, model: OpenAIServer
) -> None:
    desk = house.open(model=MODEL, patience=0.1)
    held = Held("at last?")
    model.script(held)
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(send, desk, UNDOCUMENTED, message_id="m")
        assert held.asked.wait(20)
        house.clock.forward(seconds=31)
        with pytest.raises(MessageMismatch):
            send(desk, DOCUMENTED, message_id="m")
        held.go.set()
        assert answer_of(first.result(20)).reply == "at last?"


def test_twenty_different_messages_at_once_are_all_answered_in_one_conversation(
    house: House, model: OpenAIServer
) -> None:
    desk = house.open(model=MODEL)
    model.default = lambda request: proposal(f"{request['messages'][-1]['content']}?")
    with ThreadPoolExecutor(20) as threads:
        texts = [f"{UNCLEAR[0]} {number}" for number in range(50_000, 50_020)]
        turns = list(threads.map(lambda text: send(desk, text, conversation_id=None), texts))
    assert len({turn.conversation_id for turn in turns}) == 1
    assert all(answer_of(turn).reply == f"{turn.text}?" for turn in turns)
    assert model.calls == 20
