"""StackFAQ: 125 threads, each with about ten ways to ask it and a few answers, as packs of passages.

Karan and Snajder (2018), "Paraphrase-focused learning to rank for domain-specific frequently asked questions
retrieval". It does not come with PunAI: it is read from the folder in `PUNAI_DATA`.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from punai.models import Passage

FILE = "stackfaq/stackExchange-FAQ.json"
OTHERWISE = "*"
"""What stands in a thread's list of questions beside them."""


class Thread(NamedTuple):
    """A question, the other ways to ask it, and its answers."""

    number: int
    title: str
    asked: Sequence[str]
    answers: Sequence[str]


def file() -> Path | None:
    """Where it is; None where `PUNAI_DATA` names no folder that has it."""
    path = Path(os.environ.get("PUNAI_DATA") or "/nowhere") / FILE
    return path if path.is_file() else None


def read(path: Path) -> list[Thread]:
    """All threads."""
    pairs = json.loads(path.read_text(encoding="utf-8"))["root"]["qapair"]
    return [
        Thread(number, pair["question"], _texts(pair["rephr"]), _texts(pair["answer"]))
        for number, pair in enumerate(pairs)
    ]


def _texts(found: object) -> list[str]:
    texts = found if isinstance(found, list) else [found]
    return [text for text in texts if isinstance(text, str) and text.strip() not in ("", OTHERWISE)]


def pairs(thread: Thread) -> list[Passage]:
    """The question with each answer, as rows of a FAQ."""
    return [_passage(thread, thread.title, answer, place) for place, answer in enumerate(thread.answers)]


def best_pair(thread: Thread) -> list[Passage]:
    """The question with its first answer."""
    return pairs(thread)[:1]


def page(thread: Thread) -> list[Passage]:
    """The question with all answers as one text."""
    return [_passage(thread, thread.title, "\n\n".join(thread.answers), 0)]


def answers(thread: Thread) -> list[Passage]:
    """All answers as one text, and nothing of the question."""
    return [_passage(thread, "", "\n\n".join(thread.answers), 0)]


def _passage(thread: Thread, title: str, text: str, place: int) -> Passage:
    return Passage(id=f"{thread.number}#{place}", title=title, source=str(thread.number), text=text)


SHAPES: Mapping[str, Callable[[Thread], list[Passage]]] = {
    "question and answers": pairs,
    "question and one answer": best_pair,
    "question over all answers": page,
    "answers alone": answers,
}
