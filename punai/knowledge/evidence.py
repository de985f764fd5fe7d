"""What speaks for each passage that may answer a question."""

from collections.abc import Sequence
from typing import NamedTuple

from punai.knowledge.confidence import Evidence, fused
from punai.knowledge.dense import Cosines, Dense
from punai.knowledge.lexical import K1, Lexical, Term
from punai.models import Passage

WIDE, NARROW = 100, 10
"""How many passages are looked for by words and by meaning, and how many of them are looked at closely."""


class Reading(NamedTuple):
    """One way to take a question: its text, its telling words, and its vector where there is an embedder.

    `hints` are words of what it is likely about: having them speaks for a passage, at half weight, and
    lacking them never against it.
    """

    text: str
    terms: Sequence[Term]
    hints: Sequence[Term] = ()
    vector: Sequence[float] | None = None


def gather(
    reading: Reading,
    passages: Sequence[Passage],
    lexical: Lexical,
    dense: Dense | None,
    limit: int = 0,
) -> list[tuple[int, Evidence]]:
    """The numbers of the passages that may answer, with what speaks for each, best first.

    `limit`: how many are wanted at least.
    """
    ideal = sum(weight for weight, _ in _weights(reading.terms)) * (K1 + 1)
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
    looked_at = {number: passages[number] for number in best}
    headings = {number: (*passage.path, passage.title) for number, passage in looked_at.items()}
    known = _share([(weight, float(lexical.is_known(term))) for weight, term in _weights(reading.terms)])
    found = []
    for number, passage in looked_at.items():
        others = [value[n] for n in best[:NARROW] if headings[n] != headings[number]]
        covered, titled = _shares(passage, reading, lexical)
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


def _shares(passage: Passage, reading: Reading, lexical: Lexical) -> tuple[float, float]:
    """The share of the question's words in the passage, and how far its title is the question.

    The latter is the harmonic mean of the title's share in the question and the question's in the title, so
    that a title of one word is not taken for the whole question.
    """
    has = lexical.terms_of(passage)
    covered, hinted = (
        _share([(weight, float(not has.isdisjoint(term.terms))) for weight, term in _weights(terms)])
        for terms in (reading.terms, reading.hints)
    )
    # A passage that has nothing of the question itself is not made an answer by what it may be about.
    hints = reading.hints if covered else ()
    counts = {one: min(term.weight, 1.0) for term in (*hints, *reading.terms) for one in term.terms}
    titles = _weights(lexical.terms(passage.title))
    in_title = _share([(weight, max(counts.get(one, 0.0) for one in term.terms)) for weight, term in titles])
    heard = {one for _, term in titles for one in term.terms}
    in_question = _share(
        [(weight, float(not heard.isdisjoint(term.terms))) for weight, term in _weights(reading.terms)]
    )
    both = in_title + in_question
    titled = 2 * in_title * in_question / both if both else 0.0
    return covered + (1 - covered) * hinted / 2 if covered else 0.0, titled


def _weights(terms: Sequence[Term]) -> list[tuple[float, Term]]:
    return [(term.weight * term.rarity, term) for term in terms]


def _share(weighed: Sequence[tuple[float, float]]) -> float:
    total = sum(weight for weight, _ in weighed)
    return sum(weight * counts for weight, counts in weighed) / total if total else 0.0
