"""From the signs of a judgement to a confidence that means what it says, the gate for what is out of scope
built in.

What signs are worth is learned from the business's own examples, by a logistic regression on three cases:

- An example judged by a classifier that has not seen it, and rightly.
- The same, wrongly.
- An example of an intent that the classifier was trained without. It plays a message out of scope, for which
  no business has examples, and whatever it is taken for is wrong.

A pack of ten examples tells little of this. So the regression begins with weights that fit many packs, and
moves away from them only as far as the pack's own examples bear it out.

The gate: a message that looks worse than all but the lowest few of the business's own examples counts as
unlike them, and its confidence stays below `GATE`.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from punai.tenant import Thresholds
from punai.understanding.judgement import Signs

GATE: float = Thresholds().intent
"""The confidence at the gate: a pack's threshold where it sets none."""
LOWEST = 0.05
"""The share of a business's own examples that are below the gate."""
OUT_OF_SCOPE = 0.05
"""The share of messages that is taken to be out of scope. With more, confidence is too low where there are
none; with less, too high where they are many. 0.05 is between, on parts of HWU64 and BANKING77 with none to
a fifth of foreign messages."""
STILL_WRONG = 0.85
"""Of the mistakes made without a tenth of the examples, so many are still made with all of them."""
USUAL: Mapping[str, tuple[float, float, float, float, float]] = {
    "full": (0.7, 1.5, 4.4, 0.85, -0.95),
    "small": (-0.75, 0.7, 7.0, 0.85, -0.35),
}
"""Weights to begin with: a constant, the three signs', and that of the logarithm of examples an intent.
Fitted to 26 packs of 3 to 54 intents with 2 to 60 examples, drawn from three sets' training data, a fifth of
the messages to each from other intents and other sets."""
DOUBTED = 3.0
"""What is unlike the examples is doubted as if twice as many more had been judged, half of them
wrongly: with ten examples a message that shares one telling word loses a seventh of its
confidence, with a thousand none. On packs drawn as for `USUAL` more doubt
makes the average message's confidence too low."""
PULL = (1.0, 4.0, 4.0, 4.0)
"""How strongly the first four stay where they were: the inverse of their variance over packs, about."""
ROUNDS = 30
LONGEST_STEP = 2.0

Weights = Sequence[float]


class Confidence:
    """What signs are worth to one business."""

    def __init__(self, weights: Weights, doubt: float, gate: float, lowest: Sequence[float]) -> None:
        """`weights`: a constant and those of the signs; `lowest`: how well the examples below the gate fit.

        `doubt`: the share of its confidence that a message loses which is like nothing known.
        """
        self._weights, self._doubt, self._gate, self._lowest = weights, doubt, gate, lowest

    @classmethod
    def fit(
        cls,
        kind: Literal["full", "small"],
        own: Sequence[tuple[Signs, bool]],
        foreign: Sequence[Signs],
        an_intent: float,
    ) -> "Confidence":
        """`own`: examples judged by who had not seen them, and whether the intent was right.

        `foreign`: examples judged by who did not know their intent. `an_intent`: how many examples an intent
        has.
        """
        constant, *others, by_number = USUAL[kind]
        usual = (constant + by_number * math.log(an_intent), *others)
        share = OUT_OF_SCOPE / (1 - OUT_OF_SCOPE) * len(own) / max(1, len(foreign))
        cases = [(signs, float(right), 1.0 if right else STILL_WRONG) for signs, right in own]
        cases += [(signs, 0.0, share) for signs in foreign]
        weights = _fitted(cases, usual)
        scores = sorted(signs.fit for signs, _ in own)
        below = int(LOWEST * len(scores))
        doubt = DOUBTED / (len(own) + 2 * DOUBTED)
        return cls(weights, doubt, scores[below] if below else -math.inf, scores[:below])

    def of(self, signs: Signs, familiarity: float = 1.0) -> float:
        """How likely the intent is right, 0..1; below `GATE` where the message is unlike the examples.

        `familiarity` as in `Judgement`: below 1 it keeps the confidence below the gate too. With few examples
        the lowest of one's own are no measure, and what stands out among strangers is still one.
        """
        likely = _logistic(_total(self._weights, signs)) * (1 - self._doubt * (1 - signs.likeness))
        if familiarity < 1:
            likely = min(likely, GATE * familiarity)
        if signs.fit < self._gate:
            rank = bisect_right(self._lowest, signs.fit) / (len(self._lowest) + 1)
            likely = min(likely, GATE * math.sqrt(rank))
        return likely

    def dump(self) -> dict[str, Any]:
        """What `load` takes."""
        return {
            "weights": self._weights,
            "doubt": self._doubt,
            "gate": self._gate,
            "lowest": self._lowest,
        }

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> "Confidence":
        """What was dumped."""
        return cls(dumped["weights"], dumped["doubt"], dumped["gate"], dumped["lowest"])


def _fitted(cases: Sequence[tuple[Signs, float, float]], usual: Weights) -> Weights:
    """Newton's method on the likelihood of the cases (signs, right, how much it counts), and of the weights.

    No sign counts against an intent: its weight is 0 at least.
    """
    weights = usual
    for _ in range(ROUNDS):
        slope = [pull * (weight - start) for pull, weight, start in zip(PULL, weights, usual, strict=True)]
        bend = [[pull if row == column else 0.0 for column in range(4)] for row, pull in enumerate(PULL)]
        for signs, right, counts in cases:
            likely = _logistic(_total(weights, signs))
            values = (1.0, *signs)
            missed, curved = counts * (likely - right), counts * likely * (1 - likely)
            for row, value in enumerate(values):
                slope[row] += missed * value
                bend[row] = [
                    old + curved * value * other for old, other in zip(bend[row], values, strict=True)
                ]
        step = _solved(bend, slope)
        shorter = min(1.0, LONGEST_STEP / max(map(abs, step), default=1.0)) if any(step) else 1.0
        constant, *others = [weight - shorter * part for weight, part in zip(weights, step, strict=True)]
        moved = (constant, *[max(0.0, weight) for weight in others])
        done = all(abs(new - old) < 1e-6 for new, old in zip(moved, weights, strict=True))
        weights = moved
        if done:
            break
    return weights


def _solved(matrix: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """The vector that the matrix, symmetric and positive, makes the wanted one of (Gauss)."""
    rows = [[*row, value] for row, value in zip(matrix, wanted, strict=True)]
    for place, pivot in enumerate(rows):
        for other in rows:
            if other is not pivot:
                share = other[place] / pivot[place]
                other[:] = [mine - share * its for mine, its in zip(other, pivot, strict=True)]
    return [row[-1] / row[place] for place, row in enumerate(rows)]


def _total(weights: Weights, signs: Signs) -> float:
    constant, share, likeness, ahead = weights
    return constant + share * signs.share + likeness * signs.likeness + ahead * signs.ahead


def _logistic(total: float) -> float:
    return 1 / (1 + math.exp(-total)) if total > -700 else 0.0
