"""Who said what."""

from datetime import UTC, datetime

from punai.models import Answer, AnsweredBy, Turn
from punai.transcript import lines

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def turn(number: int, text: str, reply: str | None, by: AnsweredBy = "model") -> Turn:
    answer = None if reply is None else Answer(reply=reply, answered_by=by)
    return Turn(conversation_id="c", message_id=f"m{number}", user_id="u", text=text, at=NOON, answer=answer)


def test_transcript_has_a_line_for_each_who_spoke() -> None:
    turns = [
        turn(1, "where is my order", "On its way."),
        turn(2, "are you sure?", None),
        turn(3, "hello?", "", by="human"),
        turn(4, "", "Jo here, I looked it up.", by="human"),
        turn(5, "thanks", "You're welcome!", by="reply"),
    ]
    assert [(line.role, line.text) for line in lines(turns)] == [
        ("customer", "where is my order"),
        ("assistant", "On its way."),
        ("customer", "are you sure?"),
        ("customer", "hello?"),
        ("agent", "Jo here, I looked it up."),
        ("customer", "thanks"),
        ("assistant", "You're welcome!"),
    ]


def test_transcript_of_nothing_is_empty() -> None:
    assert lines([]) == ()
