"""What speaks for each passage that may answer a question."""

from collections.abc import Callable, Sequence, Set
from typing import NamedTuple

from punai.knowledge.confidence import Evidence, fused
from punai.knowledge.dense import Cosines, Dense
from punai.knowledge.lexical import K1, Lexical, Term
from punai.models import Passage

WIDE, NARROW = 100, 10
"""How many passages are looked for by words and by meaning, and how many of them are looked at closely."""
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
    found = []
    for number, seen in looks.items():
        others = [value[n] for n in best[:NARROW] if looks[n].headings != seen.headings]
        covered, titled = _shares(seen, asked, hints)
        evidence = Evidence(
            covered=covered,
            titled=titled,
            known=known,
            lead=value[number] - max(others, default=0.0),
            apart=value[number] - sum(others) / (NARROW - 1),
            cosines=cosines.get(number),
        )
        found.append((number, evidence))
    return found


def _shares(look: Look, asked: Sequence[Weighed], hints: Sequence[Weighed]) -> tuple[float, float]:
    """The share of the question's words in the passage, and how far its title is the question.

    The latter is the harmonic mean of the title's share in the question and the question's in the title, so
    that a title of one word is not taken for the whole question.
    """
    covered = _share_in(look.terms, asked)
    if not covered:  # what it may be about makes no answer of a passage that has nothing of the question
        hints = ()
    counts = {one: min(term.weight, 1.0) for _, term in (*hints, *asked) for one in term.terms}
    in_title = _share(
        [(weight, max(counts.get(one, 0.0) for one in term.terms)) for weight, term in look.title]
    )
    in_question = _share_in({one for _, term in look.title for one in term.terms}, asked)
    both = in_title + in_question
    titled = 2 * in_title * in_question / both if both else 0.0
    return covered + (1 - covered) * _share_in(look.terms, hints) / 2, titled


def _share_in(terms: Set[str], weighed: Sequence[Weighed]) -> float:
    return _share([(weight, float(not terms.isdisjoint(term.terms))) for weight, term in weighed])


def _weights(terms: Sequence[Term]) -> list[Weighed]:
    return [(term.weight * term.rarity, term) for term in terms]


def _share(weighed: Sequence[tuple[float, float]]) -> float:
    total = sum(weight for weight, _ in weighed)
    return sum(weight * counts for weight, counts in weighed) / total if total else 0.0
