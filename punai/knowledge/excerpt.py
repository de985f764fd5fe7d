"""What of a passage answers a question, where the whole of it is too long to be quoted."""

import re
from functools import cache

from punai.knowledge.words import Words

SAME = 4
"""Letters by which two words are the same here, in whatever language they are."""
WRAPPED = 60
"""Characters from which on a line that ends within a sentence may go on in the next one."""
_ITEM = re.compile(r"\s*(?:[-*+\u2022|]|\d+[.)])\s")
_LINE = re.compile(r"[^\n]*\n*")
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
    blocks: list[tuple[int, int]] = []
    for match in _LINE.finditer(text):
        start, end = match.span()
        if blocks and _goes_on(text[slice(*blocks[-1])], match.group()):
            blocks[-1] = (blocks[-1][0], end)
        elif match.group().strip():
            blocks.append((start, end))
    pieces = []
    for start, end in blocks:
        ends = [found.end() for found in _END.finditer(text, start, end)]
        for stop in dict.fromkeys((*ends, end)):
            pieces.append((start, stop))
            start = stop
    return pieces


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
