"""Messages grouped by how alike they are, in n-grams."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from punai.understanding.ngrams import TfIdf, words

ALIKE = 0.3
"""The cosine from which a message joins a group."""
ROUNDS = 2
"""How often every message may change to the group that is by now most like it."""

Unit = dict[int, float]


class _Middle:
    """The sum of vectors of length 1."""

    def __init__(self) -> None:
        self._sums: defaultdict[int, float] = defaultdict(float)
        self._square = 0.0

    def move(self, unit: Unit, by: int) -> None:
        """Add the vector (1), or take it out (-1)."""
        self._square += 2 * by * self._dot(unit) + 1
        for number, value in unit.items():
            self._sums[number] += by * value

    def likeness(self, unit: Unit) -> float:
        """The cosine; 0 to what is empty."""
        return self._dot(unit) / math.sqrt(self._square) if self._square > 0.5 else 0.0

    def _dot(self, unit: Unit) -> float:
        sums = self._sums
        return sum([value * sums[number] for number, value in unit.items() if number in sums])


def group(messages: Sequence[str], known: Sequence[str]) -> list[list[str]]:
    """Groups of like messages, the largest first, each with its most typical message first.

    Every message goes to the group whose mean is most like it, or begins one; as groups change with that, a
    few rounds follow. The same messages in the same order give the same groups.

    Args:
        messages: without repetitions.
        known: other texts of the business: what is common in them makes messages no more alike.
    """
    tfidf = TfIdf.of([*messages, *known])
    units = [_unit(dict(tfidf.vector(message)[0])) for message in messages]
    middles: list[_Middle] = []
    places: list[int] = []
    for unit in units:
        place = _nearest(unit, middles)
        if place is None:
            place = len(middles)
            middles.append(_Middle())
        middles[place].move(unit, 1)
        places.append(place)
    for _ in range(ROUNDS):
        for number, unit in enumerate(units):
            middles[places[number]].move(unit, -1)
            place = _nearest(unit, middles)
            places[number] = places[number] if place is None else place
            middles[places[number]].move(unit, 1)
    found: defaultdict[int, list[tuple[float, str]]] = defaultdict(list)
    for message, unit, place in zip(messages, units, places, strict=True):
        found[place].append((-middles[place].likeness(unit), message))
    groups = [[message for _, message in sorted(those)] for those in found.values()]
    return sorted(groups, key=lambda those: (-len(those), those))


def common_words(messages: Sequence[str], others: Sequence[str], most: int = 3) -> list[str]:
    """Words that half of the messages share, and few of the others have; the most telling first."""
    here = Counter(word for message in messages for word in set(words(message)))
    there = Counter(word for other in others for word in set(words(other)))
    worth = {
        word: count * math.log((1 + len(others)) / (1 + there[word]))
        for word, count in here.items()
        if 2 * count >= len(messages) and _tells(word)
    }
    telling = [word for word in worth if worth[word] > 0]
    return sorted(telling, key=lambda word: (-worth[word], word))[:most]


def _tells(word: str) -> bool:
    # Numbers are mostly one customer's own: an order, a telephone. A single sign is a word in some scripts.
    return word.isalpha() and (len(word) > 2 or not word.isascii())


def _unit(vector: Unit) -> Unit:
    length = math.sqrt(sum([value * value for value in vector.values()])) or 1.0
    return {number: value / length for number, value in vector.items()}


def _nearest(unit: Unit, middles: Sequence[_Middle]) -> int | None:
    """The first of the most like ones; None where none is like it."""
    likeness = [middle.likeness(unit) for middle in middles]
    best = max(likeness, default=0.0)
    return likeness.index(best) if best >= ALIKE else None
