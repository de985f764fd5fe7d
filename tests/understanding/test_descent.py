"""Weights in whole numbers: they are learned for either loss, and the same every time."""

import math

import pytest

from punai.understanding.descent import HINGE, SOFTMAX, Loss, train
from punai.understanding.ngrams import ONE

APART = [[(0, ONE)], [(1, ONE)], [(0, ONE), (2, 64)], [(1, ONE), (2, 64)]]
LABELS = [0, 1, 0, 1]
EITHER = pytest.mark.parametrize("loss", [SOFTMAX, HINGE], ids=["softmax", "hinge"])


def totals(weights: list[list[float]], vector: list[tuple[int, int]]) -> list[float]:
    return [sum(weights[number][label] * value / ONE for number, value in vector) for label in range(2)]


def shares(weights: list[list[float]], vector: list[tuple[int, int]]) -> list[float]:
    powers = [math.exp(total) for total in totals(weights, vector)]
    return [power / sum(powers) for power in powers]


def test_what_is_apart_is_told_apart() -> None:
    weights = train(APART, LABELS, [1.0] * 4, 2, 100, SOFTMAX)
    assert shares(weights, APART[0])[0] > 0.9
    assert shares(weights, APART[1])[1] > 0.9


def test_hinge_puts_each_class_on_its_side_by_one() -> None:
    weights = train(APART * 20, LABELS * 20, [1.0] * 80, 2, 100, HINGE)
    assert totals(weights, APART[0]) == pytest.approx([1, -1], abs=0.1)
    assert totals(weights, APART[1]) == pytest.approx([-1, 1], abs=0.1)


def test_hinge_leaves_alone_what_is_far_enough() -> None:
    assert HINGE.slopes([2 * ONE, -3 * ONE, 0], 1 / ONE, 0) == [0.0, 0.0, 1.0]


@EITHER
def test_what_tells_nothing_weighs_nothing(loss: Loss) -> None:
    weights = train(APART, LABELS, [1.0] * 4, 2, 100, loss)
    assert all(abs(weight) < 0.2 for weight in weights[2])


@EITHER
def test_same_examples_give_the_same_weights(loss: Loss) -> None:
    first, second = (train(APART, LABELS, [1.0] * 4, 2, 10, loss) for _ in range(2))
    assert first == second


def test_twins_share_evenly() -> None:
    weights = train([[(0, ONE)]] * 40, [0, 1] * 20, [1.0] * 40, 2, 10, SOFTMAX)
    assert shares(weights, [(0, ONE)])[0] == pytest.approx(0.5, abs=0.1)


@EITHER
def test_what_counts_more_decides(loss: Loss) -> None:
    first, second = totals(train([[(0, ONE)]] * 2, [0, 1], [1.0, 0.2], 2, 10, loss), [(0, ONE)])
    assert first > second + 0.3


@EITHER
def test_stronger_penalty_keeps_weights_small(loss: Loss) -> None:
    weak, strong = (train(APART, LABELS, [1.0] * 4, 2, s, loss)[0][0] for s in (100, 2))
    assert 0 < strong < weak / 1.2


@EITHER
def test_progress_is_told_to_the_end(loss: Loss) -> None:
    told: list[float] = []
    train(APART, LABELS, [1.0] * 4, 2, 10, loss, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_nothing_to_learn_from_gives_no_weights() -> None:
    assert train([[]], [0], [1.0], 1, 10, SOFTMAX) == []
