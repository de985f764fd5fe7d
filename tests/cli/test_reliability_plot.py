"""The reliability plot: read back pixel by pixel."""

import struct
import zlib

from punai.cli.reliability_plot import BLUE, LEFT, PAGE, SIDE, SIZE, TOP, draw
from punai.evaluation import Bin


def pixels(png: bytes) -> list[bytes]:
    """The rows of a PNG with one unfiltered image in it, every checksum checked."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, chunks = 8, {}
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        data = png[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert checksum == zlib.crc32(kind + data)
        chunks[kind] = data
        place += 12 + length
    assert struct.unpack(">IIBB", chunks[b"IHDR"][:10]) == (SIZE, SIZE, 8, 2)
    raw, width = zlib.decompress(chunks[b"IDAT"]), 1 + 3 * SIZE
    assert len(raw) == width * SIZE
    return [raw[start + 1 : start + width] for start in range(0, len(raw), width)]


def test_a_bar_is_as_high_as_the_share_right() -> None:
    rows = pixels(draw([Bin(12, 0.9, 0.5)]))
    x = LEFT + round(0.9 * SIDE) - 5
    colors = [row[3 * x : 3 * x + 3] for row in rows]
    assert SIDE // 2 - 1 <= colors.count(BLUE) <= SIDE // 2
    assert colors[TOP + SIDE - 2] == BLUE


def test_without_messages_there_are_the_axes_alone() -> None:
    rows = pixels(draw([]))
    assert not any(row[3 * x : 3 * x + 3] == BLUE for row in rows for x in range(SIZE))
    assert rows[0] == PAGE * SIZE


def test_what_does_not_fit_is_cut_off() -> None:
    assert len(pixels(draw([Bin(10**9, 1.0, 1.0), Bin(1, 0.0, 0.0)]))) == SIZE
