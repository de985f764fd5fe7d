"""Sentences as vectors by all-MiniLM-L6-v2, run by onnxruntime."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from punai.understanding.wordpiece import WordPiece

Floats = NDArray[np.float32]
BATCH_TOKENS = 2048
"""Sentences of one length go through together, this many tokens at a time: beyond it nothing gets faster."""
KEPT = 500
"""Vectors of single texts that are kept in memory, 5 kB each."""


class MiniLM:
    """The network with its tokenizer. It does not change, and serves several threads.

    A text's vector has parts of `width` columns, the first of which is the sentence embedding as everybody's,
    of length 1; `network.network` says what the others are. `digest` tells one network from another.
    """

    def __init__(self, file: bytes, digest: str) -> None:
        """`file`: as `network.network` makes it; `digest`: its SHA-256, which whoever read it has taken."""
        options = onnxruntime.SessionOptions()
        # Threads of a message's few rows wait for each other by spinning, on cores that others need too.
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        told = self._session.get_modelmeta().custom_metadata_map
        self._tokenizer = WordPiece(told["vocabulary"].split("\n"))
        self._longest, self.width = int(told["longest"]), int(told["width"])
        [vectors] = self._session.get_outputs()
        self._columns: int = vectors.shape[1]
        self.digest = digest
        self.vector = lru_cache(KEPT)(self._vector)

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Floats:
        """One row for each text. `progress` is told how many texts are done, batch by batch."""
        pieces = [self._tokenizer.ids(text, self._longest) for text in texts]
        order = sorted(range(len(texts)), key=lambda number: len(pieces[number]))
        found = np.empty((len(texts), self._columns), np.float32)
        start = 0
        while start < len(order):
            length = len(pieces[order[start]])
            batch = order[start : start + max(1, BATCH_TOKENS // length)]
            # Of one length, so that there is no padding to be left out of any mean.
            batch = [number for number in batch if len(pieces[number]) == length]
            tokens = np.array([pieces[number] for number in batch])
            [found[batch]] = self._session.run(None, {"tokens": tokens})
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
