"""How well messages are understood: measures over what was wanted and what was given."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from punai.models import OTHER


class Outcome(NamedTuple):
    """A message's intent as labelled, the best guess with its confidence, and whether that was acted on.

    Where it was not, the intent counts as `other`. `wanted` is `other` for a message out of scope.
    """

    wanted: str
    guess: str
    confidence: float
    accepted: bool = True

    @classmethod
    def of(cls, wanted: str, guess: str, confidence: float, accepted: bool) -> "Outcome":
        """Who knows nothing of a message claims nothing: a guess without any confidence is none."""
        return cls(wanted, guess if confidence else "", confidence, accepted)

    @property
    def given(self) -> str:
        """What the message was taken for."""
        return self.guess if self.accepted else OTHER


class Bin(NamedTuple):
    """Outcomes of about one confidence: how many, the mean confidence, the share whose guess was right."""

    size: int
    confidence: float
    right: float


def accuracy(outcomes: Iterable[Outcome]) -> float | None:
    """The share of messages taken for what they are, out of scope included; None without any."""
    return _share(outcome.given == outcome.wanted for outcome in outcomes)


def in_scope_accuracy(outcomes: Iterable[Outcome]) -> float | None:
    """The same, of messages that have an intent; None without any."""
    return accuracy(outcome for outcome in outcomes if outcome.wanted != OTHER)


def macro_f1(outcomes: Sequence[Outcome]) -> float | None:
    """The mean over all labels, `other` included, of F1 = 2 PR / (P + R); None without any outcome.

    A label that was only given, never wanted, counts with 0, as usual.
    """
    right = Counter(outcome.wanted for outcome in outcomes if outcome.given == outcome.wanted)
    wanted = Counter(outcome.wanted for outcome in outcomes)
    given = Counter(outcome.given for outcome in outcomes)
    labels = wanted.keys() | given.keys()
    if not labels:
        return None
    return sum(2 * right[label] / (wanted[label] + given[label]) for label in labels) / len(labels)


def reliability(outcomes: Iterable[Outcome], bins: int = 15) -> list[Bin]:
    """Outcomes in bins of equal width over the confidence of the guess; empty bins are left out.

    A guess that was not acted on is judged all the same: its confidence claims something too.
    """
    held: list[list[Outcome]] = [[] for _ in range(bins)]
    edges = [(number + 1) / bins for number in range(bins)]
    for outcome in outcomes:
        held[min(bins - 1, bisect_left(edges, outcome.confidence))].append(outcome)
    return [
        Bin(
            len(those),
            sum(outcome.confidence for outcome in those) / len(those),
            sum(outcome.guess == outcome.wanted for outcome in those) / len(those),
        )
        for those in held
        if those
    ]


def calibration_error(outcomes: Sequence[Outcome], bins: int = 15) -> float | None:
    """Expected calibration error (Guo et al., 2017): the mean distance of confidence and share right."""
    if not outcomes:
        return None
    told = reliability(outcomes, bins)
    return sum(each.size * abs(each.confidence - each.right) for each in told) / len(outcomes)


def coverage(outcomes: Sequence[Outcome], precision: float = 0.95) -> float | None:
    """The largest share of messages that a threshold on confidence lets through at this precision."""
    if not outcomes:
        return None
    ordered = sorted(outcomes, key=lambda outcome: -outcome.confidence)
    right = best = 0
    for number, outcome in enumerate(ordered, 1):
        right += outcome.guess == outcome.wanted
        # A threshold cannot part two of the same confidence.
        last_of_its_confidence = number == len(ordered) or ordered[number].confidence < outcome.confidence
        if last_of_its_confidence and right >= precision * number:
            best = number
    return best / len(ordered)


def out_of_scope_precision(outcomes: Iterable[Outcome]) -> float | None:
    """Of the messages taken for `other`, the share that are; None where none was."""
    return _share(outcome.wanted == OTHER for outcome in outcomes if outcome.given == OTHER)


def out_of_scope_recall(outcomes: Iterable[Outcome]) -> float | None:
    """Of the messages out of scope, the share taken for `other`; None where there are none."""
    return _share(outcome.given == OTHER for outcome in outcomes if outcome.wanted == OTHER)


def _share(truths: Iterable[bool]) -> float | None:
    known = list(truths)
    return sum(known) / len(known) if known else None
