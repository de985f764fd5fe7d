"""What a handler is told: what is new to it, how the customer feels, and what was tried."""

from datetime import UTC, datetime
from typing import Any

import pytest

from punai.briefing import mood, tried, unheard
from punai.models import Answer, Citation, Sentiment, Turn

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
CITED = Citation(title="Delivery times", source="delivery.md", quote="Three days.")


def turn(id: str, text: str = "words", **answer: Any) -> Turn:
    given = Answer.model_validate({"reply": "reply", "answered_by": "fallback", **answer})
    return Turn(conversation_id="c", message_id=id, user_id="ada", text=text, at=NOW, answer=given)


@pytest.mark.parametrize(
    ("turns", "told", "new"),
    [
        ("abcd", (), "abcd"),
        ("abcd", ("a", "b"), "cd"),
        ("abcd", ("a", "b", "c", "d"), ""),
        ("abcd", ("b", "d"), "c"),  # two came in at once, and were stored in the other order
        ("abcd", ("x", "y"), "abcd"),  # so much was said since that nothing of it is known
    ],
)
def test_what_follows_what_was_told_is_new(turns: str, told: tuple[str, ...], new: str) -> None:
    assert "".join(each.message_id for each in unheard([turn(id) for id in turns], told)) == new


@pytest.mark.parametrize(
    ("felt", "score", "trend"),
    [
        (["neutral"], 0.05, "steady"),
        (["negative"], 0.5, "worse"),
        (["negative"] * 3, 0.88, "worse"),
        (["negative"] * 9, 1.0, "steady"),
        (["negative"] * 3 + ["positive"] * 3, 0.11, "better"),
    ],
)
def test_mood_follows_what_was_written_last(felt: list[Sentiment], score: float, trend: str) -> None:
    found = mood([turn(str(number), sentiment=each) for number, each in enumerate(felt)])
    assert found is not None
    assert (found.score, found.trend) == (score, trend)


def test_nobody_s_mood_is_guessed() -> None:
    assert mood([]) is None
    assert mood([turn("a", "", answered_by="human", sentiment="negative")]) is None


def test_what_was_tried_is_said_once_and_in_order() -> None:
    turns = [
        turn("a", step="clarified"),
        turn("b", answered_by="documents", citations=[CITED]),
        turn("c", step="clarified"),
        turn("d", answered_by="model", citations=[CITED]),
        turn("e", answered_by="reply", intent="opening_hours"),
        turn("f", step="offered_human"),
        turn("g", "", answered_by="human"),
        Turn(conversation_id="c", message_id="h", user_id="ada", text="words", at=NOW),
    ]
    assert tried(turns) == (
        "asked what it is about",
        "quoted Delivery times (delivery.md)",
        "gave the reply to opening_hours",
        "offered a human",
    )
