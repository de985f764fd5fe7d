"""Who said what in a conversation, as people and models read it."""

from collections.abc import Sequence
from typing import Literal

from punai.models import Line, Turn

Role = Literal["customer", "assistant", "agent"]


def lines(turns: Sequence[Turn]) -> tuple[Line, ...]:
    """The utterances of these turns, in order, each with the role of who spoke."""
    spoken: list[Line] = []
    for turn in turns:
        if turn.text:
            spoken.append(Line(role="customer", text=turn.text, at=turn.at))
        if turn.answer and turn.answer.reply:
            role: Role = "agent" if turn.answer.answered_by == "human" else "assistant"
            spoken.append(Line(role=role, text=turn.answer.reply, at=turn.answer.at or turn.at))
    return tuple(spoken)
