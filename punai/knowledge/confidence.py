"""How likely it is that a passage answers: from how well its words and its meaning fit the question.

The weights are those of a logistic regression; `python -m benchmarks.knowledge_fit` finds them. Those for
words alone were moved from there, by hand: as found, they hardly quoted anything where titles are short.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from punai.knowledge.dense import Cosines


class Evidence(NamedTuple):
    """What speaks for a passage, each from about 0 to 1.

    `covered`: the share of the question's telling words that it has, by rarity; `titled`: how far its title
    is the question; `known`: the share of the question's words that any passage has. `lead`: what it is
    ahead of the next passage with another title, negative where it is behind; `apart`: of the mean of the
    best ten. `cosines`: how near its meaning is; None for words alone.
    """

    covered: float
    titled: float
    known: float
    lead: float
    apart: float
    cosines: Cosines | None = None

    def features(self) -> list[float]:
        """What the weights are for."""
        words = [self.covered, self.titled, self.known, self.apart]
        if self.cosines is None:
            return [*words, self.lead]
        return [*words, self.cosines.joined, self.cosines.title]


LEXICAL: Sequence[float] = (-3.4, 3.0, 2.6, -0.6, 4.6, 0.8)
FUSED: Sequence[float] = (-6.97, 1.55, 0.48, -1.31, 1.39, 11.63, 0.91)


def probability(evidence: Evidence) -> float:
    """That the passage answers."""
    first, *weights = LEXICAL if evidence.cosines is None else FUSED
    total = first + sum(w * x for w, x in zip(weights, evidence.features(), strict=True))
    return 1 / (1 + math.exp(-total))


def fused(matched: Mapping[int, float], cosines: Mapping[int, float], asked: int) -> dict[int, float]:
    """What passages are ranked by: their match by words and by meaning, as a weighted sum.

    A question of many telling words says more by them, a short one more by its meaning.
    """
    if not cosines:
        return dict(matched)
    share = 0.2 + 0.2 * min(max((asked - 6) / 10, 0.0), 1.0)
    return {
        number: share * matched.get(number, 0.0) + (1 - share) * cosines.get(number, 0.0)
        for number in {*matched, *cosines}
    }
