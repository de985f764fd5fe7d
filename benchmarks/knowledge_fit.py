"""`python -m benchmarks.knowledge_fit`: the weights in `punai/knowledge/confidence.py`, found and printed.

A logistic regression over what speaks for the first three passages of each question. The questions are
StackFAQ's, to FAQs of all their threads and of a few, with and without the thread that answers; the sample
shop's examples of intents, with and without the document that answers, and StackFAQ's questions to it; and
sentences taken out of the sections of PunAI's own documents, which stand for long questions full of jargon.
Each kind counts as it is said in `KINDS`, and a question that is answered as often as `ANSWERED` says.
"""

import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import stackfaq
from benchmarks.stackfaq import SHAPES, Thread
from punai.business import read_pack
from punai.knowledge.index import Embedder, Index, build
from punai.knowledge.sentences import local_embedder
from punai.models import Passage
from punai.settings import Settings

ROOT = Path(__file__).parents[1]
KINDS = {"faq": 1.0, "small faq": 1.0, "answers alone": 0.5, "shop": 1.0, "sentences": 0.25}
KINDS_BY_WORDS = {**KINDS, "shop": 2.0}
"""By words alone more hangs on titles, and those of the shop are as short as a business's are."""
ANSWERED = 0.55
"""The share of questions that the documents answer: at half, much is not quoted that would be right."""
LOOKED_AT = (1.0, 0.3, 0.3)
"""What the first passage counts, the second and the third."""
RIDGE = 1e-4
ABOUT = {
    "orders.md": ("order_status", "change_order", "cancel_order"),
    "delivery.md": ("delivery_times", "delivery_costs"),
    "returns.md": ("returns",),
    "refunds.md": ("refund_status",),
    "damaged-items.md": ("damaged_item",),
    "warranty.md": ("warranty",),
    "payment.md": ("payment_methods",),
    "vouchers.md": ("vouchers",),
    "opening-hours.md": ("opening_hours",),
    "contact.md": ("contact",),
    "accounts.md": ("account_login",),
    "privacy.md": ("privacy",),
}
"""Which intents of the sample shop are answered by which of its documents."""


class Case(NamedTuple):
    """Documents, and questions to them with the source of the right answer, None where there is none."""

    kind: str
    passages: Sequence[Passage]
    questions: Sequence[tuple[str, str | None]]


class Rows(NamedTuple):
    """Of each passage found: the kind of case, whether an answer is there, its place, if it is right."""

    kind: NDArray[np.str_]
    answered: NDArray[np.bool_]
    place: NDArray[np.int64]
    right: NDArray[np.float64]
    features: NDArray[np.float64]


def run() -> None:
    """Print the weights, and how they do on kinds of questions that they were not fitted on."""
    path, embedder = stackfaq.file(), local_embedder(Settings().cache.expanduser())
    if path is None or embedder is None:
        sys.exit("knowledge_fit needs StackFAQ in PUNAI_DATA, and the weights of punai understanding build")
    known: dict[str, Sequence[float]] = {}
    cases = list(_cases(stackfaq.read(path)))
    for name, chosen, kinds in (
        ("LEXICAL", None, KINDS_BY_WORDS),
        ("FUSED", Remembered(embedder, known), KINDS),
    ):
        rows = _gather(cases, chosen)
        found = _fitted(rows, rows.kind != "", kinds)
        print(f"{name} = ({', '.join(f'{weight:.2f}' for weight in found)})")
        for kind in KINDS:
            mine = rows.kind == kind
            print(f"  {kind:<14} {_report(rows, mine, found)}", end="; ")
            print(f"when not fitted on: {_report(rows, mine, _fitted(rows, ~mine, kinds))}", flush=True)


class Remembered:
    """An embedder that makes no vector twice."""

    def __init__(self, embedder: Embedder, known: dict[str, Sequence[float]]) -> None:
        """`known`: the vectors so far."""
        self.name, self._embedder, self._known = embedder.name, embedder, known

    def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One row for each text."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(missing, self._embedder(missing), strict=True))
        return [self._known[text] for text in texts]


def _cases(threads: Sequence[Thread]) -> Iterator[Case]:
    dice = random.Random(1)  # noqa: S311  a sample, not a secret
    for name, shape in SHAPES.items():
        kind = "answers alone" if name == "answers alone" else "faq"
        yield from _faqs(kind, threads, shape, (len(threads) - 10,) * 6, 10, dice)
        small = "answers alone" if name == "answers alone" else "small faq"
        yield from _faqs(small, threads, shape, (3, 3, 3, 3, 10, 10, 10, 30, 30), 10, dice)
    yield from _shop(threads, dice)
    yield from _sentences(dice)


def _faqs(
    kind: str,
    threads: Sequence[Thread],
    shape: Callable[[Thread], list[Passage]],
    sizes: Iterable[int],
    asked: int,
    dice: random.Random,
) -> Iterator[Case]:
    for size in sizes:
        chosen = dice.sample(threads, min(len(threads), size + asked))
        there, gone = chosen[:size], chosen[size:]
        questions = [(text, str(t.number)) for t in dice.sample(there, min(asked, size)) for text in t.asked]
        without = [(text, None) for thread in gone for text in thread.asked]
        yield Case(kind, [passage for thread in there for passage in shape(thread)], [*questions, *without])


def _shop(threads: Sequence[Thread], dice: random.Random) -> Iterator[Case]:
    shop = read_pack(ROOT / "plugins" / "shop")
    folder = ROOT / "plugins" / "shop" / "knowledge"
    sections = [passage for file in sorted(folder.glob("*.md")) for passage in _sections(file)]
    intents = {intent.name: intent.examples for intent in shop.intents}
    for begin in range(4):
        gone = set(sorted(ABOUT)[begin::4])
        kept = [passage for passage in sections if passage.source not in gone]
        questions = [
            (text, None if source in gone else source)
            for source, names in ABOUT.items()
            for name in names
            for text in intents[name]
        ]
        strange = [(dice.choice(thread.asked), None) for thread in dice.sample(threads, 10)]
        yield Case("shop", kept, [*questions, *strange])


def _sentences(dice: random.Random) -> Iterator[Case]:
    passages: list[Passage] = []
    questions: list[tuple[str, str | None]] = []
    for file in sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]):
        for section in _sections(file):
            sentences = re.split(r"(?<=[.!?])\s+", section.text)
            long = [place for place, text in enumerate(sentences) if 60 < len(text) < 400]
            if len(sentences) < 3 or not long:
                continue
            asked = sentences.pop(dice.choice(long))
            if dice.random() < 0.5:
                questions.append((asked, None))
                continue
            passages.append(section.model_copy(update={"text": " ".join(sentences), "source": section.id}))
            questions.append((asked, section.id))
    yield Case("sentences", passages, questions)


def _sections(file: Path) -> Iterator[Passage]:
    parts = re.split(r"(?m)^#{1,4} (.*)$", file.read_text(encoding="utf-8"))
    for number, (title, text) in enumerate(zip(parts[1::2], parts[2::2], strict=True)):
        if text.strip():
            yield Passage(id=f"{file.name}#{number}", title=title, source=file.name, text=text.strip())


def _gather(cases: Iterable[Case], embedder: Embedder | None) -> Rows:
    found: list[tuple[str, bool, int, bool, list[float]]] = []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            build(Path(folder), case.passages, ["en"], embedder)
            index = Index.open(Path(folder))
            for text, wanted in case.questions:
                found_for = index.evidence(index.readings(text, embedder=embedder)[0])[: len(LOOKED_AT)]
                for place, (number, speaks) in enumerate(found_for):
                    right = index.passages[number].source == wanted
                    found.append((case.kind, wanted is not None, place, right, speaks.features()))
    return Rows(
        np.array([row[0] for row in found]),
        np.array([row[1] for row in found]),
        np.array([row[2] for row in found]),
        np.array([row[3] for row in found], float),
        np.array([row[4] for row in found]),
    )


def _fitted(rows: Rows, chosen: NDArray[np.bool_], kinds: Mapping[str, float]) -> NDArray[np.float64]:
    """A constant and a weight for each feature, by Newton's method."""
    counts = np.array(LOOKED_AT)[rows.place]
    for kind, weight in kinds.items():
        for answered, share in ((True, ANSWERED), (False, 1 - ANSWERED)):
            mine = (rows.kind == kind) & (rows.answered == answered)
            counts[mine] *= weight * share / max(counts[mine & chosen].sum(), 1e-9)
    counts = np.where(chosen, counts, 0)
    x = np.hstack([np.ones((len(rows.right), 1)), rows.features])
    weights = np.zeros(x.shape[1])
    ridge = RIDGE * np.diag([0.0, *[1.0] * rows.features.shape[1]])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (counts * (p - rows.right)) + ridge @ weights
        weights -= np.linalg.solve((x * (counts * p * (1 - p))[:, None]).T @ x + ridge, slope)
    return weights


def _report(rows: Rows, mine: NDArray[np.bool_], weights: NDArray[np.float64]) -> str:
    first = mine & (rows.place == 0)
    p = 1 / (1 + np.exp(-(weights[0] + rows.features @ weights[1:])))
    without, there = first & ~rows.answered, first & rows.answered
    quoted = first & (p >= 0.5)
    parts: Mapping[str, float] = {
        "abstained": float((p[without] < 0.5).mean()),
        "wrongly": float((p[there] < 0.5).mean()),
        "right of those quoted": float(rows.right[quoted].mean()) if quoted.any() else 0.0,
    }
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in parts.items())


if __name__ == "__main__":
    run()
