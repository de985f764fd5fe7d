"""What one look at a message finds."""

import math
from collections.abc import Sequence
from typing import NamedTuple

MOST_AHEAD = 4.0
"""So far ahead of the second intent, more says no more."""


LIKENESS_WEIGHT = 4.0
"""How much the likeness to the examples counts against the logarithm of the best intent's share."""


class Signs(NamedTuple):
    """What tells how far the best intent can be believed: the more of each, the further.

    The logarithm of its share, how like the message is to anything known (a cosine, 0..1), and by how much
    that logarithm is ahead of the second intent's.
    """

    share: float
    likeness: float
    ahead: float

    @property
    def fit(self) -> float:
        """How well the message fits the examples at all: what is out of scope does not."""
        return self.share + LIKENESS_WEIGHT * self.likeness


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
    def signs(self) -> Signs:
        """`confidence.Confidence` says what they are worth."""
        best, *others = sorted(self.logs, reverse=True)
        ahead = min(MOST_AHEAD, best - others[0]) if others else MOST_AHEAD
        return Signs(best, self.likeness, ahead)


def log_shares(totals: Sequence[float]) -> list[float]:
    """Logarithms of the softmax."""
    highest = max(totals)
    whole = highest + math.log(sum([math.exp(total - highest) for total in totals]))
    return [total - whole for total in totals]
