"""Tables on pages: lines whose parts stand below each other, in two columns or more.

A PDF draws text at places and has no tables. Where a part begins is known; where it ends is guessed from its
letters, since most type has about the widths of Helvetica.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from punai.knowledge.outline import ASKS
from punai.knowledge.plain import MARKED

APART = 0.7
"""How far from the part before it a cell begins, in the size of its type; a wide space has half of that."""
ALIGNED = 1.5
"""Points by which the left edges of a column's cells may differ."""
SHORTER = 0.9
"""How much of a cell's guessed width it has at least."""
BELOW = 8.0
"""How far below the end of a row the next one ends at most, in the size of its type."""
CLOSE = 1.4
"""The same of the lines of a cell."""
MOST_LINES = 30
"""Of a row."""
LEVEL, HIGHER = 0.2, 3.0
"""How much lower and higher than the first cell of a row the others begin at most, in the size of type."""
FEWEST_ROWS = 3
MOST = 250
"""Rows that are one table, and parts of a line: the time for them grows with the square of their number."""
MOST_BY_CHANCE = 3
"""Words of a few lines that stand below each other, though they are no columns."""
_MARK = re.compile(
    r"[^\w\s]{1,3}|(?:§ ?)?\d{1,3}(?:\.\d{1,3})*[.)]?|\(?(?:\d+|[A-Za-z]|[ivxlc]+|[IVXLC]+)[.)]"
)
_NARROW, _WIDE = frozenset("iljtfrI.,:;'!|()[]/- "), frozenset("mwMWQOGD@%\u20ac")


class Piece(NamedTuple):
    """A part of a line that was drawn at once, and where it begins: points from the left edge of the page.

    Where it has several lines, `longest` is the longest of them.
    """

    text: str
    left: float
    longest: str = ""


class Line(NamedTuple):
    """A line of text: its size in points, its height on the page, whether all of it is bold, its parts."""

    text: str
    size: float
    height: float
    bold: bool = False
    pieces: tuple[Piece, ...] = ()


class Table(NamedTuple):
    """The rows of a table, with a cell for each column, and whether the first one names these."""

    rows: Sequence[Sequence[str]]
    headed: bool


class _Cell(NamedTuple):
    text: str
    left: float
    right: float


_Row = list[_Cell]
_Span = tuple[float, float]


def stretches(page: Sequence[Line]) -> Iterator[Table | list[Line]]:
    """The tables of a page, and the lines between them, in their order."""
    between: list[Line] = []
    start = 0
    while start < len(page):
        rows, end = _rows(page, start)
        headed = page[start].bold and not page[end - 1].bold
        if rows and not _is_grid(rows, headed) and not _is_list(rows) and _are_apart(rows, page[start].size):
            if between:
                yield between
            between = []
            yield Table(_in_columns(rows), headed)
        else:
            between += page[start:end]
        start = end
    if between:
        yield between


def _rows(page: Sequence[Line], start: int) -> tuple[list[_Row], int]:
    """The rows of the table that begins with a line, and where it ends; no rows where none begins there."""
    rows: list[_Row] = []
    end, before = start, page[start - 1 : start]
    while end < len(page) and len(rows) < MOST and len(page[end].pieces) <= MOST:
        line, following = _row(page, end)
        gap = before[0].height - line.height if rows else 1.0
        if not 0 < gap <= BELOW * line.size or any(map(_turns_back, page[end:following])):
            break
        if line.bold and rows and not before[0].bold and not any(map(str.isdigit, line.text)):
            # These are the names of another table; the sums at the end of one may be bold too.
            break
        neighbours = (*before, *page[following : following + 1])
        higher = [
            after.pieces[0].left for one, after in pairwise(page[end:following]) if after.height > one.height
        ]
        cells = _cells(line, [*higher, *(edge for other in neighbours for edge in _aligned(line, other))])
        if len(rows) > 1 and not _in_columns([*rows, cells]):
            # Its gaps are too narrow to be sure of, but not where columns are known.
            cells = _cells(line, _edges(line, _columns(rows)))
        above = _above(cells[0], rows[-1]) if len(cells) == 1 and rows else 0
        kept, row = (rows[:-1], [*rows[-1]]) if above else (rows, cells)
        if above:
            row[above] = _under(row[above], cells[0])
        if len(row) == 1 or not _in_columns([*kept, row]):
            break
        rows = [*kept, row]
        end, before = following, [line]
    return (rows, end) if len(rows) >= FEWEST_ROWS else ([], start + 1)


def _turns_back(line: Line) -> bool:
    """Whether it goes on further left: lines so close that they were taken for one."""
    return any(piece.left > other.left + ALIGNED for piece, other in pairwise(line.pieces))


def _is_grid(rows: Sequence[_Row], headed: bool) -> bool:
    """Whether it may be words side by side, the first ones of which would be taken for the others' names."""
    texts = (cell.text for row in rows for cell in row)
    return not headed and max(map(len, rows)) > 2 and not any(map(str.isdigit, "".join(texts)))


def _is_list(rows: Sequence[_Row]) -> bool:
    """Whether there is nothing but a mark, or what a question begins with, before each text."""
    firsts = [row[0].text for row in rows]
    marks = all(_MARK.fullmatch(first) for first in firsts)
    return max(map(len, rows)) == 2 and (marks or any(ASKS.match(f"{first} x") for first in firsts))


def _are_apart(rows: Sequence[_Row], size: float) -> bool:
    """Whether most rows have a gap, or there are many columns: else they may be lines of a paragraph."""
    apart = [any(right.left - left.right > APART * size for left, right in pairwise(row)) for row in rows]
    return max(map(len, rows)) > MOST_BY_CHANCE or 2 * sum(apart) >= len(rows)


def _row(page: Sequence[Line], start: int) -> tuple[Line, int]:
    """The line, with the others of its row if cells have several lines, as low as the lowest; and their end.

    Such cells are drawn one after the other: the next one begins higher than the last one ends, and to the
    right of it.
    """
    end = start + 1
    for number in range(start + 1, min(start + MOST_LINES, len(page))):
        drawn, line = page[start:number], page[number]
        if line.height <= page[number - 1].height:
            continue
        higher = (line.height - page[start].height) / line.size
        level = -LEVEL <= higher <= HIGHER or (higher < 0 and _are_cells(drawn))
        if not level or line.pieces[0].left <= max(piece.left for each in drawn for piece in each.pieces):
            break
        end = number + 1
    lines = page[start:end]
    pieces: list[Piece] = []
    for piece in (piece for line in lines for piece in _spaced(line)):
        places = [n for n, known in enumerate(pieces) if abs(known.left - piece.left) <= ALIGNED]
        if places:
            known = pieces[places[0]]
            longest = max(known.longest or known.text, piece.text, key=len)
            pieces[places[0]] = Piece(f"{known.text} {piece.text}", known.left, longest)
        else:
            pieces.append(piece)
    return lines[0]._replace(height=min(line.height for line in lines), pieces=tuple(pieces)), end


def _spaced(line: Line) -> Iterator[Piece]:
    """The parts of a line that goes on below or beside another one."""
    for number, piece in enumerate(line.pieces):
        yield piece if number else piece._replace(text=f" {piece.text}")


def _are_cells(lines: Sequence[Line]) -> bool:
    """Whether the lines are of one size, and each is close below the one before or begins another cell."""
    return all(
        line.size == above.size
        and (
            line.height > above.height
            or (
                abs(line.pieces[0].left - above.pieces[0].left) <= ALIGNED
                and above.height - line.height <= CLOSE * line.size
            )
        )
        for above, line in pairwise(lines)
    )


def _aligned(line: Line, other: Line) -> Sequence[float]:
    """Where parts of both lines begin, if all of one's do: words of a paragraph may do so here and there."""
    lefts, others = ([piece.left for piece in each.pieces] for each in (line, other))
    both = [left for left in lefts if any(abs(left - each) <= ALIGNED for each in others)]
    return both if len(both) >= min(len(lefts), len(others)) else ()


def _edges(line: Line, columns: Sequence[_Span]) -> Sequence[float]:
    """Where the line's parts go on in another of these columns; nowhere if one is between two of them."""
    places = [_place(_cell(piece, line.size), columns) for piece in line.pieces]
    steps = pairwise(zip(places, line.pieces, strict=True))
    return () if -1 in places else [piece.left for (one, _), (other, piece) in steps if one < other]


def _cells(line: Line, edges: Sequence[float]) -> _Row:
    """The line in cells: one begins after a gap, and at these edges. An item of a list is one."""
    cells: _Row = []
    before = ""
    for piece in line.pieces:
        cell = _cell(piece, line.size)
        apart = bool(cells) and cell.left - cells[-1].right > APART * line.size
        if not cells or ((apart or cell.left in edges) and not _is_mark(cells[0].text, len(cells))):
            cells.append(cell)
        else:
            joint = " " if before[-1:].isspace() or piece.text[:1].isspace() else ""
            cells[-1] = _Cell(cells[-1].text + joint + cell.text, cells[-1].left, cell.right)
        before = piece.text
    return cells


def _cell(piece: Piece, size: float) -> _Cell:
    text = " ".join(piece.text.split())
    return _Cell(text, piece.left, piece.left + _width(piece.longest.strip() or text) * size)


def _is_mark(text: str, cells: int) -> bool:
    """Whether what follows is no other cell, however far away: it is the item that this marks.

    What is numbered may be a row all the same, in which the number and the next cell are one.
    """
    marked = MARKED.match(f"{text} x")
    if marked is None:
        return False
    return not any(map(str.isalnum, marked[0])) or (cells == 1 and " " not in text)


def _above(cell: _Cell, row: _Row) -> int:
    """The number of the row's cell that this one goes on below, or 0: below the first begins another row."""
    return next((n for n, other in enumerate(row) if n and abs(cell.left - other.left) <= ALIGNED), 0)


def _under(cell: _Cell, more: _Cell) -> _Cell:
    return _Cell(f"{cell.text} {more.text}", cell.left, max(cell.right, more.right))


def _in_columns(rows: Sequence[_Row]) -> Sequence[Sequence[str]]:
    """The rows' texts by column, as the fullest rows have them; nothing where other rows have others."""
    columns = _columns(rows)
    texts = []
    for row in rows:
        full = len(row) == len(columns)
        places = range(len(row)) if full else [_place(cell, columns) for cell in row]
        if -1 in places or any(one >= other for one, other in pairwise(places)):
            return []
        found = dict(zip(places, row, strict=True))
        texts.append([found[number].text if number in found else "" for number in range(len(columns))])
    return texts


def _columns(rows: Sequence[_Row]) -> Sequence[_Span]:
    """From where to where the cells of the fullest rows reach at least; nothing where they overlap."""
    count = max(map(len, rows))
    columns = [
        (min(cell.left for cell in cells), max(_least_right(cell) for cell in cells))
        for cells in zip(*[row for row in rows if len(row) == count], strict=True)
    ]
    return [] if any(right >= left for (_, right), (left, _) in pairwise(columns)) else columns


def _place(cell: _Cell, columns: Sequence[_Span]) -> int:
    """The number of the only column that the cell is in, or -1."""
    places = [
        n for n, (left, right) in enumerate(columns) if left <= _least_right(cell) and cell.left <= right
    ]
    return places[0] if len(places) == 1 else -1


def _least_right(cell: _Cell) -> float:
    return cell.left + SHORTER * (cell.right - cell.left)


def _width(text: str) -> float:
    """About how wide the text is, in the size of its type."""
    return sum(
        0.3 if letter in _NARROW else 0.85 if letter in _WIDE else 0.65 if letter.isupper() else 0.54
        for letter in text
    )
