"""PDF: the lines of each page with their size, by pypdf, within bounds of time and memory.

Python cannot stop a thread, so time is looked at between two operators of a page and between two pages; what
pypdf does within one of them is bounded by its own limits. Pictures are not looked at: a scanned page has no
text, unless a program that recognises text has put it there.
"""

import io
import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from punai.knowledge.columns import LEVEL, Line, Piece
from punai.knowledge.outline import Outline, Unreadable
from punai.knowledge.pages import read_pages

if TYPE_CHECKING:
    from pypdf import PageObject

MOST_PAGES = 2000
SMALLEST = 2.0
"""Points; smaller type is not there for people to read."""
LARGEST_STREAM = 20_000_000
"""Bytes of one inflated part; text of a page has a hundredth of it."""
MOST_OPERANDS = 500_000
"""Of one page; about 3 s."""
_LIMITS = {
    "maximum_declared_stream_length": LARGEST_STREAM,
    "array_based_stream_maximum_output_length": LARGEST_STREAM,
    "lzw_maximum_output_length": LARGEST_STREAM,
    "run_length_maximum_output_length": LARGEST_STREAM,
    "zlib_maximum_output_length": LARGEST_STREAM,
    "brotli_maximum_output_length": LARGEST_STREAM,
    "stream_decoding_work_maximum_length": 3 * LARGEST_STREAM,
    "stream_parsing_work_maximum_count": MOST_OPERANDS,
    "page_tree_maximum_entries": 4 * MOST_PAGES,
    "page_tree_maximum_page_entries": 20 * MOST_PAGES,
    "xform_maximum_invocations_per_extraction": 500,
    "jbig2dec_binary": None,  # no program is started for a picture
}


class _Drawn(NamedTuple):
    """Text that was drawn at once: where it begins and at which height, its size, and whether it is bold."""

    text: str
    left: float
    height: float
    size: float
    bold: bool


def read_pdf(content: bytes, outline: Outline) -> None:
    """Read the text of a PDF, page by page.

    Raises:
        Unreadable: it is protected, scanned, broken, too long or takes too long.
    """
    from pypdf import apply_configuration
    from pypdf.errors import DependencyError

    # What it says of a broken file may quote the file, and its reader is told of it in one line.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)
    with apply_configuration(None, **_LIMITS):
        try:
            pages = list(_pages(content, outline))
        except Unreadable:
            raise
        except DependencyError as error:  # AES, with or without a password, needs a package that is not there
            raise Unreadable("it is protected: save it without protection") from error
        except Exception as error:  # pypdf raises whatever a broken file makes its parts raise
            raise Unreadable("it is broken, or no PDF: print it to a new PDF") from error
    if not any(pages):
        raise Unreadable("it holds no text: it was scanned; run it through text recognition (OCR) first")
    read_pages(pages, outline)


def _pages(content: bytes, outline: Outline) -> Iterator[Sequence[Line]]:
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise Unreadable("it is protected by a password: save it without one")
    if len(reader.pages) > MOST_PAGES:
        raise Unreadable(f"it has {len(reader.pages):,} pages; at most {MOST_PAGES:,} are read: split it")
    for page in reader.pages:
        yield _lines(page, outline)


def _lines(page: "PageObject", outline: Outline) -> Sequence[Line]:
    """The lines of a page in the order in which it draws them, which is most often the order of reading."""
    pieces: list[_Drawn] = []

    def watch_the_time(*_: Any) -> None:
        outline.watch_the_time()

    def collect(text: str, cm: Sequence[float], tm: Sequence[float], font: Any, size: float) -> None:
        along, up = (tm[0] * cm[at] + tm[1] * cm[2 + at] for at in (0, 1))
        # Lines that run up the page are side by side, and yet they are no cells of a row.
        left = tm[4] * cm[0] + tm[5] * cm[2] + cm[4] if abs(along) > abs(up) else 0.0
        height = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        points = abs(size) * math.hypot(tm[2], tm[3]) * math.hypot(cm[2], cm[3])
        name = str(font.get("/BaseFont", "")).lower() if font else ""
        bold = any(word in name for word in ("bold", "black", "heavy", "cmbx"))
        if points >= SMALLEST or not text.strip():
            pieces.append(_Drawn(text, left, height, points, bold))

    watch_the_time()
    page.extract_text(visitor_operand_before=watch_the_time, visitor_text=collect)
    return _side_by_side(_joined(pieces))


def _side_by_side(lines: Iterable[Line]) -> Sequence[Line]:
    """The lines, where one is drawn to the right of the one before, at its height, joined to it."""
    found: list[Line] = []
    for line in lines:
        if found and _is_beside(line, found[-1]):
            found[-1] = _beside(found[-1], line)
        else:
            found.append(line)
    return found


def _beside(before: Line, line: Line) -> Line:
    first, *others = line.pieces
    return before._replace(
        text=f"{before.text} {line.text}",
        size=max(before, line, key=lambda each: len(each.text)).size,
        bold=before.bold and line.bold,
        pieces=(*before.pieces, Piece(f" {first.text}", first.left), *others),
    )


def _is_beside(line: Line, before: Line) -> bool:
    level = abs(line.height - before.height) <= LEVEL * max(line.size, before.size)
    return level and line.pieces[0].left > before.pieces[-1].left


def _joined(drawn: Sequence[_Drawn]) -> Iterator[Line]:
    text, pieces = "", list[Piece]()
    heights, sizes, plain = list[float](), list[float](), False
    for piece in [*drawn, _Drawn("\n", 0.0, 0.0, 0.0, False)]:
        for number, part in enumerate(piece.text.split("\n")):
            if number and text.strip():
                yield Line(text, max(sizes), heights[0], not plain, tuple(pieces))
            if number:
                text, pieces, heights, sizes, plain = "", [], [], [], False
            text += part
            if part.strip():
                pieces.append(Piece(part, piece.left))
                heights.append(piece.height)
                sizes.append(round(piece.size, 1))
                plain |= not piece.bold
            elif part and pieces:
                pieces[-1] = pieces[-1]._replace(text=pieces[-1].text + part)
