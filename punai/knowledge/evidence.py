"""What speaks for each passage that may answer a question."""

import math
from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

from punai.knowledge.confidence import Evidence, fused
from punai.knowledge.dense import Cosines, Dense
from punai.knowledge.lexical import K1, Lexical, Term
from punai.models import Passage

WIDE, NARROW = 100, 10
"""How many passages are looked for by words and by meaning, and how many of them are looked at closely."""
CROWD = 1100
"""Passages from which on more of them count no more: the weights were found on FAQs of fewer."""
Weighed = tuple[float, Term]


class Reading(NamedTuple):
    """One way to take a question: its text, its telling words, and its vector where there is an embedder.

    `hints` are words of what it is likely about: having them speaks for a passage, at half weight, and
    lacking them never against it.
    """

    text: str
    terms: Sequence[Term]
    hints: Sequence[Term] = ()
    vector: Sequence[float] | None = None


class Look(NamedTuple):
    """What of a passage is compared with a question; it is the same for all questions."""

    headings: tuple[str, ...]
    terms: frozenset[str]
    title: Sequence[Weighed]


def look_at(passage: Passage, lexical: Lexical) -> Look:
    """The passage's terms, and its title's words by their weights."""
    headings = (*passage.path, passage.title)
    return Look(headings, lexical.terms_of(passage), _weights(lexical.terms(passage.title)))


def gather(
    reading: Reading,
    look: Callable[[int], Look],
    lexical: Lexical,
    dense: Dense | None,
    limit: int = 0,
) -> list[tuple[int, Evidence]]:
    """The numbers of the passages that may answer, with what speaks for each, best first.

    `look`: gives a passage's, by its number. `limit`: how many are wanted at least.
    """
    asked, hints = _weights(reading.terms), _weights(reading.hints)
    ideal = sum(weight for weight, _ in asked) * (K1 + 1)
    matched = {
        number: min(score / ideal, 1.0) if ideal else 0.0
        for number, score in lexical.best([*reading.terms, *reading.hints], max(WIDE, limit))
    }
    cosines: dict[int, Cosines] = {}
    if dense and reading.vector is not None:
        cosines = dense.nearest(reading.vector, max(WIDE, limit), matched)
    joined = {number: near.joined for number, near in cosines.items()}
    value = fused(matched, joined, len(reading.terms))
    best = sorted(value, key=lambda number: (-value[number], number))[: max(NARROW, limit)]
    looks = {number: look(number) for number in best}
    known = _share([(weight, float(lexical.is_known(term))) for weight, term in asked])
    crowd = min(math.log(max(lexical.count, 1)) / math.log(CROWD), 1.0)
    found = []
    for number, seen in looks.items():
        others = [value[n] for n in best[:NARROW] if looks[n].headings != seen.headings]
        apart = value[number] - sum(others) / (NARROW - 1)
        shares = _shares(seen, asked, hints)
        found.append((number, Evidence(*shares, known, apart, crowd, cosines.get(number))))
    return found


def _shares(look: Look, asked: Sequence[Weighed], hints: Sequence[Weighed]) -> tuple[float, float, float]:
    """The shares of the question's words in the passage and its title, and of the title's in the question."""
    covered = _share_in(look.terms, asked)
    if not covered:  # what it may be about makes no answer of a passage that has nothing of the question
        hints = ()
    named = _share_in({one for _, term in look.title for one in term.terms}, asked)
    counts = {one: min(term.weight, 1.0) for _, term in (*hints, *asked) for one in term.terms}
    echoed = _share(
        [(weight, max(counts.get(one, 0.0) for one in term.terms)) for weight, term in look.title]
    )
    return covered + (1 - covered) * _share_in(look.terms, hints) / 2, named, echoed


def _share_in(terms: Set[str], weighed: Sequence[Weighed]) -> float:
    return _share([(weight, float(not terms.isdisjoint(term.terms))) for weight, term in weighed])


def _weights(terms: Sequence[Term]) -> list[Weighed]:
    return [(term.weight * term.rarity, term) for term in terms]


def _share(weighed: Sequence[tuple[float, float]]) -> float:
    total = sum(weight for weight, _ in weighed)
    return sum(weight * counts for weight, counts in weighed) / total if total else 0.0
