"""Sentences as vectors by all-MiniLM-L6-v2, run by numpy alone.

The weights are int8 with a scale for each row. The table of words stays so, and only the rows that are used
are widened; the layers are widened once at load, since numpy has no int8 product of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from punai.understanding.wordpiece import WordPiece

Floats = NDArray[np.float32]
HEADS = 12
EPSILON = np.float32(1e-12)
BATCH_TOKENS = 2048
"""Sentences of one length go through together, this many tokens at a time: beyond it nothing gets faster."""
KEPT = 500
"""Vectors of single texts that are kept in memory, 5 kB each."""
TOGETHER = 4
"""Rows are filled up to a multiple of this: 11 or 15 of them take OpenBLAS a quarter longer than 12 or 16."""
LAYERS = (0.7, 0.7, 1.0)
"""What the means over the last layers count: the last one is what the network was trained for, those before
it know more of single words. On HWU64 the three tell intents apart better than the last alone by about a
point, on BANKING77 no worse."""


class MiniLM:
    """The network with its tokenizer.

    A text's vector has `len(LAYERS)` parts of `width` columns: first the sentence embedding as everybody's,
    of length 1, then the same from the layers before, each of the length that it counts.
    """

    def __init__(
        self,
        tensors: Mapping[str, NDArray[Any]],
        vocabulary: Sequence[str],
        heads: int = HEADS,
        digest: str = "",
    ) -> None:
        """`tensors`: by BERT's own names; an int8 matrix `x` has a scale for each row in `x.scale`."""
        self._tokenizer = WordPiece(vocabulary)
        self.digest = digest
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._word_scales = tensors.get("embeddings.word_embeddings.weight.scale")
        positions = _widened(tensors, "embeddings.position_embeddings.weight")
        self._positions = positions + _widened(tensors, "embeddings.token_type_embeddings.weight")[0]
        self._limit = len(positions)
        self._normalise = _norm(tensors, "embeddings.LayerNorm")
        self.width = self._words.shape[1]
        layers = {name.split(".")[2] for name in tensors if name.startswith("encoder.layer.")}
        self._layers = [_Layer(tensors, f"encoder.layer.{n}", heads) for n in sorted(layers, key=int)]
        self.vector = lru_cache(KEPT)(self._vector)

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Floats:
        """One row for each text. `progress` is told how many texts are done, batch by batch."""
        pieces = [self._tokenizer.ids(text, self._limit) for text in texts]
        order = sorted(range(len(texts)), key=lambda number: len(pieces[number]))
        found = np.empty((len(texts), len(LAYERS) * self.width), np.float32)
        start = 0
        while start < len(order):
            length = len(pieces[order[start]])
            batch = order[start : start + max(1, BATCH_TOKENS // length)]
            batch = [number for number in batch if len(pieces[number]) == length]
            found[batch] = self._sentences(np.array([pieces[number] for number in batch]))
            start += len(batch)
            if progress:
                progress(start)
        return found

    def _vector(self, text: str) -> Floats:
        """The row of one text, not to be written to; `vector` keeps those of the last texts.

        A message is embedded to be understood and again to be looked up, with what it is likely about.
        """
        row: Floats = self.embed([text])[0]
        row.flags.writeable = False
        return row

    def _sentences(self, pieces: NDArray[np.int64]) -> Floats:
        """`pieces`: (sentences, tokens), without padding, so that none has to be left out of any mean."""
        words = self._words[pieces].astype(np.float32, copy=False)
        if self._word_scales is not None:
            words = words * self._word_scales[pieces][..., None]
        hidden = np.zeros((_rounded_up(pieces.size), self.width), np.float32)
        hidden[: pieces.size] = (words + self._positions[: pieces.shape[1]]).reshape(-1, self.width)
        hidden = self._normalise(hidden)
        means = []
        for layer in self._layers:
            hidden = layer(hidden, pieces.shape)
            means.append(hidden[: pieces.size].reshape(*pieces.shape, self.width).mean(axis=1))
        last = means[-len(LAYERS) :]
        return np.hstack([weight * _unit(mean) for weight, mean in zip(LAYERS, last, strict=True)][::-1])


class _Layer:
    """Tokens of all sentences are rows, one sentence after the other: one product reaches them all."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]], name: str, heads: int) -> None:
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        # One product for the three: (hidden, 3 x hidden).
        self._qkv = np.ascontiguousarray(np.vstack([_widened(tensors, f"{part}.weight") for part in parts]).T)
        self._qkv_bias = np.concatenate([tensors[f"{part}.bias"] for part in parts])
        size = len(self._qkv)
        self._qkv[:, :size] /= np.float32((size // heads) ** 0.5)
        self._qkv_bias[:size] /= np.float32((size // heads) ** 0.5)
        self._out, self._out_bias = _dense(tensors, f"{name}.attention.output.dense")
        self._norm_attended = _norm(tensors, f"{name}.attention.output.LayerNorm")
        self._up, self._up_bias = _dense(tensors, f"{name}.intermediate.dense")
        self._down, self._down_bias = _dense(tensors, f"{name}.output.dense")
        self._norm_out = _norm(tensors, f"{name}.output.LayerNorm")
        self._heads = heads

    def __call__(self, hidden: Floats, shape: tuple[int, ...]) -> Floats:
        """`shape`: how many sentences, of how many tokens."""
        attended = self._attention(hidden, shape) @ self._out
        attended += self._out_bias
        attended += hidden
        hidden = self._norm_attended(attended)
        wide = hidden @ self._up
        wide += self._up_bias
        narrow = _gelu(wide) @ self._down
        narrow += self._down_bias
        narrow += hidden
        return self._norm_out(narrow)

    def _attention(self, hidden: Floats, shape: tuple[int, ...]) -> Floats:
        tokens = shape[0] * shape[1]
        joined = hidden @ self._qkv
        joined += self._qkv_bias
        query, key, value = joined[:tokens].reshape(*shape, 3, self._heads, -1).transpose(2, 0, 3, 1, 4)
        scores = query @ key.swapaxes(-1, -2)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = np.zeros_like(hidden)
        mixed[:tokens] = (scores @ value).transpose(0, 2, 1, 3).reshape(tokens, -1)
        return mixed


def _rounded_up(rows: int) -> int:
    return -(-rows // TOGETHER) * TOGETHER


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.sqrt((rows * rows).sum(axis=1, keepdims=True) + EPSILON), np.float32)


def _widened(tensors: Mapping[str, NDArray[Any]], name: str) -> Floats:
    scale = tensors.get(f"{name}.scale")
    wide = tensors[name].astype(np.float32, copy=False)
    return wide if scale is None else np.asarray(wide * scale[:, None], np.float32)


def _dense(tensors: Mapping[str, NDArray[Any]], name: str) -> tuple[Floats, Floats]:
    return np.ascontiguousarray(_widened(tensors, f"{name}.weight").T), tensors[f"{name}.bias"]


def _norm(tensors: Mapping[str, NDArray[Any]], name: str) -> Callable[[Floats], Floats]:
    weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    share = np.float32(1 / len(weight))

    def normalise(hidden: Floats) -> Floats:
        # In place, as whoever calls it has no more use for what it was.
        hidden -= hidden.sum(axis=-1, keepdims=True) * share
        variance = np.einsum("ij,ij->i", hidden, hidden) * share
        hidden /= np.sqrt(variance + EPSILON)[:, None]
        hidden *= weight
        hidden += bias
        return hidden

    return normalise


def _gelu(values: Floats) -> Floats:
    """x times a normal distribution's share below x; the error function by Abramowitz and Stegun, 7.1.26.

    In place: `values` become the result.
    """
    size = np.abs(values)
    t = size * np.float32(0.3275911 * 0.5**0.5)
    t += 1
    np.reciprocal(t, out=t)
    tail = t * np.float32(1.061405429 / 2)
    for term in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(term / 2)
        tail *= t
    np.multiply(size, size, out=t)
    t *= np.float32(-0.5)
    tail *= np.exp(t, out=t)
    tail *= size
    np.maximum(values, 0, out=values)
    values -= tail
    return values
