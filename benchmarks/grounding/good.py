"""Good answers to customers of the sample shop, as a language model writes them: none should be refused.

Each with the question, the heading of the passage that it rests on, and the words of it that it quotes.
"""

import csv
import json
import re
from pathlib import Path
from typing import NamedTuple

from punai.models import Passage

KNOWLEDGE = Path(__file__).parents[2] / "plugins" / "shop" / "knowledge"


class GoodAnswer(NamedTuple):
    """A question, where the answer to it stands, and what a model makes of it."""

    question: str
    title: str
    reply: str
    quote: str


def shop_passages() -> list[Passage]:
    """The sample shop's documents, a passage for each heading and each question."""
    passages = []
    for file in sorted(KNOWLEDGE.glob("*.md")):
        name, *parts = re.split(r"^#+ (.+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        del parts[0]  # nothing stands between the first heading and the second
        for title, text in zip(parts[::2], parts[1::2], strict=True):
            passages.append(_passage(file, title, text.strip(), (name,)))
    for file in sorted(KNOWLEDGE.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            passages += [_passage(file, row["question"], row["answer"]) for row in csv.DictReader(rows)]
    return passages


def _passage(file: Path, title: str, text: str, path: tuple[str, ...] = ()) -> Passage:
    slug = re.sub(r"\W+", "-", title.lower()).strip("-")
    return Passage(id=f"{file.name}#{slug}", title=title, source=file.name, text=text, path=path, score=0.8)


GOOD = [
    GoodAnswer(**json.loads(line))
    for line in Path(__file__).with_name("good.jsonl").read_text(encoding="utf-8").splitlines()
]
