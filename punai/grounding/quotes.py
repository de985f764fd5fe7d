"""The words of a passage that a model's quote means, whatever it did to their case, spaces and signs."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from punai.models import Passage

FEWEST_WORDS = 3
"""Of a quote, unless it is the whole passage: fewer are found in any text."""


def find_quote(quote: str, passage: Passage) -> str | None:
    """The passage's own words that a model's quote means, as they stand there.

    Case, spaces, signs, Markdown and how a character is put together make no difference. An ellipsis leaves
    words out between parts that follow each other. None where they are not there, are too few to be told from
    chance, or hold nothing but headings.
    """
    whole = whole_text(passage)
    words = _words_of(whole)
    text = [word.folded for word in words if word.start >= len(whole) - len(passage.text)]
    parts = [[word.folded for word in _words(part)] for part in re.split(r"\[?\.{3,}\]?|\[?\u2026\]?", quote)]
    parts = [part for part in parts if part]
    alone = len(parts) == 1 and parts[0] == text
    if not parts or not (alone or (_many(parts) and all(len(part) > 1 for part in parts))):
        return None
    folded, start, spans = [word.folded for word in words], 0, []
    for part in parts:
        at = _place(part, folded, start)
        if at is None:
            return None
        start = at + len(part)
        spans.append((words[at].start, words[start - 1].end))
    if start <= len(words) - len(text):  # nothing but the title
        return None
    return " \u2026 ".join(_with_signs(whole, *span) for span in spans)


class _Word(NamedTuple):
    folded: str
    start: int
    end: int


@lru_cache(maxsize=100)
def _words_of(whole: str) -> tuple[_Word, ...]:
    """A passage's words: most answers cite the same few."""
    return tuple(_words(whole))


_UNIT = re.compile(r"(?:[A-Za-z0-9]+|[^\w\s\x80-\U0010ffff]+|\s+)(?![\x80-\U0010ffff])|[\s\S]", re.ASCII)
"""A run of ASCII that is read as one; a single character where an accent may follow."""


def _words(text: str) -> Iterator[_Word]:
    """The words of a text, folded, each with its place; where a script knows no spaces, each sign is one."""
    folded, start, end = "", 0, 0
    for at, unit in _units(text):
        signs = _signs(unit)
        if signs and not _stands_alone(signs[0]):
            folded, start, end = folded + signs, start if folded else at, at + len(unit)
            continue
        if unicodedata.category(unit[0]) == "Cf":  # such as a soft hyphen: part of the word, and not seen
            continue
        if folded:
            yield _Word(folded, start, end)
        folded = ""
        if signs:
            yield _Word(signs, at, at + len(unit))
    if folded:
        yield _Word(folded, start, end)


def _signs(unit: str) -> str:
    """What of it is compared."""
    if unit.isascii():
        return unit.lower() if unit.isalnum() else ""
    return "".join(char for char in unicodedata.normalize("NFKC", unit).casefold() if char.isalnum())


def _units(text: str) -> Iterator[tuple[int, str]]:
    """Each character with the accents that follow it, so that both ways to write one fold to the same; what
    is ASCII in longer runs."""
    at, unit = 0, ""
    for match in _UNIT.finditer(text):
        if unit and not unicodedata.combining(match[0][0]):
            yield at, unit
            at, unit = match.start(), ""
        unit += match[0]
    if unit:
        yield at, unit


def _stands_alone(char: str) -> bool:
    return "\u0e00" <= char <= "\u0eff" or "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff"


def _many(parts: Sequence[Sequence[str]]) -> bool:
    return sum(map(len, parts)) >= FEWEST_WORDS


def _place(part: Sequence[str], words: Sequence[str], start: int) -> int | None:
    places = range(start, len(words) - len(part) + 1)
    return next((at for at in places if words[at : at + len(part)] == part), None)


def _with_signs(text: str, start: int, end: int) -> str:
    """The span with the signs that touch it: a currency before, a full stop after."""
    while start and not (text[start - 1].isalnum() or text[start - 1].isspace()):
        start -= 1
    while end < len(text) and not (text[end].isalnum() or text[end].isspace()):
        end += 1
    return text[start:end]


def whole_text(passage: Passage) -> str:
    """A passage with the headings that it stands under."""
    return "\n".join((*passage.path, passage.title, passage.text))
