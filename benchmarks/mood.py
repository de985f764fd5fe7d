"""How often harmless messages, and conversations made of them, would bring in a human by mood alone.

On the half of the messages that no weight and no threshold was chosen on.
"""

import csv
import json
import os
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from punai import Answer, Turn
from punai.builtin import mood
from punai.builtin.unhappiness import trend
from punai.tenant import Thresholds

LENGTH = 6
CONVERSATIONS = 2_000
SEED = 1


def run() -> None:
    """Print the share of messages and of conversations that pass the threshold, for each set there is."""
    folder = os.environ.get("PUNAI_DATA")
    if not folder:
        print("mood: skipped: PUNAI_DATA names no folder with the data sets")
        return
    for name, read in SETS.items():
        try:
            _report(name, _unseen(read(Path(folder))))
        except FileNotFoundError as error:
            print(f"mood: {name} skipped: there is no {error.filename}")
    try:
        chats = _chats(Path(folder))
    except FileNotFoundError as error:
        print(f"mood: abcd skipped: there is no {error.filename}")
        return
    print(f"mood: abcd: {sum(map(_is_flagged, chats))} of {len(chats)} conversations between people flagged")


def _report(name: str, messages: Sequence[str]) -> None:
    chance = random.Random(SEED)  # noqa: S311  # the same conversations each time; nothing secret hangs on them
    # A message that brings in a human for another reason ends a conversation before mood has a say.
    quiet = [text for text in messages if not any(tells(text) for tells in OTHER_REASONS)]
    conversations = [chance.choices(quiet, k=LENGTH) for _ in range(CONVERSATIONS)]
    parts = {
        "by mood": sum(_is_flagged([text]) for text in quiet) / len(messages),
        "by anger": sum(map(mood.is_angry, messages)) / len(messages),
        "labelled negative": sum(mood.sentiment(text) == "negative" for text in messages) / len(messages),
        f"of conversations of {LENGTH} by mood": sum(map(_is_flagged, conversations)) / CONVERSATIONS,
    }
    figures = ", ".join(f"{share:.2%} {what}" for what, share in parts.items())
    print(f"mood: {name}, {len(messages)} messages: {figures}")


def _is_flagged(texts: Sequence[str]) -> bool:
    """Whether the trend ever passes the default threshold, with a model that is as unhappy as the wording."""
    turns = [_turn(text) for text in texts]
    return any(trend(text, turns[:at]) > Thresholds().unhappy for at, text in enumerate(texts))


def _turn(text: str) -> Turn:
    answer = Answer(reply="-", answered_by="model", sentiment=mood.sentiment(text))
    now = datetime.now(UTC)
    return Turn(conversation_id="-", message_id="-", user_id="-", text=text, at=now, answer=answer)


def _unseen(messages: Sequence[str]) -> list[str]:
    shuffled = list(messages)
    random.Random(SEED).shuffle(shuffled)  # noqa: S311  # the same half each time
    return shuffled[1::2]


def _column(field: str, *files: str) -> Callable[[Path], list[str]]:
    def read(folder: Path) -> list[str]:
        found: list[str] = []
        for file in files:
            with (folder / file).open(encoding="utf-8", newline="") as lines:
                found += [row[field] for row in csv.DictReader(lines) if row[field]]
        return found

    return read


def _lines(*files: str) -> Callable[[Path], list[str]]:
    def read(folder: Path) -> list[str]:
        texts = (folder.joinpath(file).read_text(encoding="utf-8") for file in files)
        return [line.strip() for text in texts for line in text.splitlines() if line.strip()]

    return read


def _chats(folder: Path) -> list[list[str]]:
    chats = json.loads((folder / "abcd/abcd_sample.json").read_text(encoding="utf-8"))
    return [[text for role, text in chat["original"] if role == "customer"] for chat in chats]


SETS = {
    "hint3_sofmattress": _column("sentence", "hint3_sofmattress/train.csv", "hint3_sofmattress/test.csv"),
    "banking77": _column("text", "banking77/train.csv", "banking77/test.csv"),
    "hwu64": _lines("hwu64/train/seq.in", "hwu64/valid/seq.in", "hwu64/test/seq.in"),
}
OTHER_REASONS = (mood.wants_person, mood.threatens, mood.is_angry)
