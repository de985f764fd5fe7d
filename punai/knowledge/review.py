"""What an owner should look at in the documents: the same thing said twice, or said in two ways."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from punai.knowledge.words import Words
from punai.models import Passage

ALIKE = 0.8
"""The share of words that two sentences have in common, numbers aside, if they speak of the same thing."""
SAME = 0.9
"""The share of words that two passages have in common if one of them is needless."""
TELLING = 3
"""Words that a sentence has, numbers aside, if it can contradict another."""
COMMON = 50
"""A word that more sentences have does not lead from one to another."""
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NOT = re.compile(r"\b\w+n['\u2019]t\b", re.IGNORECASE)
"""Such as "can't": as one word it is none that says no."""
NEGATIONS = frozenset(
    ["not", "no", "never", "cannot", "without", "nicht", "kein", "keine", "nie", "ohne"]
) | {"ne", "pas", "jamais", "sans", "nunca", "sin", "non", "mai", "senza"}


class Finding(NamedTuple):
    """Two passages, and the words in each that it is about."""

    kind: Literal["duplicate", "contradiction"]
    passages: tuple[Passage, Passage]
    words: tuple[str, str]


class _Sentence(NamedTuple):
    passage: Passage
    text: str
    terms: frozenset[str]
    numbers: frozenset[str]
    negated: bool


def duplicates(passages: Sequence[Passage], words: Words) -> Iterator[Finding]:
    """Passages that say the same in nearly the same words."""
    terms = [frozenset(words.all_terms(passage.text)) for passage in passages]
    for one, other in _neighbours(terms):
        if _alike(terms[one], terms[other]) >= SAME:
            first, second = passages[one], passages[other]
            yield Finding("duplicate", (first, second), (first.text, second.text))


def contradictions(passages: Sequence[Passage], words: Words) -> Iterator[Finding]:
    """Sentences about the same thing with different numbers, or of which one alone says no.

    It sees wordings, not meanings: some of what it finds is no contradiction, and it does not find all.
    """
    sentences = [
        sentence
        for passage in passages
        for text in re.split(r"(?<=[.!?])\s+|\n+", passage.text)
        if len((sentence := _sentence(passage, text, words)).terms) >= TELLING
    ]
    found = set()
    for one, other in _neighbours([sentence.terms for sentence in sentences]):
        first, second = sentences[one], sentences[other]
        pair = (first.passage.id, second.passage.id)
        if first.passage.id != second.passage.id and pair not in found and _disagree(first, second):
            found.add(pair)
            yield Finding("contradiction", (first.passage, second.passage), (first.text, second.text))


def _sentence(passage: Passage, text: str, words: Words) -> _Sentence:
    spoken = _NOT.sub("not", NUMBER.sub(" ", text))
    topic = words.telling(f"{passage.title} {spoken}")
    terms = frozenset(term for word in topic if word not in NEGATIONS for term in words.terms(word))
    negated = not NEGATIONS.isdisjoint(words.split(spoken))
    return _Sentence(passage, text.strip(), terms, frozenset(NUMBER.findall(text)), negated)


def _disagree(one: _Sentence, other: _Sentence) -> bool:
    if _alike(one.terms, other.terms) < ALIKE:
        return False
    different = bool(one.numbers and other.numbers and one.numbers.isdisjoint(other.numbers))
    return different or one.negated != other.negated


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _neighbours(sets: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Pairs that share at least two of the rarer words."""
    having: defaultdict[str, list[int]] = defaultdict(list)
    for number, terms in enumerate(sets):
        for term in terms:
            having[term].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in having.values():
        if len(numbers) <= COMMON:
            shared.update((a, b) for place, a in enumerate(numbers) for b in numbers[place + 1 :])
    return iter(sorted(pair for pair, times in shared.items() if times >= 2))
