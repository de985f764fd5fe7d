"""Answers from the documents in a pack's `knowledge/` folder, found by words and quoted as they stand.

Sections are ranked by BM25 (Robertson and Zaragoza, 2009, "The Probabilistic Relevance Framework"), with a
section's titles counted again and the topic at half weight. The score says how much of the question, weighed
by how telling its words are, the section covers, raised by how much of the topic it covers: a question about
something no document mentions scores low.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from punai import KnowledgeSource, Passage, Tenant, hookimpl
from punai.knowledge.reading import Unreadable, is_hidden, leave_out, read_document, refuse_large
from punai.knowledge.sections import passages

K1, B = 1.2, 0.75
TITLE_WEIGHT = 3
TOPIC_WEIGHT = 0.5
LIMIT = 5
WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about all also am an and any are as at be been but by can could d did do does doesn don for from
        get give go got had has have hello hey hi i id if im in into is isn it its just know let like ll m me
        my need of on one or our out please re s should so some t tell than that the their them there these
        they this to too up us ve very want was we were what whats which who why will with would you your
        yours""",
    )
)
QUESTION_WORD_WEIGHT = 0.15


@hookimpl
def register_knowledge(register: Callable[[str, KnowledgeSource], None]) -> None:
    """The pack's own documents."""
    register("documents", search)


def search(question: str, topic: str, tenant: Tenant) -> Sequence[Passage]:
    """The sections of the tenant's documents that share words with the question or its topic, best first."""
    return () if tenant.folder is None else _index(Path(tenant.folder) / "knowledge").search(question, topic)


def read_folder(folder: Path) -> list[Passage]:
    """Every section of every readable document below the folder, in the order of their paths.

    What cannot be read is logged by its name, with the reason, and left out.
    """
    found: list[Passage] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        source = path.relative_to(folder).as_posix()
        if is_hidden(source):
            continue
        try:
            refuse_large(path.stat().st_size)
            found += passages(source, read_document(source, path.read_bytes))
        except (OSError, Unreadable) as error:
            why = error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
            leave_out(source, why)
    return found


class Index:
    """Sections by the stems in them."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        """Count the stems of every section."""
        self._passages = passages
        self._counts = [
            Counter(stems(passage.text)) + Counter(stems(passage.title) * TITLE_WEIGHT)
            for passage in passages
        ]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._mean = sum(self._lengths) / len(passages) if passages else 0.0
        self._places: dict[str, list[int]] = defaultdict(list)
        for number, counts in enumerate(self._counts):
            for stem in counts:
                self._places[stem].append(number)

    def search(self, question: str, topic: str = "") -> Sequence[Passage]:
        """The best sections with their scores; empty where no telling word is shared."""
        asked, about = self._weights(question), self._weights(topic)
        found = {number for stem in (*asked, *about) for number in self._places.get(stem, ())}
        rank = {n: self._bm25(n, asked) + TOPIC_WEIGHT * self._bm25(n, about) for n in found}
        best = sorted(found, key=lambda number: (-rank[number], number))[:LIMIT]
        return [self._scored(number, asked, about) for number in best]

    def _scored(self, number: int, asked: Mapping[str, float], about: Mapping[str, float]) -> Passage:
        missed = (1 - self._covered(number, asked)) * (1 - TOPIC_WEIGHT * self._covered(number, about))
        return self._passages[number].model_copy(update={"score": 1 - missed})

    def _covered(self, number: int, weights: Mapping[str, float]) -> float:
        """The share of these stems, by weight, that the section has."""
        telling = {stem: weight for stem, weight in weights.items() if stem not in QUESTION_WORDS}
        total = sum(telling.values())
        return sum(w for stem, w in telling.items() if stem in self._counts[number]) / total if total else 0.0

    def _weights(self, text: str) -> dict[str, float]:
        return {
            stem: self._rarity(stem) * (QUESTION_WORD_WEIGHT if stem in QUESTION_WORDS else 1)
            for stem in sorted(set(stems(text)))
        }

    def _rarity(self, stem: str) -> float:
        places = len(self._places.get(stem, ()))
        return math.log(1 + (len(self._passages) - places + 0.5) / (places + 0.5))

    def _bm25(self, number: int, weights: Mapping[str, float]) -> float:
        counts, room = self._counts[number], K1 * (1 - B + B * self._lengths[number] / self._mean)
        return sum(
            weight * counts[stem] * (K1 + 1) / (counts[stem] + room) for stem, weight in weights.items()
        )


def stems(text: str) -> list[str]:
    """The words that say something, without the commonest English endings."""
    words = WORD.findall(text.lower().replace("\u2019", "'"))
    return [_stem(word) for word in words if word not in STOP_WORDS and (len(word) > 1 or word.isdigit())]


def _stem(word: str) -> str:
    for ending, shortest in (("ations", 4), ("ation", 4), ("ingly", 4), ("ing", 3), ("edly", 4), ("ies", 2)):
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    for ending in ("ed", "es", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)].rstrip("y") or word
    return word


QUESTION_WORDS = frozenset(stems("how long many much when where"))
"""They put "How long..." before "How much..." where all else is equal; sharing them alone answers nothing."""


@lru_cache(maxsize=64)
def _index(folder: Path) -> Index:
    return Index(read_folder(folder))
