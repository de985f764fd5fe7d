"""A customer's message: durable before anything slow, and answered with one model call or none."""

from typing import Any

import pytest

from punai.models import Inbound, Turn
from punai.ports import MessageMismatch, NotFound, NotYours
from punai.testing import OpenAIServer
from tests.house import (
    DOCUMENTED,
    MODEL,
    STORAGE,
    UNCLEAR,
    UNDOCUMENTED,
    House,
    escalations_of,
    proposal,
    say,
    send,
    status_of,
    tenant_of,
    turns_of,
)


def test_the_words_are_in_the_store_before_the_model_is_asked(house: House, model: OpenAIServer) -> None:
    desk, onlooker = house.open(model=MODEL), house.open()
    seen: list[Turn | None] = []

    def look(request: dict[str, Any]) -> dict[str, Any]:
        seen.append(onlooker.store.turn(tenant_of(onlooker), "c", "m"))
        return proposal()

    model.script(look)
    send(desk, UNDOCUMENTED, message_id="m")

    (turn,) = seen
    assert turn is not None
    assert (turn.text, turn.user_id, turn.answer) == (UNDOCUMENTED, "ada", None)


@pytest.mark.parametrize("text", [DOCUMENTED, UNDOCUMENTED, UNCLEAR[0], "I am not sure what I need"])
def test_a_turn_asks_the_model_once(house: House, model: OpenAIServer, text: str) -> None:
    answer = say(house.open(model=MODEL), text)
    assert model.calls == 1
    assert answer.answered_by == "model"


@pytest.mark.parametrize(
    ("text", "answered_by"),
    [
        ("hi", "reply"),
        ("Good morning!", "reply"),
        ("thank you so much", "reply"),
        ("bye bye", "reply"),
        ("what are your opening hours", "reply"),
        ("I want to talk to a person", "fallback"),
        ("connect me to customer service", "fallback"),
        ("you will hear from my lawyer", "fallback"),
        ("this is an outrage, I am furious", "fallback"),
        ("I had an allergic reaction to your tea", "fallback"),
    ],
)
def test_small_talk_stock_replies_and_handovers_ask_no_model(
    house: House, model: OpenAIServer, text: str, answered_by: str
) -> None:
    answer = say(house.open(model=MODEL), text)
    assert model.calls == 0
    assert answer.answered_by == answered_by
    assert answer.reply
    assert answer.usage is None


def test_the_business_says_its_own_words_as_they_are(house: House, model: OpenAIServer) -> None:
    answer = say(house.open(model=MODEL), "when are you open")
    assert answer.reply == "We are open from nine to five, every day."
    assert (answer.intent, answer.status, answer.escalation) == ("opening_hours", "bot", False)


def test_a_stock_reply_beside_another_question_is_left_to_the_model(
    house: House, model: OpenAIServer
) -> None:
    text = "hello, my tin arrived with a dent in its lid, what should I do about that"
    say(house.open(model=MODEL), text)
    assert model.calls == 1


def test_the_stored_turn_is_the_answered_one(house: House, model: OpenAIServer) -> None:
    model.script(proposal("For a year.", citations=[STORAGE]))
    answered = send(house.open(model=MODEL), DOCUMENTED, message_id="m")
    assert turns_of(house.open()) == (answered,)


def test_messages_without_ids_are_messages_of_their_own(house: House) -> None:
    desk = house.open()
    first = send(desk, DOCUMENTED)
    second = send(desk, DOCUMENTED)
    assert first.message_id != second.message_id
    assert len(turns_of(desk)) == 2


def test_a_message_without_a_conversation_joins_the_open_one(house: House) -> None:
    desk = house.open()
    first = send(desk, "hi", conversation_id=None)
    house.clock.forward(hours=23)
    second = send(desk, "thanks", conversation_id=None)
    house.clock.forward(hours=25)
    third = send(desk, "hi", conversation_id=None)
    assert first.conversation_id == second.conversation_id != third.conversation_id


@pytest.mark.parametrize("step", ["understand", "recall", "answer"])
def test_whatever_goes_wrong_while_thinking_costs_the_answer_and_not_the_turn(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    desk = house.open()

    def fail(*_: object) -> None:
        raise ArithmeticError("a mistake of ours")

    monkeypatch.setattr(desk.pipelines["teashop"], step, fail)
    answer = say(desk, DOCUMENTED)
    assert (answer.reply, answer.status) == (tenant_of(desk).texts.handoff, "waiting")
    assert [found.reason for found in escalations_of(desk)] == ["outage"]


def test_another_users_conversation_is_refused_and_nothing_is_stored(
    house: House, model: OpenAIServer
) -> None:
    desk = house.open(model=MODEL)
    send(desk, "hi")
    with pytest.raises(NotYours):
        send(desk, UNDOCUMENTED, user_id="bob")
    assert model.calls == 0
    assert [turn.text for turn in turns_of(desk)] == ["hi"]


def test_a_business_that_is_not_there_is_not_found(house: House) -> None:
    with pytest.raises(NotFound, match="no such business"):
        house.open().receive("nowhere", Inbound(user_id="ada", text="hi"))


def test_what_happened_elsewhere_is_kept_once_and_remembered(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    exchange: dict[str, Any] = {
        "conversation_id": "c",
        "at": house.clock.now,
        "text": "Is the tin of sencha airtight?",
        "reply": "Yes, it closes airtight.",
    }
    first = desk.record_elsewhere("teashop", **exchange)
    assert desk.record_elsewhere("teashop", **exchange) == first
    assert len(turns_of(desk)) == 1

    say(desk, UNDOCUMENTED, user_id="c")
    said = [message["content"] for message in model.requests[0]["messages"][1:]]
    assert said == ["Is the tin of sencha airtight?", "Yes, it closes airtight.", UNDOCUMENTED]


def test_what_happened_elsewhere_leaves_a_humans_conversation_with_them(house: House) -> None:
    desk = house.open()
    send(desk, "hi")
    desk.take_over("teashop", "c")
    at = house.clock.now
    desk.record_elsewhere("teashop", conversation_id="c", at=at, text="in the app", reply="ok")
    assert status_of(desk) == "human"
    assert escalations_of(desk) == []


def test_an_agents_message_id_is_not_free_for_a_customers_words(house: House) -> None:
    desk = house.open()
    send(desk, "hi")
    desk.take_over("teashop", "c")
    desk.reply_as_agent("teashop", "c", "Good morning.", message_id="m")
    with pytest.raises(MessageMismatch):
        send(desk, "hello?", message_id="m")
