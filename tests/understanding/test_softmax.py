"""Softmax regression in whole numbers: it learns, and the same every time."""

import math

import pytest

from punai.understanding import softmax
from punai.understanding.ngrams import ONE

APART = [[(0, ONE)], [(1, ONE)], [(0, ONE), (2, 64)], [(1, ONE), (2, 64)]]
LABELS = [0, 1, 0, 1]


def shares(weights: list[list[float]], vector: list[tuple[int, int]]) -> list[float]:
    totals = [sum(weights[number][label] * value / ONE for number, value in vector) for label in range(2)]
    whole = sum(map(math.exp, totals))
    return [math.exp(total) / whole for total in totals]


def test_what_is_apart_is_told_apart() -> None:
    weights = softmax.train(APART, LABELS, [1.0] * 4, 2, strength=100)
    assert shares(weights, APART[0])[0] > 0.9
    assert shares(weights, APART[1])[1] > 0.9


def test_what_tells_nothing_weighs_nothing() -> None:
    weights = softmax.train(APART, LABELS, [1.0] * 4, 2, strength=100)
    assert all(abs(weight) < 0.2 for weight in weights[2])


def test_same_examples_give_the_same_weights() -> None:
    first, second = (softmax.train(APART, LABELS, [1.0] * 4, 2, strength=10) for _ in range(2))
    assert first == second


def test_twins_share_evenly() -> None:
    weights = softmax.train([[(0, ONE)]] * 40, [0, 1] * 20, [1.0] * 40, 2, strength=10)
    assert shares(weights, [(0, ONE)])[0] == pytest.approx(0.5, abs=0.1)


def test_what_counts_more_decides() -> None:
    weights = softmax.train([[(0, ONE)]] * 2, [0, 1], [1.0, 0.2], 2, strength=10)
    assert shares(weights, [(0, ONE)])[0] > 0.6


def test_stronger_penalty_keeps_weights_small() -> None:
    weak, strong = (softmax.train(APART, LABELS, [1.0] * 4, 2, strength=s)[0][0] for s in (100, 2))
    assert 0 < strong < weak / 2


def test_progress_is_told_to_the_end() -> None:
    told: list[float] = []
    softmax.train(APART, LABELS, [1.0] * 4, 2, 10, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_nothing_to_learn_from_gives_no_weights() -> None:
    assert softmax.train([[]], [0], [1.0], 1, strength=10) == []
