"""What one look at a message finds."""

import math
from collections.abc import Sequence
from typing import NamedTuple

LIKENESS_WEIGHT = 4.0
"""How much the likeness to the examples counts against the logarithm of the best intent's share."""


class Judgement(NamedTuple):
    """The logarithm of each intent's share, and how like the message is to anything known: a cosine, 0..1.

    `foreign` is the likeness below which a message has no more in common with the examples than any other
    text in the same language.
    """

    logs: Sequence[float]
    likeness: float
    foreign: float

    @property
    def familiarity(self) -> float:
        """The likeness against `foreign`, at most 1."""
        return min(1.0, self.likeness / self.foreign)

    @property
    def score(self) -> float:
        """One number for how clearly this is one of the intents; `confidence.Curve` says what it is worth."""
        return max(self.logs) + LIKENESS_WEIGHT * self.likeness


def log_shares(totals: Sequence[float]) -> list[float]:
    """Logarithms of the softmax."""
    highest = max(totals)
    whole = highest + math.log(sum([math.exp(total - highest) for total in totals]))
    return [total - whole for total in totals]
