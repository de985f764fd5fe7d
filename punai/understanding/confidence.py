"""From a score to a confidence that means what it says, with the gate for what is out of scope built in.

The score of a message joins how clearly one intent stands out and how like the examples the message is. What
scores are worth is learned from the business's own examples, each judged by a classifier that has not seen
it:

- Calibration: the share of those that were right rises with the score (isotonic regression: Zadrozny and
  Elkan, 2002).
- The gate: messages about something else score low. No example of such is needed: a message that scores below
  all but the lowest few of the business's own examples counts as unlike them, and its confidence stays below
  `GATE`.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from punai.models import Thresholds

GATE: float = Thresholds().intent
"""The confidence at the gate: a pack's threshold where it sets none."""
LOWEST = 0.07
"""The share of a business's own examples that score below the gate."""
SEEN = 0.99
"""What the very words of an example are worth: even those may be meant otherwise."""
STILL_WRONG = 0.9
"""Of the mistakes made without a tenth of the examples, so many are still made with all of them."""
FEWEST = 10
"""No step of the calibration stands on fewer examples."""


class Curve:
    """A rising line through points of score and confidence, and the scores of examples below the gate."""

    def __init__(self, points: Sequence[Sequence[float]], gate: float, lowest: Sequence[float]) -> None:
        self._points, self._gate, self._lowest = points, gate, lowest

    @classmethod
    def fit(cls, unseen: Sequence[tuple[float, bool]], seen: Sequence[float], nothing: float) -> "Curve":
        """`unseen`: scores of examples, and whether the intent was right, by who had not seen them.

        `seen`: scores of examples judged by who has: such words are worth `SEEN`. `nothing`: the score of a
        message that tells nothing, which is worth nothing.
        """
        scores = sorted(score for score, _ in unseen)
        below = int(LOWEST * len(scores))
        gate = scores[below] if scores else nothing
        points = [(nothing, 0.0), *(point for point in _rising(unseen) if point[0] > nothing)]
        if seen and (known := sorted(seen)[len(seen) // 2]) > points[-1][0]:
            points.append((known, SEEN))
        return cls(points, gate, scores[:below])

    def confidence(self, score: float, familiarity: float = 1.0) -> float:
        """How likely the intent is right, 0..1; below `GATE` where the message is unlike the examples.

        `familiarity` as in `Judgement`: below 1 it keeps the confidence below the gate too. With few examples
        the lowest scores of one's own are no measure, and what stands out among strangers is still one.
        """
        likely = self._share_right(score)
        if familiarity < 1:
            likely = min(likely, GATE * familiarity)
        if score < self._gate:
            rank = bisect_right(self._lowest, score) / (len(self._lowest) + 1)
            likely = min(likely, GATE * math.sqrt(rank))
        return likely

    def _share_right(self, score: float) -> float:
        above = bisect_right(self._points, score, key=lambda point: point[0])
        if above == 0:
            return self._points[0][1]
        if above == len(self._points):
            return self._points[-1][1]
        (left, low), (right, high) = self._points[above - 1], self._points[above]
        return low + (high - low) * (score - left) / (right - left)

    def dump(self) -> dict[str, Any]:
        """What `load` takes."""
        return {"points": self._points, "gate": self._gate, "lowest": self._lowest}

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> "Curve":
        """What was dumped."""
        return cls(dumped["points"], dumped["gate"], dumped["lowest"])


def _rising(unseen: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Mean scores and shares that were right, of neighbours pooled until shares rise and no pool is small.

    Each share is drawn a little to the middle, as if it had half an example more on either side.
    """
    groups: list[tuple[float, int, int]] = []  # the sum of scores, how many were right, how many there are
    for score, right in sorted(unseen):
        groups.append((score, int(right), 1))
        while len(groups) > 1 and groups[-2][1] * groups[-1][2] >= groups[-1][1] * groups[-2][2]:
            _pool(groups)
    large: list[tuple[float, int, int]] = []
    for group in groups:
        large.append(group)
        if len(large) > 1 and min(large[-2][2], group[2]) < FEWEST:
            _pool(large)
    shares = [1 - STILL_WRONG * (count - right + 0.5) / (count + 1) for _, right, count in large]
    means = [total / count for total, _, count in large]
    return list(zip(means, accumulate(shares, max), strict=True))


def _pool(groups: list[tuple[float, int, int]]) -> None:
    score, right, count = groups.pop()
    before = groups[-1]
    groups[-1] = (before[0] + score, before[1] + right, before[2] + count)
