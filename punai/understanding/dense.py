"""The full half: intents told apart by what sentences mean, with numpy."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from punai.understanding import regression
from punai.understanding.judgement import Judgement, log_shares
from punai.understanding.minilm import MiniLM

Floats = NDArray[np.float32]
STRENGTH = 20.0
"""The inverse of the penalty on large weights."""
FOREIGN = 0.3
"""See `Judgement`."""
NEAREST = 25
"""So many examples of each intent are kept to measure likeness by: more cost time and tell no more."""


class Dense:
    """Weights of the intents, and examples to compare with."""

    def __init__(self, encoder: MiniLM, weights: Floats, examples: Floats) -> None:
        """`weights`: (columns of a vector and a constant, intents); `examples`: (examples, `width`)."""
        self._encoder, self._weights, self._examples = encoder, weights, examples

    @classmethod
    def train(
        cls,
        encoder: MiniLM,
        vectors: Floats,
        labels: Sequence[int],
        importance: Sequence[float],
        classes: int,
    ) -> "Dense":
        """From the embeddings of texts, with the number of their intent, and how much each counts."""
        weights = regression.train(_with_constant(vectors), labels, importance, classes, STRENGTH)
        seen = [0] * classes
        kept = []
        for number, label in enumerate(labels):
            seen[label] += 1
            if seen[label] <= NEAREST:
                kept.append(number)
        return cls(encoder, weights, np.ascontiguousarray(vectors[kept, : encoder.width]))

    def judge(self, text: str, vector: Floats | None = None) -> Judgement:
        """What the text, or its embedding where that is at hand, most likely is."""
        if vector is None:
            vector = self._encoder.vector(text)
        totals = vector @ self._weights[:-1] + self._weights[-1]
        nearest = float((self._examples @ vector[: self._encoder.width]).max())
        return Judgement(log_shares(totals.tolist()), min(1.0, max(0.0, nearest)), FOREIGN)

    def dump(self) -> dict[str, bytes]:
        """What `load` takes."""
        return {
            "weights": self._weights.astype("<f4").tobytes(),
            "examples": self._examples.astype("<f4").tobytes(),
        }

    @classmethod
    def load(cls, encoder: MiniLM, parts: Mapping[str, bytes], classes: int) -> "Dense":
        """What was dumped."""
        weights = np.frombuffer(parts["weights"], "<f4").reshape(-1, classes)
        return cls(encoder, weights, np.frombuffer(parts["examples"], "<f4").reshape(-1, encoder.width))


def _with_constant(vectors: Floats) -> Floats:
    return np.hstack([vectors, np.ones((len(vectors), 1), np.float32)])
