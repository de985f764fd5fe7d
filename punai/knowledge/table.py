"""A table while it is read, cell by cell: cells that span rows and columns say their text in each of them."""

from collections.abc import Sequence

MOST_SPANNED = 100
"""Rows or columns that one cell may span."""


class Table:
    """Rows of cells. One that turns out to lay out a page holds nothing any more, and takes nothing."""

    def __init__(self) -> None:
        """Begin an empty table."""
        self._rows: list[list[str]] = []
        self._row: list[str] = []
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._from_above: dict[int, tuple[str, int]] = {}  # by column, for how many more rows
        self._named = True  # whether all cells of this row are headers
        self._headed: bool | None = None
        self._is_layout = False

    @property
    def headed(self) -> bool:
        """Whether the first row names the columns, as far as the cells say so."""
        return bool(self._headed)

    def open_cell(self, is_header: bool, columns: str | None = None, rows: str | None = None) -> None:
        """Begin a cell; the spans are as HTML has them, and 1 where they are no numbers."""
        self._end_cell()
        self._cell, self._spans = [], (_span(columns), _span(rows))
        self._named &= is_header

    def add(self, text: str) -> bool:
        """Add text to the open cell; False where there is none to take it."""
        if self._cell is None or self._is_layout:
            return False
        self._cell.append(text)
        return True

    def end_row(self) -> None:
        """End the row, if one was begun."""
        self._end_cell()
        self._fill_from_above()
        if any(self._row):
            self._headed = self._named if self._headed is None else self._headed
            self._rows.append(self._row)
        self._row, self._named = [], True

    def rows(self) -> Sequence[Sequence[str]]:
        """All rows that have text."""
        self.end_row()
        return self._rows

    def dissolve(self) -> list[str]:
        """Give away the texts so far, and be a layout from now on."""
        texts = [] if self._is_layout else [cell for row in self.rows() for cell in row if cell]
        self._rows, self._from_above, self._cell, self._is_layout = [], {}, None, True
        return texts

    def _end_cell(self) -> None:
        if self._cell is None or self._is_layout:
            return
        text, self._cell = " ".join(self._cell), None
        columns, rows = self._spans
        self._fill_from_above()
        for _ in range(columns):
            if rows > 1:
                self._from_above[len(self._row)] = text, rows - 1
            self._row.append(text)

    def _fill_from_above(self) -> None:
        """Repeat what spans down from earlier rows into the next columns."""
        while (column := len(self._row)) in self._from_above:
            text, rows = self._from_above.pop(column)
            if rows > 1:
                self._from_above[column] = text, rows - 1
            self._row.append(text)


def _span(number: str | None) -> int:
    digits = (number or "").strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 5
    return min(max(int(digits), 1), MOST_SPANNED) if is_number else 1
