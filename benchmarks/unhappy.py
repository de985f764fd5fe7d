"""How many unhappy customers are noticed, and how many others are taken for unhappy, in unhappy.jsonl.

Its conversations were made up for this, in three rounds: patterns were added to `punai.builtin.signs` after
the first and after the second, and none after the third. So only the third says how much is noticed of what
nobody had in mind; all of them have one author, and no customer's words.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from punai import Answer, Turn
from punai.builtin import mood
from punai.builtin.unhappiness import trend
from punai.models import Step
from punai.tenant import Thresholds

FILE = Path(__file__).with_suffix(".jsonl")
WITHOUT_MOOD = (mood.wants_person, mood.threatens, mood.is_angry)


class Conversation(NamedTuple):
    """What a customer says, one message after the other, and whether they are unhappy with the business."""

    kind: str
    unhappy: bool
    said: Sequence[str]
    round: int
    understood: bool = True


def run() -> None:
    """Print the shares, round by round."""
    conversations = read()
    for number in sorted({each.round for each in conversations}):
        those = [each for each in conversations if each.round == number]
        parts = [
            f"{name}: {len(found)} conversations, {_share(is_negative, found)} with a negative message,"
            f" {_share(brings_a_human, found)} with a human"
            for name, found in (
                ("unhappy", [each for each in those if each.unhappy]),
                ("others", [each for each in those if not each.unhappy]),
            )
        ]
        print(f"unhappy: round {number}: {'; '.join(parts)}")


def read() -> list[Conversation]:
    """All of the file."""
    return [Conversation(**json.loads(line)) for line in FILE.read_text(encoding="utf-8").splitlines()]


def is_negative(conversation: Conversation) -> bool:
    """Whether the wording of any message is called negative."""
    return any(mood.sentiment(text) == "negative" for text in conversation.said)


def brings_a_human(conversation: Conversation) -> bool:
    """Whether one comes for what the wording tells, at the default threshold and without a model."""
    step: Step = "answered" if conversation.understood else "clarified"
    answer = Answer(reply="-", answered_by="documents" if conversation.understood else "fallback", step=step)
    now = datetime.now(UTC)
    turns = [
        Turn(conversation_id="-", message_id="-", user_id="-", text=text, at=now, answer=answer)
        for text in conversation.said
    ]
    return any(
        any(tells(turn.text) for tells in WITHOUT_MOOD) or trend(turn.text, turns[:at]) > Thresholds().unhappy
        for at, turn in enumerate(turns)
    )


def _share(holds: Callable[[Conversation], bool], conversations: Sequence[Conversation]) -> str:
    return f"{sum(map(holds, conversations)) / len(conversations):.0%}"
