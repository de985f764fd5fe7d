"""What commands print: JSON, aligned columns, progress. Results go to stdout, everything else to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

T = TypeVar("T")


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print one JSON document, readable in every language where stdout takes UTF-8."""
    utf_8 = sys.stdout.encoding.lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not utf_8, indent=indent))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print the rows as aligned columns, two spaces apart; numbers end flush."""
    clean = [[printable(" ".join(cell.split())) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)]
    for row in clean:
        cells = [
            cell.rjust(width) if cell.replace(".", "", 1).isdigit() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        print("  ".join(cells).rstrip())


def printable(text: str) -> str:
    """The text without what could steer a terminal: some of it was written by strangers."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def progress(items: Iterable[T], label: str) -> "ProgressBar[T]":
    """The items, with a bar on stderr while they are gone through; no bar where nobody would see it move."""
    return click.progressbar(
        items, label=label, file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True
    )
