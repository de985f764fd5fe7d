"""How likely it is that a passage answers: from how well its words and its meaning fit the question.

The weights are those of a logistic regression; `python -m benchmarks.knowledge_fit` finds them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from punai.knowledge.dense import Cosines


class Evidence(NamedTuple):
    """What speaks for a passage, each from about 0 to 1.

    `covered`: the share of the question's telling words that it has, by rarity; `named`: that its title has;
    `echoed`: the share of its title's words that the question has; `known`: the share of the question's words
    that any passage has. `apart`: what it is ahead of the mean of the best ten. `crowd`: how many passages
    there are, since one of many is near by chance. `cosines`: how near its meaning is; None for words alone.
    """

    covered: float
    named: float
    echoed: float
    known: float
    apart: float
    crowd: float
    cosines: Cosines | None = None

    def features(self) -> list[float]:
        """What the weights are for."""
        words = [self.covered, self.named, self.echoed, self.known, self.apart, self.crowd]
        if self.cosines is None:
            return words
        return [*words, self.cosines.joined, self.cosines.title]


LEXICAL: Sequence[float] = (-2.56, 1.13, 1.06, 3.20, -0.43, 5.59, -0.84)
FUSED: Sequence[float] = (-6.25, 1.54, -0.67, 1.29, -0.77, 1.21, -2.03, 9.98, 2.78)


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
