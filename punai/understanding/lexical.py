"""The small half: intents told apart by their n-grams, in pure Python and well under a millisecond."""

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from punai.understanding import descent
from punai.understanding.judgement import Judgement, log_shares
from punai.understanding.ngrams import ALIKE_LENGTH, MANY, ONE, TfIdf, Vector

STRENGTH = 10.0
STRENGTH_OF_MANY = 2.0
"""The inverse of the penalty on large weights, of the softmax that few examples are learned by, and of the
hinge that `ngrams.MANY` are. By cross-validation on BANKING77's training set the hinge is right a point more
often on 8,000 examples, and one to two points less often on 10 an intent. There pairs of words gain half a
point more, and nothing beside embeddings."""
PASSES_WITH_PAIRS = 8
"""With twice the n-grams a pass takes twice the time: 12 of them are right 0.15 points more often on held-out
examples, and take too long for 15,000."""
SHARPNESS = 5.0
"""What one unit of the hinge's totals counts in a softmax: with 4 to 6 its shares are the likeliest."""
FOREIGN = 0.15
"""See `Judgement`: of messages to a bank 1 in 200 is less like its ten examples an intent; of others
most are."""
STEPS = 1 << 11
"""Weights are kept in so many steps up and as many down: with a message's values they stay within 32 bits."""


class Lexical:
    """Weights and middles of the intents, by n-gram.

    A row of the table belongs to an n-gram: for each intent a weight, then for each intent a component of the
    mean of its examples, in 16 bits each. It is read as one int (see `lanes`), the odd and the even ones by
    turns, so that every product has 32 bits to grow into.
    """

    def __init__(self, tfidf: TfIdf, table: bytes, steepness: float, classes: int) -> None:
        """`steepness` is what a weight of `STEPS` counts; `table` as `train` makes it."""
        self._tfidf, self._table, self._steepness, self._classes = tfidf, table, steepness, classes
        self._width = 4 * classes
        self._mask = int.from_bytes(b"\xff\xff\x00\x00" * classes, "little")
        self._format = struct.Struct(f"<{classes}I")

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        labels: Sequence[int],
        importance: Sequence[float],
        classes: int,
        alone: bool = True,
        progress: Callable[[float], None] = lambda share: None,
    ) -> "Lexical":
        """From texts with the number of their intent, and how much each counts.

        `alone`: without embeddings beside it.
        """
        many = len(texts) >= MANY
        pairs = many and alone
        tfidf = TfIdf.of(texts, pairs)
        vectors = [tfidf.vector(text)[0] for text in texts]
        loss, strength = (descent.HINGE, STRENGTH_OF_MANY) if many else (descent.SOFTMAX, STRENGTH)
        if pairs:
            loss = loss._replace(passes=PASSES_WITH_PAIRS)
        weights = descent.train(vectors, labels, importance, classes, strength, loss, progress)
        steepness = max((abs(weight) for row in weights for weight in row), default=0.0) or 1.0
        alike = [[(number, value) for number, value in vector if number < tfidf.alike] for vector in vectors]
        middles = _middles(alike, labels, classes, len(weights))
        table = b"".join(
            struct.pack(
                f"<{2 * classes}H",
                *[STEPS + round(weight / steepness * (STEPS - 1)) for weight in row],
                *[STEPS + round(part * (STEPS - 1)) for part in middle],
            )
            for row, middle in zip(weights, middles, strict=True)
        )
        return cls(tfidf, table, steepness * (SHARPNESS if many else 1.0), classes)

    def judge(self, text: str) -> Judgement | None:
        """None where the text shares no n-gram with any example."""
        vector, known = self._tfidf.vector(text)
        if not vector:
            return None
        even = odd = 0
        for number, value in vector:
            row = int.from_bytes(self._table[number * self._width : (number + 1) * self._width], "little")
            even += (row & self._mask) * value
            odd += (row >> 16 & self._mask) * value
        offset = STEPS * sum([value for _, value in vector])
        sums = [0] * (2 * self._classes)
        sums[::2] = self._format.unpack(even.to_bytes(self._width, "little"))
        sums[1::2] = self._format.unpack(odd.to_bytes(self._width, "little"))
        unit = self._steepness / (STEPS - 1) / ONE
        totals = [(total - offset) * unit for total in sums[: self._classes]]
        nearest = (max(sums[self._classes :]) - offset) / (STEPS - 1) / (ONE * ALIKE_LENGTH)
        return Judgement(log_shares(totals), known * min(1.0, max(0.0, nearest)), FOREIGN)

    def dump(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        """What `load` takes."""
        tfidf = self._tfidf
        header = {"kinds": tfidf.kinds, "texts": tfidf.texts, "steepness": self._steepness}
        rarity = struct.pack(f"<{len(tfidf.rarity)}d", *tfidf.rarity)
        return header, {"table": self._table, "rarity": rarity}

    @classmethod
    def load(cls, header: Mapping[str, Any], parts: Mapping[str, bytes], classes: int) -> "Lexical":
        """What was dumped."""
        rarity = struct.unpack(f"<{len(parts['rarity']) // 8}d", parts["rarity"])
        tfidf = TfIdf(header["kinds"], rarity, header["texts"])
        return cls(tfidf, parts["table"], header["steepness"], classes)


def _middles(
    vectors: Sequence[Vector], labels: Sequence[int], classes: int, size: int
) -> Sequence[Sequence[float]]:
    """The mean of each intent's vectors at length 1, by n-gram and intent."""
    sums = [[0.0] * classes for _ in range(size)]
    for vector, label in zip(vectors, labels, strict=True):
        for number, value in vector:
            sums[number][label] += value
    squares = [0.0] * classes
    for row in sums:
        squares = [square + part * part for square, part in zip(squares, row, strict=True)]
    lengths = [math.sqrt(square) or 1.0 for square in squares]
    return [[part / length for part, length in zip(row, lengths, strict=True)] for row in sums]
