"""Softmax regression on dense vectors, by L-BFGS (Liu and Nocedal, 1989) in numpy."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
STEPS = 60
"""More change weights, but no longer what they say."""
MEMORY = 8


def train(
    vectors: Floats, labels: Sequence[int], importance: Sequence[float], classes: int, strength: float
) -> Floats:
    """Weights, (columns of `vectors`, classes). `strength` is the inverse of the penalty, as C elsewhere."""
    wanted = np.zeros((len(labels), classes), np.float32)
    wanted[np.arange(len(labels)), labels] = 1
    weight = np.asarray(importance, np.float32)[:, None]
    whole = float(weight.sum())
    penalty = 1 / (strength * whole)

    def loss(point: Floats) -> tuple[float, Floats]:
        weights = point.reshape(-1, classes)
        totals = vectors @ weights
        totals -= totals.max(axis=1, keepdims=True)
        shares = np.exp(totals)
        sums = shares.sum(axis=1, keepdims=True)
        lost = float((weight * (np.log(sums) - (totals * wanted).sum(axis=1, keepdims=True))).sum()) / whole
        slope = vectors.T @ (weight * (shares / sums - wanted)) / np.float32(whole)
        lost += penalty / 2 * float((weights * weights).sum())
        return lost, np.asarray(slope + np.float32(penalty) * weights, np.float32).ravel()

    return _lowest(loss, np.zeros(vectors.shape[1] * classes, np.float32)).reshape(-1, classes)


def _lowest(loss: Callable[[Floats], tuple[float, Floats]], point: Floats) -> Floats:
    """Where the loss is lowest, or nearly: at most `STEPS` steps downhill."""
    moves: list[tuple[Floats, Floats, float]] = []
    lost, slope = loss(point)
    for _ in range(STEPS):
        direction = _downhill(slope, moves)
        steepness = float(direction @ slope)
        # The very first step knows nothing of the curvature: the slope of this loss changes by 1 at most.
        length = 1.0
        for _ in range(20):
            candidate = point + np.float32(length) * direction
            lost_there, slope_there = loss(candidate)
            if lost_there <= lost + 1e-4 * length * steepness:
                break
            length /= 2
        else:
            return point
        step, bend = candidate - point, slope_there - slope
        curvature = float(step @ bend)
        if curvature > 1e-12:
            moves = [*moves[1 - MEMORY :], (step, bend, curvature)]
        if lost - lost_there < 1e-6 * lost_there:
            return candidate
        point, lost, slope = candidate, lost_there, slope_there
    return point


def _downhill(slope: Floats, moves: Sequence[tuple[Floats, Floats, float]]) -> Floats:
    """The two loops of L-BFGS: the slope through the inverse of the curvature that the last moves showed."""
    direction = -slope
    shares = []
    for step, bend, curvature in reversed(moves):
        share = np.float32(float(step @ direction) / curvature)
        direction = direction - share * bend
        shares.append(share)
    if moves:
        _, bend, curvature = moves[-1]
        direction = direction * np.float32(curvature / float(bend @ bend))
    for (step, bend, curvature), share in zip(moves, reversed(shares), strict=True):
        direction = direction + step * (share - np.float32(float(bend @ direction) / curvature))
    return direction
