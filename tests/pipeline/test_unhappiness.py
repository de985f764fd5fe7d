"""What a customer whose conversation goes wrong gets."""

import pytest

from tests.house import DOCUMENTED, TEASHOP, UNDOCUMENTED, House, escalations_of, say, status_of, tenant_of

GOING_WRONG = (DOCUMENTED, "no, that's not what I asked", "rubbish, it doesn't answer my question")


def test_a_customer_gets_a_human_before_they_have_to_shout(house: House) -> None:
    desk = house.open()
    first, second, last = (say(desk, text) for text in GOING_WRONG)
    assert [answer.sentiment for answer in (first, second, last)] == ["neutral", "negative", "negative"]
    assert not first.escalation
    assert not second.escalation
    assert (last.step, last.reply) == ("handed_over", tenant_of(desk).texts.handoff)
    assert [escalation.reason for escalation in escalations_of(desk)] == ["unhappy"]


def test_a_pack_can_switch_it_off(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nunhappy = 1\n")
    desk = house.open()
    for text in GOING_WRONG:
        assert not say(desk, text).escalation
    assert escalations_of(desk) == []


def test_who_is_handed_back_begins_anew(house: House) -> None:
    desk = house.open()
    for text in GOING_WRONG:
        say(desk, text)
    desk.hand_back(desk.default_tenant, "c")
    answer = say(desk, DOCUMENTED)
    assert (answer.answered_by, answer.escalation, status_of(desk)) == ("documents", False, "bot")


@pytest.mark.parametrize("text", ["great, thanks for nothing", "thanks a lot, third time it broke"])
def test_thanks_that_are_none_are_not_welcome(house: House, text: str) -> None:
    desk = house.open()
    sincere = say(desk, "thanks a lot", conversation_id="other")
    answer = say(desk, text)
    assert (sincere.intent, sincere.sentiment) == ("gratitude", "positive")
    assert answer.sentiment == "negative"
    assert answer.intent != "gratitude"
    assert answer.reply != sincere.reply


def test_an_ordinary_question_about_trouble_is_answered(house: House) -> None:
    answer = say(house.open(), UNDOCUMENTED + ", it is late")
    assert (answer.sentiment, answer.escalation) == ("negative", False)
