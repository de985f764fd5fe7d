"""What customers think of answers: kept, told to plugins, and now and then a reason to bring in a human."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from punai.desk import Desk
from punai.feedback import Received
from punai.models import Feedback, Inbound, Rating
from punai.ports import ConfigurationError, NotFound, NotYours
from tests.house import (
    DOCUMENTED,
    TEASHOP,
    UNDOCUMENTED,
    House,
    escalations_of,
    send,
    status_of,
    tenant_of,
    turns_of,
)

AFTER_TWO = TEASHOP + "\n[settings.feedback]\nescalate_after = 2\n"
HARMLESS = (DOCUMENTED, "hi", "when are you open", "thanks", "is delivery quick?", "hello")
"""No two of them alike: who asks the same again and again is given a human for that."""
EVERY_COMMENT = (
    "@hookimpl\n"
    "def feedback_received(feedback, turn, conversation, tenant):\n"
    "    assert turn.feedback == feedback and turn in conversation.turns and tenant.name == 'Teashop'\n"
    "    return feedback.comment\n"
)


def rate(desk: Desk, message_id: str, value: Any = "down", **more: Any) -> Received:
    return desk.rate("teashop", "ada", "c", message_id, value, **more)


def asked(desk: Desk, *ids: str) -> None:
    for id, text in zip(ids, HARMLESS, strict=False):
        send(desk, text, message_id=id)


def test_feedback_is_kept_with_its_turn_changed_and_withdrawn(house: House) -> None:
    desk = house.open()
    asked(desk, "m1", "m2")
    assert rate(desk, "m1", "up") == Received("bot")
    house.clock.forward(minutes=1)
    assert rate(desk, "m1", comment="It says nothing of tins.") == Received("bot")
    down = Feedback(value="down", comment="It says nothing of tins.", at=house.clock())
    assert [turn.feedback for turn in turns_of(desk)] == [down, None]
    rate(desk, "m1", None)
    assert [turn.feedback for turn in turns_of(desk)] == [None, None]
    assert escalations_of(desk) == []


def test_a_conversation_is_rated_at_any_time_and_anew(house: House) -> None:
    desk = house.open()
    asked(desk, "m1")
    assert desk.rate_conversation("teashop", "ada", "c", 2) == Received("bot")
    desk.close("teashop", "c")
    assert desk.rate_conversation("teashop", "ada", "c", 5, comment="All well") == Received("closed")
    found = desk.store.conversation(tenant_of(desk), "c", history=0)
    assert found is not None
    assert found.rating == Rating(value=5, comment="All well", at=house.clock())


def test_nobody_rates_what_is_anothers_or_what_is_not_there(house: House) -> None:
    desk = house.open()
    asked(desk, "m1")
    with pytest.raises(NotYours):
        desk.rate("teashop", "eve", "c", "m1", "down")
    with pytest.raises(NotYours):
        desk.rate_conversation("teashop", "eve", "c", 1)
    for conversation, id in (("c", "m2"), ("nowhere", "m1")):
        with pytest.raises(NotFound):
            desk.rate("teashop", "ada", conversation, id, "down")
    with pytest.raises(NotFound):
        desk.rate_conversation("teashop", "ada", "nowhere", 1)
    with pytest.raises(NotFound):
        desk.rate("nobody", "ada", "c", "m1", "down")
    assert turns_of(desk)[0].feedback is None


def test_words_that_a_human_has_yet_to_answer_cannot_be_rated(house: House) -> None:
    desk = house.open()
    asked(desk, "m1")
    desk.take_over("teashop", "c")
    send(desk, "Hello?", message_id="m2")
    with pytest.raises(NotFound):
        rate(desk, "m2")


def test_down_votes_bring_in_nobody_unless_the_business_says_so(house: House) -> None:
    desk = house.open()
    ids = [f"m{number}" for number in range(6)]
    asked(desk, *ids)
    assert {rate(desk, id) for id in ids} == {Received("bot")}
    assert escalations_of(desk) == []


def test_enough_down_votes_bring_in_a_human_and_the_customer_is_told(house: House) -> None:
    house.write_pack(text=AFTER_TWO)
    desk = house.open()
    asked(desk, "m1", "m2", "m3")
    assert rate(desk, "m1") == Received("bot")
    assert rate(desk, "m1", comment="No") == Received("bot")
    assert rate(desk, "m2", "up") == Received("bot")
    assert rate(desk, "m3", comment="Not an answer") == Received("waiting", escalation=True)
    [opened] = escalations_of(desk)
    assert (opened.reason, opened.user_id, opened.status) == ("down_votes", "ada", "open")
    assert opened.note == "Not an answer"
    assert [delivery.handler for delivery in opened.deliveries] == ["log"]
    told = turns_of(desk)[-1]
    assert (told.text, told.user_id) == ("", "ada")
    assert told.answer is not None
    assert told.answer.reply == tenant_of(desk).texts.handoff
    assert (told.answer.status, told.answer.escalation, told.answer.at) == ("waiting", True, house.clock())
    assert status_of(desk) == "waiting"
    assert desk.deliver_due() == 1


def test_a_conversation_has_one_open_escalation_however_much_is_voted_down(house: House) -> None:
    house.write_pack(text=AFTER_TWO)
    desk = house.open()
    ids = [f"m{number}" for number in range(6)]
    asked(desk, *ids)
    with ThreadPoolExecutor(6) as threads:
        received = list(threads.map(partial(rate, desk), ids))
    assert sorted(each.escalation for each in received) == [False] * 5 + [True]
    assert rate(desk, "m0", comment="Still no") == Received("waiting")
    assert len(escalations_of(desk)) == 1
    assert len(turns_of(desk)) == 7


def test_a_comment_that_comes_after_the_vote_reaches_those_who_were_asked(house: House) -> None:
    house.write_pack(text=AFTER_TWO.replace("= 2", "= 1"))
    desk = house.open()
    asked(desk, "m1")
    assert rate(desk, "m1") == Received("waiting", escalation=True)
    desk.deliver_due()
    assert rate(desk, "m1", comment="It was about cups") == Received("waiting")
    [opened] = escalations_of(desk)
    assert opened.note == "It was about cups"
    house.clock.forward(minutes=5)
    assert desk.deliver_due() == 1


def test_a_comment_takes_no_other_notes_place(house: House) -> None:
    desk = house.open()
    asked(desk, "m1")
    inbound = Inbound(user_id="ada", text="Help!", conversation_id="c")
    desk.escalate("teashop", inbound, name=None, email=None, note="Calls after six")
    rate(desk, "m1", comment="It was about cups")
    assert [opened.note for opened in escalations_of(desk)] == ["Calls after six"]


def test_what_a_human_has_settled_counts_no_more(house: House) -> None:
    house.write_pack(text=AFTER_TWO)
    desk = house.open()
    asked(desk, "m1", "m2")
    rate(desk, "m1")
    rate(desk, "m2")
    desk.take_over("teashop", "c")
    desk.hand_back("teashop", "c")
    asked(desk, "m3", "m4")
    assert rate(desk, "m3") == Received("bot")
    assert rate(desk, "m4") == Received("waiting", escalation=True)
    assert len(escalations_of(desk)) == 2


@pytest.mark.parametrize("wrong", ["-1", '"two"', "1.5", "true"])
def test_a_wrong_number_of_down_votes_stops_the_start(house: House, wrong: str) -> None:
    house.write_pack(text=AFTER_TWO.replace("= 2", f"= {wrong}"))
    with pytest.raises(ConfigurationError, match=r"business.toml: \[settings.feedback\] escalate_after"):
        house.open()


@pytest.mark.parametrize("status", ["human", "closed"])
def test_feedback_brings_in_nobody_where_a_human_is_or_all_is_over(house: House, status: str) -> None:
    house.write_pack(text=AFTER_TWO.replace("= 2", "= 1"))
    desk = house.open()
    asked(desk, "m1")
    (desk.take_over if status == "human" else desk.close)("teashop", "c")
    assert rate(desk, "m1") == Received(status)  # type: ignore[arg-type]  # it is one of them
    assert escalations_of(desk) == []
    assert len(turns_of(desk)) == 1


def test_a_plugin_brings_in_a_human_for_its_own_reason(house: House) -> None:
    house.write_plugin("comments", EVERY_COMMENT)
    desk = house.open()
    asked(desk, "m1")
    assert rate(desk, "m1", "up") == Received("bot")
    assert rate(desk, "m1", "up", comment="wrong_price") == Received("waiting", escalation=True)
    assert [opened.reason for opened in escalations_of(desk)] == ["wrong_price"]


@pytest.mark.parametrize("broken", ["raise ValueError('no')", "return 1", "time.sleep(60)"])
def test_a_plugin_that_fails_costs_the_feedback_nothing(house: House, broken: str) -> None:
    house.write_plugin("broken", f"@hookimpl\ndef feedback_received(feedback):\n    {broken}\n")
    desk = house.open()
    asked(desk, "m1")
    assert rate(desk, "m1") == Received("bot")
    assert turns_of(desk)[0].feedback is not None


def test_who_asks_for_a_human_gets_one_whatever_the_message_says(house: House) -> None:
    desk = house.open()
    turn = send(desk, DOCUMENTED, human=True)
    assert turn.answer is not None
    assert (turn.answer.status, turn.answer.reply) == ("waiting", tenant_of(desk).texts.handoff)
    send(desk, UNDOCUMENTED, human=True)
    assert [opened.reason for opened in escalations_of(desk)] == ["person_requested"]


def test_who_asks_for_a_human_while_one_is_there_keeps_the_human(house: House) -> None:
    desk = house.open()
    asked(desk, "m1")
    desk.take_over("teashop", "c")
    turn = send(desk, "Hello?", human=True)
    assert turn.answer is not None
    assert (turn.answer.reply, turn.answer.status) == ("", "human")
    assert escalations_of(desk) == []
