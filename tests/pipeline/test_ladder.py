"""Without a model: documents quoted where they answer, else questions, else the offer of a human."""

import pytest

from punai.models import Answer
from tests.house import (
    DOCUMENTED,
    TEASHOP,
    UNCLEAR,
    UNDOCUMENTED,
    House,
    escalations_of,
    say,
    tenant_of,
)


def steps(answers: list[Answer]) -> list[str]:
    return [answer.step for answer in answers]


def test_a_document_that_answers_is_quoted_with_its_source(house: House) -> None:
    answer = say(house.open(), DOCUMENTED)
    passage = "Green tea stays fresh for a year in a closed tin, away from light."
    assert (answer.answered_by, answer.step) == ("documents", "answered")
    assert answer.reply == f"Keeping tea fresh\n\n{passage}"
    (citation,) = answer.citations
    assert (citation.title, citation.source, citation.quote) == ("Keeping tea fresh", "storage.md", passage)


def test_a_long_document_is_quoted_in_whole_sentences(house: House) -> None:
    sentences = " ".join(f"Green tea stays fresh in tin number {number}." for number in range(30))
    house.write_pack(text=TEASHOP, storage=f"# Keeping tea fresh\n\n{sentences}\n")
    answer = say(house.open(), DOCUMENTED)
    quote = answer.citations[0].quote
    assert answer.reply.endswith(quote)
    assert 400 < len(quote) <= 500
    assert quote.endswith(".")
    assert quote in sentences


def test_an_unclear_message_is_asked_about_with_suggestions(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nintent = 0.95\n")
    desk = house.open()
    answer = say(desk, "where would my order from when you were open be")
    assert (answer.answered_by, answer.step, answer.intent) == ("fallback", "clarified", "other")
    assert answer.reply == tenant_of(desk).texts.clarify
    assert "where is my order" in answer.suggestions
    assert answer.suggestions == ("where is my order", "when are you open")


def test_small_talk_is_nothing_to_pick(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nintent = 1.0\n")
    desk = house.open()
    assert say(desk, "hi, thanks, where is my order, bye").suggestions == ("where is my order",)


@pytest.mark.parametrize(
    ("number", "intent", "by"), [(0, "order_status", "fallback"), (1, "opening_hours", "reply")]
)
def test_a_suggestion_that_is_picked_is_understood(house: House, number: int, intent: str, by: str) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nintent = 1.0\nreply = 1.0\n")
    desk = house.open()
    unpicked = say(desk, "when are you open", conversation_id="another")
    asked = say(desk, "where would my order from when you were open be")
    answer = say(desk, asked.suggestions[number])
    assert unpicked.intent == "other"  # by itself it is not sure enough for these thresholds
    assert (answer.intent, answer.confidence, answer.answered_by) == (intent, 1.0, by)


def test_a_suggestion_is_picked_right_after_it_was_made_or_not_at_all(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nintent = 1.0\nreply = 1.0\n")
    desk = house.open()
    asked = say(desk, "where would my order from when you were open be")
    say(desk, UNCLEAR[0])
    assert say(desk, asked.suggestions[1]).intent == "other"


@pytest.mark.parametrize(
    ("rungs", "expected"),
    [
        ("clarify = 0", ["rephrased", "offered_human", "handed_over"]),
        ("rephrase = 0", ["clarified", "offered_human", "handed_over"]),
        ("clarify = 0\nrephrase = 0", ["offered_human", "handed_over"]),
        ("clarify = 2\nrephrase = 0", ["clarified", "clarified", "offered_human", "handed_over"]),
        ("rephrase = 2", ["clarified", "rephrased", "rephrased", "offered_human"]),
        ("offer_human = false", ["clarified", "rephrased", "handed_over"]),
        ("clarify = 0\nrephrase = 0\noffer_human = false", ["handed_over"]),
    ],
)
def test_each_rung_is_the_businesss_to_set(house: House, rungs: str, expected: list[str]) -> None:
    house.write_pack(text=f"{TEASHOP}\n[ladder]\n{rungs}\n")
    desk = house.open()
    answers = [say(desk, text) for text in UNCLEAR[: len(expected)]]
    assert steps(answers) == expected
    handed_over = expected[-1] == "handed_over"
    assert [found.reason for found in escalations_of(desk)] == ["low_confidence"] * handed_over
    assert answers[-1].escalation is handed_over


def test_unclear_messages_lead_to_a_rephrasing_an_offer_and_a_human(house: House) -> None:
    desk = house.open()
    texts = tenant_of(desk).texts
    answers = [say(desk, text) for text in UNCLEAR]
    assert steps(answers) == ["clarified", "rephrased", "offered_human", "handed_over"]
    assert [answer.reply for answer in answers] == [
        texts.clarify,
        texts.clarify_again,
        texts.offer_human,
        texts.handoff,
    ]
    assert answers[2].suggestions == (texts.accept_human,)
    assert [found.reason for found in escalations_of(desk)] == ["low_confidence"]


@pytest.mark.parametrize("consent", ["yes", "Yes please!", "ok", "Talk to a person", "sure, go ahead"])
def test_yes_to_the_offer_brings_a_human(house: House, consent: str) -> None:
    desk = house.open()
    for text in UNCLEAR[:3]:
        say(desk, text)
    answer = say(desk, consent)
    assert (answer.step, answer.status, answer.escalation) == ("handed_over", "waiting", True)
    assert [found.reason for found in escalations_of(desk)] == ["person_requested"]


@pytest.mark.parametrize("refusal", ["no", "No.", "nope", "not now", "never mind"])
def test_no_to_the_offer_brings_nobody(house: House, refusal: str) -> None:
    desk = house.open()
    for text in UNCLEAR[:3]:
        say(desk, text)
    assert say(desk, refusal).status == "bot"
    assert escalations_of(desk) == []


def test_nothing_is_offered_to_who_waits_for_a_human_already(house: House) -> None:
    desk = house.open()
    say(desk, "I want to talk to a person")
    answers = [say(desk, text) for text in (UNDOCUMENTED, *UNCLEAR)]
    offer, still_waiting = tenant_of(desk).texts.offer_human, tenant_of(desk).texts.still_waiting
    assert [answer.reply for answer in answers].count(still_waiting) == 2
    assert offer not in {answer.reply for answer in answers}
    assert len(escalations_of(desk)) == 1


def test_the_offers_own_words_accept_it_in_the_businesss_language(house: House) -> None:
    house.write_pack(text=f'{TEASHOP}\n[texts]\naccept_human = "Mit einem Menschen sprechen"\n')
    desk = house.open()
    for text in UNCLEAR[:2]:
        say(desk, text)
    (offered,) = say(desk, UNCLEAR[2]).suggestions
    assert say(desk, offered).status == "waiting"
    assert [found.reason for found in escalations_of(desk)] == ["person_requested"]


def test_yes_without_an_offer_brings_nobody(house: House) -> None:
    desk = house.open()
    say(desk, UNCLEAR[0])
    assert say(desk, "yes").step == "rephrased"
    assert escalations_of(desk) == []


def test_a_question_understood_that_no_document_answers_is_offered_a_human(house: House) -> None:
    desk = house.open()
    answer = say(desk, UNDOCUMENTED)
    assert (answer.step, answer.intent, answer.status) == ("offered_human", "order_status", "bot")
    assert answer.reply == tenant_of(desk).texts.offer_human
    assert say(desk, "yes").status == "waiting"


TORN = ("are you open or is my order there", "my order on sunday", "tea ill order", "is my order open now")
"""Messages that are understood, and could as well mean something else; no document answers them."""


def test_who_could_mean_either_is_asked_which_and_then_offered_a_human(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nreply = 0.97\n")
    desk = house.open()
    texts = tenant_of(desk).texts
    answers = [say(desk, text) for text in TORN]
    assert {answer.intent for answer in answers} == {"order_status"}
    assert steps(answers) == ["clarified", "rephrased", "offered_human", "offered_human"]
    assert (answers[0].reply, answers[1].reply) == (texts.clarify, texts.clarify_again)
    assert answers[0].suggestions == ("where is my order", "when are you open")
    assert answers[2].suggestions == (texts.accept_human,)
    assert escalations_of(desk) == []


def test_who_could_mean_either_and_picks_one_is_understood(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nreply = 0.97\n")
    desk = house.open()
    asked = say(desk, TORN[0])
    assert say(desk, asked.suggestions[1]).reply == "We are open from nine to five, every day."


def test_a_document_answers_who_could_mean_either(house: House) -> None:
    sundays = "# Sundays\n\nOrders are packed on Sunday as well.\n"
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nreply = 0.97\npassage = 0\n", sundays=sundays)
    assert say(house.open(), TORN[1]).answered_by == "documents"


def test_who_is_sure_to_mean_one_thing_is_asked_nothing(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nreply = 1.0\n")
    assert say(house.open(), UNDOCUMENTED).step == "offered_human", "no other intent is at all likely"
    house.write_pack()
    assert say(house.open(), TORN[0], conversation_id="d").step == "offered_human", "it is sure enough"


@pytest.mark.parametrize("clear", ["when are you open", DOCUMENTED, "thanks", UNDOCUMENTED])
def test_a_clear_message_after_the_offer_is_answered_and_not_escalated(house: House, clear: str) -> None:
    desk = house.open()
    for text in UNCLEAR[:3]:
        say(desk, text)
    assert say(desk, clear).status == "bot"
    assert escalations_of(desk) == []


@pytest.mark.parametrize("clear", ["when are you open", DOCUMENTED])
@pytest.mark.parametrize("asked", [1, 2, 3])
def test_a_clear_message_starts_the_ladder_anew(house: House, clear: str, asked: int) -> None:
    desk = house.open()
    for text in UNCLEAR[:asked]:
        say(desk, text)
    say(desk, clear)
    assert steps([say(desk, text) for text in UNCLEAR[:3]]) == ["clarified", "rephrased", "offered_human"]


def test_after_the_human_hands_back_the_ladder_starts_anew(house: House) -> None:
    desk = house.open()
    for _ in range(2):
        answers = [say(desk, text) for text in UNCLEAR]
        assert steps(answers) == ["clarified", "rephrased", "offered_human", "handed_over"]
        desk.hand_back("teashop", "c")
    assert [found.status for found in escalations_of(desk)] == ["closed", "closed"]


def test_after_an_agents_words_the_ladder_starts_anew(house: House) -> None:
    desk = house.open()
    for text in UNCLEAR[:3]:
        say(desk, text)
    desk.take_over("teashop", "c")
    desk.reply_as_agent("teashop", "c", "This is Mia.")
    desk.hand_back("teashop", "c")
    assert say(desk, UNCLEAR[3]).step == "clarified"
    assert escalations_of(desk) == []


def test_the_ladder_is_each_conversations_own(house: House) -> None:
    desk = house.open()
    for text in UNCLEAR[:2]:
        say(desk, text)
    answer = say(desk, UNCLEAR[2], conversation_id="another")
    assert answer.reply == tenant_of(desk).texts.clarify


def test_a_stock_reply_that_is_unlikely_gives_way_to_a_document(house: House) -> None:
    sundays = "# Sundays\n\nOn Sunday the tasting room opens at noon.\n"
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\nreply = 0.95\n", sundays=sundays)
    desk = house.open()
    assert say(desk, "is the tasting room open on sunday").answered_by == "documents"
    assert say(desk, "what are your opening hours").answered_by == "reply"


def test_thresholds_of_the_pack_decide(house: House) -> None:
    house.write_pack(text=f"{TEASHOP}\n[thresholds]\npassage = 1.0\nreply = 1.0\nintent = 1.0\n")
    desk = house.open()
    assert say(desk, "so how long does green tea stay fresh in a wooden box").answered_by == "fallback"
    assert say(desk, "where is my order now").intent == "other"
