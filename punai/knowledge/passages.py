"""The passages of an index in one file, of which each is read when it is asked for."""

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from punai.models import Passage


class Passages(Sequence[Passage]):
    """What an index holds, in the order it was given; each is read when it is asked for."""

    def __init__(self, content: bytes, offsets: Sequence[int]) -> None:
        """`offsets`: where each begins, and where the last one ends."""
        self._content, self._offsets = content, offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, number: int) -> Passage: ...
    @overload
    def __getitem__(self, number: slice) -> list[Passage]: ...
    def __getitem__(self, number: int | slice) -> Passage | list[Passage]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        number = range(len(self))[number]
        return Passage.model_validate_json(self._content[self._offsets[number] : self._offsets[number + 1]])

    @classmethod
    def open(cls, content: Path, offsets: Path) -> "Passages":
        """What `write` wrote.

        Raises:
            OSError: it is not there.
            ValueError: it is not whole.
        """
        return cls(content.read_bytes(), array("Q", offsets.read_bytes()))


def write(content: Path, offsets: Path, passages: Sequence[Passage]) -> None:
    """Write the passages, and where each begins.

    Raises:
        OSError: a file cannot be written.
    """
    lines = [passage.model_dump_json().encode() + b"\n" for passage in passages]
    places = array("Q", [0])
    for line in lines:
        places.append(places[-1] + len(line))
    content.write_bytes(b"".join(lines))
    offsets.write_bytes(places.tobytes())
