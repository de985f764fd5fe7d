"""What of a passage answers a question, where the whole of it is too long to be quoted."""

import re
from collections.abc import Iterator
from functools import cache

from punai.knowledge.words import Words

SAME = 4
"""Letters by which two words are the same here, in whatever language they are."""
WRAPPED = 60
"""Characters from which on a line that ends within a sentence may go on in the next one."""
_ITEM = re.compile(r"\s*(?:[-*+\u2022|]|\d+[.)])\s")
_LINE = re.compile(r"[^\n]*\n*")
_BLOCK = re.compile(r"(?:[^\n]+\n?)+\n*")
_VALUES = re.compile(r"([^\n:]{1,80}): \S[^\n]*(?:\n[^\n:]{1,80}: \S[^\n]*)+\n*")
"""A row of a table as documents are read: a line for each column."""
# Not before a small letter: "e.g. this".
_END = re.compile(r"[.!?]+[\"'\u201d\u2019)\]*]*(?=\s)(?!\s+[a-z])\s*|[\u3002\uff01\uff1f]+\s*")


def excerpt(passage_text: str, question: str, length: int) -> str:
    """What of a passage answers: whole sentences, list items and rows, as they stand beside each other.

    They are those that have most of the question's words, with what follows them as far as it has room, and
    what leads to a list or a table before its items.

    Args:
        passage_text: the passage.
        question: what was asked.
        length: characters at most, unless the one best sentence is longer.
    """
    text = passage_text.strip()
    if len(text) <= length:
        return text
    spans = _pieces(text)
    asked = _starts(question)
    shared = [asked & _starts(text[start:end]) for start, end in spans]
    first, last = _best(spans, shared, length)
    while True:
        before = [(first - 1, last)] if first and _ITEM.match(text, spans[first][0]) else []
        wider = [*before, (first, last + 1), (first - 1, last)]
        fits = [
            (one, other)
            for one, other in wider
            if one >= 0
            and other < len(spans)
            and len(text[spans[one][0] : spans[other][1]].strip()) <= length
        ]
        if not fits:
            return text[spans[first][0] : spans[last][1]].strip()
        first, last = fits[0]


def _pieces(text: str) -> list[tuple[int, int]]:
    """Where sentences, list items and rows begin and end; a sentence may go on in the next line."""
    pieces: list[tuple[int, int]] = []
    start = 0
    for row in _rows(text):
        pieces += [*_sentences(text, start, row[0]), row]
        start = row[1]
    return [*pieces, *_sentences(text, start, len(text))]


def _rows(text: str) -> Iterator[tuple[int, int]]:
    """Where the rows of tables begin and end: each says its columns' names, so one of them has a twin."""
    blocks = [match.span() for match in _BLOCK.finditer(text)]
    matches = [_VALUES.fullmatch(text, *block) for block in blocks]
    names = [None, *(match[1] if match else None for match in matches), None]
    for number, block in enumerate(blocks, start=1):
        if names[number] and names[number] in (names[number - 1], names[number + 1]):
            yield block


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    blocks: list[tuple[int, int]] = []
    for match in _LINE.finditer(text, start, end):
        if blocks and _goes_on(text[slice(*blocks[-1])], match.group()):
            blocks[-1] = (blocks[-1][0], match.end())
        elif match.group().strip():
            blocks.append(match.span())
    for begin, stop in blocks:
        ends = [found.end() for found in _END.finditer(text, begin, stop)]
        for each in dict.fromkeys((*ends, stop)):
            yield begin, each
            begin = each


def _goes_on(before: str, line: str) -> bool:
    """Whether a line is still of what was before it."""
    if before.endswith("\n\n") or _ITEM.match(line) or not line.strip():
        return False
    last = before.rstrip("\n").rpartition("\n")[2]
    return line[0].islower() or (len(last) >= WRAPPED and not _END.fullmatch(last[-1] + " "))


def _best(spans: list[tuple[int, int]], shared: list[frozenset[str]], length: int) -> tuple[int, int]:
    """The shortest run of pieces, not longer than `length`, with most of the words; the first of several."""
    best, most = (0, 0), (-1, 0)
    for first in range(len(spans)):
        words: frozenset[str] = frozenset()
        for last in range(first, len(spans)):
            size = spans[last][1] - spans[first][0]
            if last > first and size > length:
                break
            words |= shared[last]
            if (len(words), -size) > most:
                best, most = (first, last), (len(words), -size)
    return best


def _starts(text: str) -> frozenset[str]:
    return frozenset(word[:SAME] for word in _words().telling(text))


@cache
def _words() -> Words:
    return Words(())
