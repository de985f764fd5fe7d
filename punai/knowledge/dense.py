"""Passages found by their meaning: the cosine between a question's vector and theirs.

With numpy where it is installed; without it, as in the Lambda zip, in plain Python, which is quick enough for
a few thousand passages.
"""

import heapq
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import mul
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from punai.knowledge.scale import MINILM, unit, usual
from punai.models import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = Sequence[Sequence[float]] | NDArray[np.float32]

WINDOW = 1000
"""Characters of a text in one vector: about what all-MiniLM-L6-v2 reads of it."""
SHARPNESS = 8
"""How near the mean of a title's cosine and its text's is to the greater: the exponent of a power mean."""
TITLE, TEXT = 0, 1
BATCH = 256
"""Passages whose vectors are asked for at once."""
_NUMBER = array("f").itemsize
_BREAK = re.compile(r"\n|(?<=[.!?;:\u3002\uff01\uff1f])\s|\s")


class Embedder(Protocol):
    """Gives texts their vectors."""

    @property
    def name(self) -> str:
        """Another one where the vectors would be others."""

    def __call__(self, texts: Sequence[str]) -> "Vectors":
        """One row of length 1 for each text, all equally wide; a numpy array or lists of numbers."""


class Row(NamedTuple):
    """What one vector stands for: a passage's title, or a window of its text."""

    passage: int
    kind: int


class Cosines(NamedTuple):
    """How near a passage's title and its text are to a question; where one is missing, it is as the other."""

    title: float
    text: float

    @property
    def joined(self) -> float:
        """A soft maximum: where titles are questions they tell more, else the text does."""
        return float(((self.title**SHARPNESS + self.text**SHARPNESS) / 2) ** (1 / SHARPNESS))


class Dense:
    """The vectors of an index."""

    def __init__(self, vectors: Path, rows: Path, width: int, apart: float = MINILM) -> None:
        """Nothing is read before it is needed: an index may be opened and never be asked."""
        self._vectors, self._rows, self.width, self._apart = vectors, rows, width, apart

    def check(self, vectors: "Vectors") -> None:
        """Nothing, where these can be compared with the index's.

        Raises:
            ValueError: one is of another width.
        """
        for vector in vectors:
            if len(vector) != self.width:
                raise ValueError(f"a vector of {len(vector)} numbers, where {self.width} are kept")

    def nearest(self, vector: Sequence[float], limit: int, also: Iterable[int] = ()) -> dict[int, Cosines]:
        """The passages nearest in meaning, and those `also` asked for."""
        plain = isinstance(self._matrix, list)
        titles, texts, nearest = (self._compared if plain else self._compared_by_numpy)(vector, limit)
        return {
            number: Cosines(
                usual(float(titles[number] or texts[number]), self._apart),
                usual(float(texts[number] or titles[number]), self._apart),
            )
            for number in {*nearest, *also}
            if number < self._count
        }

    def rows(self) -> Iterator[tuple[Row, bytes]]:
        """Every row with its numbers as they are kept."""
        size = self.width * _NUMBER
        content = self._vectors.read_bytes()
        for number, row in enumerate(self._owners):
            yield row, content[number * size : (number + 1) * size]

    def _compared(self, vector: Sequence[float], limit: int) -> tuple[Any, Any, Iterable[int]]:
        """For each passage the product of its title, and the greatest of its text's windows, 0 for none; the
        numbers of the passages that have the greatest of either."""
        asked = array("f", vector).tolist()
        best = [[0.0] * self._count, [0.0] * self._count]
        for (passage, kind), row in zip(self._owners, self._matrix, strict=True):
            product = sum(map(mul, row, asked))
            if product > best[kind][passage]:
                best[kind][passage] = product
        either = list(map(max, *best))
        return best[0], best[1], heapq.nlargest(limit, range(len(either)), key=either.__getitem__)

    def _compared_by_numpy(self, vector: Sequence[float], limit: int) -> tuple[Any, Any, Iterable[int]]:
        """The same by numpy."""
        import numpy as np

        starts, owners = self._groups
        best = np.zeros((2, self._count), np.float32)
        products = self._matrix @ np.asarray(vector, np.float32)
        # fmax, since a product that is no number is passed over, as it is in plain Python.
        best[owners & 1, owners >> 1] = np.fmax(np.fmax.reduceat(products, starts), 0)
        either = best.max(axis=0)
        # Not all of them in order: the greatest, and whatever is as great as the last of these.
        least = np.partition(either, -limit)[-limit] if limit < len(either) else -1
        great = np.flatnonzero(either >= least)
        return best[0], best[1], great[np.argsort(-either[great], kind="stable")][:limit].tolist()

    @cached_property
    def _groups(self) -> Any:
        """Where the rows of a passage's title begin, and those of its text, and which they are."""
        import numpy as np

        numbers = np.fromfile(self._rows, np.uint32)
        starts = np.flatnonzero(np.diff(numbers, prepend=np.iinfo(np.uint32).max))
        return starts, numbers[starts]

    @cached_property
    def _owners(self) -> list[Row]:
        return [Row(number >> 1, number & 1) for number in array("I", self._rows.read_bytes())]

    @cached_property
    def _count(self) -> int:
        return max((row.passage for row in self._owners), default=-1) + 1

    @cached_property
    def _matrix(self) -> Any:
        try:
            import numpy as np
        except ImportError:
            numbers = array("f", self._vectors.read_bytes())
            return [numbers[start : start + self.width] for start in range(0, len(numbers), self.width)]
        return np.fromfile(self._vectors, np.float32).reshape(-1, self.width)


def write(
    vectors: Path,
    rows: Path,
    passages: Sequence[Passage],
    embedder: Embedder,
    known: Mapping[str, bytes],
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the vectors of these passages, taking those of texts that are `known`; returns their width.

    Raises:
        OSError: a file cannot be written.
        ValueError: the vectors are not all equally wide.
    """
    owners, widths = array("I"), set()
    made: dict[str, bytes] = dict(known)
    with vectors.open("wb") as file:
        for start in range(0, len(passages), BATCH):
            batch = passages[start : start + BATCH]
            texts = [(n, *one) for n, passage in enumerate(batch, start) for one in texts_of(passage)]
            missing = list(dict.fromkeys(text for *_, text in texts if text not in made))
            if missing:
                made.update(zip(missing, map(packed, embedder(missing)), strict=True))
            for number, kind, text in texts:
                owners.append(number << 1 | kind)
                widths.add(file.write(made[text]) // _NUMBER)
            if progress:
                progress(start + len(batch))
    rows.write_bytes(owners.tobytes())
    if len(widths) > 1:
        raise ValueError(f"{embedder.name} gave vectors of {sorted(widths)} numbers")
    return widths.pop() if widths else 0


def texts_of(passage: Passage) -> Iterator[tuple[int, str]]:
    """What of a passage gets a vector: its titles, and windows of its text."""
    title = " - ".join(part for part in (*passage.path, passage.title) if part)
    if title:
        yield TITLE, title
    for window in windows(passage.text):
        yield TEXT, window


def windows(text: str) -> list[str]:
    """A text in pieces of `WINDOW` characters at most, cut between sentences where it can be."""
    pieces: list[str] = []
    while len(text) > WINDOW:
        breaks = [match.end() for match in _BREAK.finditer(text, WINDOW // 2, WINDOW)]
        end = breaks[-1] if breaks else WINDOW
        pieces.append(text[:end].strip())
        text = text[end:]
    return [piece for piece in (*pieces, text.strip()) if piece]


def packed(vector: Sequence[float]) -> bytes:
    """A vector of length 1, as four bytes a number."""
    return array("f", unit(array("f", vector))).tobytes()


def mixed(asked: Sequence[float], hint: Sequence[float]) -> Sequence[float]:
    """A question's vector with that of what it is likely about at half weight, of length 1."""
    return unit([one + other / 2 for one, other in zip(asked, hint, strict=True)])
