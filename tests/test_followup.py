"""A follow-up goes on from the question before it; anything else stands by itself."""

from datetime import UTC, datetime
from typing import Any

import pytest

from punai.followup import goes_on, question_before, same_document_first
from punai.models import Answer, Citation, Conversation, Passage, Turn

NOW = datetime(2026, 1, 31, tzinfo=UTC)
QUESTION = "how long does delivery take?"
CITATION = Citation(title="Delivery times", source="delivery.md", quote="2 days")


def turn(text: str, **answer: Any) -> Turn:
    given = Answer(**{"reply": "-", "answered_by": "documents", "citations": (CITATION,), **answer})
    return Turn(conversation_id="c", message_id=text or "-", user_id="u", text=text, at=NOW, answer=given)


def after(*turns: Turn) -> Conversation:
    return Conversation(id="c", user_id="u", created_at=NOW, turns=turns)


def passage(source: str, score: float) -> Passage:
    return Passage(id=f"{source}#1", title="t", source=source, text="t", score=score)


@pytest.mark.parametrize(
    "message",
    [
        "and to Spain?",
        "what about returns",
        "How about express",
        "how much is it?",
        "can I return it",
        "to Spain?",
        "for the espresso machine?",
        "why?",
        "express?",
        "does that include VAT",
    ],
)
def test_a_follow_up_is_known_by_its_words(message: str) -> None:
    assert goes_on(message)
    assert question_before(message, after(turn(QUESTION))) == QUESTION


@pytest.mark.parametrize(
    "message",
    [
        QUESTION,
        "where is my order",
        "opening hours",
        "qwertz uiop",
        "thanks",
        "it wobbles",
        "do you take paypal",
        "And while we are at it, I would like to know how long the warranty on your grinders lasts",
        "",
        "?!",
    ],
)
def test_what_stands_by_itself_is_none(message: str) -> None:
    assert not goes_on(message)
    assert question_before(message, after(turn(QUESTION))) == ""


def test_a_chain_of_follow_ups_reaches_back_to_its_question() -> None:
    conversation = after(turn("are you open today?"), turn(QUESTION), turn("and to Spain?"))
    assert question_before("and express?", conversation) == f"{QUESTION} and to Spain?"


@pytest.mark.parametrize(
    "answer", [{"answered_by": "fallback", "step": "clarified"}, {"answered_by": "human", "step": "kept"}]
)
def test_what_was_not_answered_is_gone_on_from_by_nothing(answer: dict[str, Any]) -> None:
    assert question_before("and to Spain?", after(turn(QUESTION, **answer))) == ""
    assert question_before("and to Spain?", after()) == ""


def test_an_agents_words_are_no_question() -> None:
    assert question_before("and to Spain?", after(turn(QUESTION), turn("", answered_by="model"))) == QUESTION


def test_the_document_cited_before_comes_first_where_it_is_nearly_the_best() -> None:
    found = (passage("returns.md", 0.6), passage("delivery.md", 0.55))
    assert same_document_first(found, "and to Spain?", after(turn(QUESTION))) == found[::-1]
    assert same_document_first(found, "where is my order", after(turn(QUESTION))) == found
    worse = (passage("returns.md", 0.9), passage("delivery.md", 0.5))
    assert same_document_first(worse, "and to Spain?", after(turn(QUESTION))) == worse
    assert same_document_first((), "and to Spain?", after(turn(QUESTION))) == ()
