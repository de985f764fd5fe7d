"""The reliability plot as a PNG: how much of what was said with some confidence was right.

Drawn here: one chart of bars is not worth a plotting library in every installation.
"""

import struct
import zlib
from collections.abc import Sequence

from punai.evaluation import Bin

SIZE, LEFT, TOP, SIDE = 560, 80, 50, 430
"""Pixels: of the picture, and of the square in it where both axes go from 0 to 1."""
BAR = 0.06
"""The width of a bar, in confidence."""
PAGE, INK, GRID, BLUE, ORANGE = map(bytes.fromhex, ("ffffff", "1f2328", "d8dee4", "0969da", "bc4c00"))
DOT = 3
"""Pixels a side of the dots that letters are made of."""
LETTERS = {
    "0": "75557",
    "1": "26227",
    "2": "71747",
    "3": "71317",
    "4": "55711",
    "5": "74717",
    "6": "74757",
    "7": "71122",
    "8": "75757",
    "9": "75717",
    ".": "00002",
    "C": "74447",
    "D": "65556",
    "E": "74647",
    "F": "74644",
    "G": "74557",
    "H": "55755",
    "I": "72227",
    "N": "65555",
    "O": "75557",
    "R": "65655",
    "T": "72222",
}
"""Letters of three by five dots: a digit for each row, its three bits the dots."""


def draw(bins: Sequence[Bin]) -> bytes:
    """A bar for each bin: where its confidence is, as high as the share right, with its messages above.

    On the line from corner to corner confidence says what it means; the marks are what it should have been.
    """
    canvas = _Canvas()
    for quarter in (0, 0.25, 0.5, 0.75, 1):
        x, y = _place(quarter, quarter)
        canvas.fill(x, TOP, 1, SIDE, GRID)
        canvas.fill(LEFT, y, SIDE, 1, GRID)
        canvas.write(x, TOP + SIDE + 10, f"{quarter:g}")
        canvas.write(LEFT - 30, y - 7, f"{quarter:g}")
    for step in range(SIDE):
        canvas.fill(LEFT + step, TOP + SIDE - step, 2, 2, ORANGE)
    width = round(BAR * SIDE)
    for each in bins:
        x, top = _place(each.confidence, each.right)
        canvas.fill(x - width // 2, top, width, TOP + SIDE - top, BLUE)
        canvas.fill(x - width // 2, _place(0, each.confidence)[1], width, 3, ORANGE)
        canvas.write(x, top - 20, str(each.size))
    canvas.write(LEFT + SIDE // 2, TOP + SIDE + 38, "CONFIDENCE")
    canvas.write(LEFT - 30, 15, "RIGHT")
    return canvas.png()


class _Canvas:
    def __init__(self) -> None:
        self._rows = [bytearray(PAGE * SIZE) for _ in range(SIZE)]

    def fill(self, x: int, y: int, width: int, height: int, color: bytes) -> None:
        """A rectangle, as far as it is on the canvas."""
        left, right = max(0, x), min(SIZE, x + width)
        for row in self._rows[max(0, y) : max(0, y + height)]:
            row[3 * left : 3 * right] = color * (right - left)

    def write(self, x: int, y: int, text: str) -> None:
        """Letters with their middle at x, and their top at y."""
        left = x - 2 * DOT * len(text) + DOT // 2
        for number, letter in enumerate(text):
            for down, row in enumerate(LETTERS[letter]):
                for across in range(3):
                    if int(row) & 4 >> across:
                        place = left + DOT * (4 * number + across), y + DOT * down
                        self.fill(*place, DOT, DOT, INK)

    def png(self) -> bytes:
        """Eight bits a color, rows unfiltered (ISO/IEC 15948)."""
        header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self._rows), 9)
        chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )


def _place(confidence: float, right: float) -> tuple[int, int]:
    return LEFT + round(confidence * SIDE), TOP + SIDE - round(right * SIDE)
