"""The local embedder: sentences as vectors by MiniLM, where its weights are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from punai.knowledge.scale import LOCAL
from punai.understanding import weights

if TYPE_CHECKING:
    from punai.knowledge.dense import Vectors
    from punai.understanding.minilm import MiniLM

QUESTION = 10
"""Texts that a question may have, with what it is likely about and its sentences: those come again."""


class LocalEmbedder:
    """MiniLM as an embedder: the part of its vectors that is everybody's sentence embedding."""

    def __init__(self, encoder: "MiniLM") -> None:
        """`encoder`: as `weights.encoder` gives it."""
        self._encoder = encoder
        self.name = f"{LOCAL}{encoder.digest[:12]}"

    def __call__(self, texts: Sequence[str]) -> "Vectors":
        """One row of `encoder.width` columns and of length 1 for each text; it reads 256 tokens of each."""
        import numpy as np

        few = 0 < len(texts) <= QUESTION
        rows = np.array([*map(self._encoder.vector, texts)]) if few else self._encoder.embed(texts)
        return rows[:, : self._encoder.width]


def local_embedder(cache: Path) -> LocalEmbedder | None:
    """The embedder of the weights in the cache; None where they, or onnxruntime, are missing."""
    encoder = weights.encoder(cache)
    return LocalEmbedder(encoder) if encoder else None
