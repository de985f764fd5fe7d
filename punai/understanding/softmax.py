"""Softmax regression on sparse vectors, by stochastic gradient descent in whole numbers. Pure Python.

All classes of an n-gram lie in one int (see `lanes`), so that a message costs two long operations for each of
its n-grams, however many classes there are. The same examples give the same weights, digit for digit.
"""

import math
import random
from collections.abc import Callable, Sequence

from punai.understanding.lanes import Lanes
from punai.understanding.ngrams import ONE, Vector

EPOCHS = 6
RATE = 2.0
"""How far the first steps go; the last go nowhere."""
UNIT = 1 << 32
"""A weight of 1."""


def train(
    vectors: Sequence[Vector],
    labels: Sequence[int],
    importance: Sequence[float],
    classes: int,
    strength: float,
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
    for epoch in range(EPOCHS):
        rate = RATE * (1 - epoch / EPOCHS)
        shuffle(order)
        for index in order:
            vector, step = vectors[index], rate * importance[index]
            total = sum([rows[number] * value for number, value in vector])
            shares = _shares(lanes.unpack(total), shrunk / (UNIT * ONE))
            shrunk *= 1 - step * penalty
            unit = step * UNIT / ONE / shrunk
            change = [-int(unit * share) for share in shares]
            change[labels[index]] += int(unit)
            packed = lanes.pack(change)
            for number, value in vector:
                rows[number] += packed * value
        progress((epoch + 1) / EPOCHS)
    return [[weight * shrunk / UNIT for weight in lanes.unpack(row)] for row in rows]


def _shares(totals: Sequence[int], scale: float) -> list[float]:
    highest = max(totals)
    powers = [math.exp((total - highest) * scale) for total in totals]
    whole = sum(powers)
    return [power / whole for power in powers]
