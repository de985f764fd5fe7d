"""Linear weights on sparse vectors, by stochastic gradient descent in whole numbers. Pure Python.

All classes of an n-gram lie in one int (see `lanes`), so that a message costs two long operations for each of
its n-grams, however many classes there are. The same examples give the same weights, digit for digit.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from punai.understanding.lanes import Lanes
from punai.understanding.ngrams import ONE, Vector

UNIT = 1 << 32
"""A weight of 1."""


class Loss(NamedTuple):
    """What weights are to make small, and how to walk there.

    `slopes` has the totals of all classes, how much one of their units is, and which class was wanted: it
    gives how fast the loss grows with each total. The first steps are as long as `rate`, the last go nowhere.
    """

    slopes: Callable[[Sequence[int], float, int], list[float]]
    rate: float
    passes: int


def train(
    vectors: Sequence[Vector],
    labels: Sequence[int],
    importance: Sequence[float],
    classes: int,
    strength: float,
    loss: Loss,
    progress: Callable[[float], None] = lambda share: None,
) -> list[list[float]]:
    """Weights by n-gram and class. `strength` is the inverse of the penalty on large weights, as C elsewhere.

    `progress` is told which share is done, after every pass over the examples.
    """
    lanes = Lanes(classes)
    rows = [0] * (1 + max((number for vector in vectors for number, _ in vector), default=-1))
    penalty = 1 / (strength * sum(importance)) if vectors else 0.0
    order = list(range(len(vectors)))
    shuffle = random.Random(0).shuffle  # noqa: S311  the order of examples, not a secret
    shrunk = 1.0  # the penalty shrinks all weights at every step: this one factor does, for all of them
    for turn in range(loss.passes):
        rate = loss.rate * (1 - turn / loss.passes)
        shuffle(order)
        for index in order:
            vector, step = vectors[index], rate * importance[index]
            total = sum([rows[number] * value for number, value in vector])
            slopes = loss.slopes(lanes.unpack(total), shrunk / (UNIT * ONE), labels[index])
            shrunk *= 1 - step * penalty
            unit = step * UNIT / ONE / shrunk
            packed = lanes.pack([-int(unit * slope) for slope in slopes])
            for number, value in vector:
                rows[number] += packed * value
        progress((turn + 1) / loss.passes)
    return [[weight * shrunk / UNIT for weight in lanes.unpack(row)] for row in rows]


def _softmax_slopes(totals: Sequence[int], scale: float, wanted: int) -> list[float]:
    highest = max(totals)
    powers = [math.exp((total - highest) * scale) for total in totals]
    whole = sum(powers)
    slopes = [power / whole for power in powers]
    slopes[wanted] -= 1
    return slopes


def _hinge_slopes(totals: Sequence[int], scale: float, wanted: int) -> list[float]:
    slopes = [max(0.0, 1 + total * scale) for total in totals]
    slopes[wanted] = min(0.0, totals[wanted] * scale - 1)
    return slopes


SOFTMAX = Loss(_softmax_slopes, 2.0, 6)
"""The logarithm of the wanted class's share."""
HINGE = Loss(_hinge_slopes, 0.2, 12)
"""Each class against all others: the wanted one's total at least 1, theirs at most -1, squared misses."""
