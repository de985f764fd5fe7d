"""Lines on pages, as a PDF has them, into headings, lists and paragraphs: what their size and place tell."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from punai.knowledge.columns import Line, Piece, Table, stretches
from punai.knowledge.outline import LONGEST_HEADING, QUESTION, Outline
from punai.knowledge.plain import MARKED, NUMBERED, is_short, read_lines

LARGER = 1.12
"""How much larger than the text a line is that is a heading."""
WIDER = 1.35
"""How much farther from the line above it than others a line is that begins a paragraph."""
AT_EDGE = 2
"""Lines at the top and at the bottom of a page that may be the same on others."""
REPEATED = 3
"""Pages that have a line at their edge which is no text: on more than half of all, or counting them."""
MOST_LEVELS = 5
LONGEST_BOLD = 120
"""Characters of lines in bold that are a heading."""
# Word's bullets are letters of Symbol and Wingdings, in a range that means nothing by itself; and 7F is the
# bullet of those who write Windows' letters by Adobe's numbers.
_BULLETS = dict.fromkeys((0x7F, *range(0xF020, 0xF100)), "\u2022")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_SPELLING = _BULLETS | _LIGATURES
_PAGE_NUMBER = re.compile("[-\u2013\u2014|.\\s]*\\d{1,4}[-\u2013\u2014|.\\s]*")
_OF_CONTENTS = re.compile(r"(?:\. ?){5,}\d{1,4}\s*$")
"""What ends a line of a table of contents: its words stand where they belong too."""
_CUT_WORD = re.compile(r"[^\W\d_]-$")


def read_pages(pages: Sequence[Sequence[Line]], outline: Outline) -> None:
    """Read the lines of all pages; what stands at the edge of most of them is left out."""
    pages = _without_edges([[_spelled(line) for line in page] for page in pages])
    levels = _levels(pages)
    paragraph: list[str] = []
    for number, page in enumerate(pages, start=1):
        for part in _parts(page, levels):
            level = 0 if isinstance(part, Table) else _level(part, levels)
            if isinstance(part, Table) or level or not _goes_on(paragraph, part[0].text):
                _read_paragraph(paragraph, outline)
                paragraph = []
                outline.page = number
            if isinstance(part, Table):
                outline.table(part.rows, headed=part.headed)
            elif level:
                outline.heading(" ".join(_whole_words([line.text for line in part])), level)
            else:
                paragraph += [line.text for line in part]
    _read_paragraph(paragraph, outline)


def _spelled(line: Line) -> Line:
    pieces = tuple(Piece(piece.text.translate(_SPELLING), piece.left) for piece in line.pieces)
    return line._replace(text=" ".join(line.text.translate(_SPELLING).split()), pieces=pieces)


def _without_edges(pages: Sequence[Sequence[Line]]) -> Sequence[Sequence[Line]]:
    """The pages without what is no text of theirs: titles at their edges, numbers, tables of contents."""
    seen = Counter(
        mark
        for number, page in enumerate(pages)
        for mark in {mark for line in (*page[:AT_EDGE], *page[-AT_EDGE:]) for mark in _marks(line, number)}
    )
    alike = [Counter(map(_pattern, page)) for page in pages]

    def is_text(line: Line, page: int, at_edge: bool) -> bool:
        if _OF_CONTENTS.search(line.text):
            return False
        if not at_edge:
            return True
        same, *numbered = (seen[mark] for mark in _marks(line, page))
        repeated = same >= REPEATED and same > len(pages) / 2
        # Rows of a long table may count like pages, but there are many of them on each.
        counts = max(numbered, default=0) >= REPEATED > alike[page][_pattern(line)]
        return not (repeated or counts or _is_number(line))

    return [
        [line for line, at_edge in zip(page, _at_edges(page), strict=True) if is_text(line, number, at_edge)]
        for number, page in enumerate(pages)
    ]


def _at_edges(page: Sequence[Line]) -> Iterator[bool]:
    """Which lines are among the first or last ones to be drawn, and the highest or lowest ones too."""
    heights = sorted({line.height for line in page})
    edges = {*heights[:AT_EDGE], *heights[-AT_EDGE:]}
    for at, line in enumerate(page):
        yield (at < AT_EDGE or at >= len(page) - AT_EDGE) and line.height in edges


def _marks(line: Line, page: int) -> Sequence[str]:
    """What tells a line at the edge of a page from others: its text, and how it counts pages, if it does."""
    numbers = re.findall(r"\d{1,4}", line.text)
    pattern = _pattern(line)
    return [line.text, *(f"{pattern} {int(count) - page}" for count in (*numbers[:1], *numbers[1:][-1:]))]


def _pattern(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _is_number(line: Line) -> bool:
    return bool(_PAGE_NUMBER.fullmatch(line.text))


def _levels(pages: Sequence[Sequence[Line]]) -> Mapping[float, int]:
    """The level of a heading by its size, 0 for the size of most of the text."""
    sizes = Counter[float]()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.text)
    text = sizes.most_common(1)[0][0] if sizes else 0.0
    larger = sorted((size for size in sizes if size > text * LARGER), reverse=True)
    return {text: 0, **{size: min(level, MOST_LEVELS) for level, size in enumerate(larger, start=1)}}


def _parts(page: Sequence[Line], levels: Mapping[float, int]) -> Iterator[Table | Sequence[Line]]:
    """The tables of a page, and what stands close together between them."""
    gaps = [above.height - line.height for above, line in pairwise(page)]
    usual = median([gap for gap in gaps if gap > 0] or [0])
    for part in stretches(page):
        if isinstance(part, Table):
            yield part
        else:
            yield from _blocks(part, levels, usual)


def _blocks(lines: Sequence[Line], levels: Mapping[float, int], usual: float) -> Iterator[Sequence[Line]]:
    """The lines that stand as close to each other as is usual, and look the same."""
    block: list[Line] = []
    for line in lines:
        if block:
            gap = block[-1].height - line.height
            room = max(usual, line.size) * WIDER
            alike = levels.get(line.size) == levels.get(block[-1].size) and line.bold == block[-1].bold
            if not alike or not 0 <= gap <= room:  # below 0 begins another column
                yield block
                block = []
        block.append(line)
    if block:
        yield block


def _level(block: Sequence[Line], levels: Mapping[float, int]) -> int:
    """The level of the heading that the lines are, or 0."""
    text = " ".join(line.text for line in block)
    ends = text.endswith((".", ",", ";", ":"))
    if MARKED.match(text) and not NUMBERED.match(text):
        return 0
    if (level := levels.get(block[0].size)) and len(text) <= LONGEST_HEADING:
        return level
    if block[0].bold and len(text) <= LONGEST_BOLD and not ends and not text[:1].islower():
        return QUESTION
    # What is smaller than the text is a footnote.
    may_be = len(block) == 1 and is_short(text) and block[0].size in levels
    numbered = NUMBERED.match(text) if may_be else None
    return MOST_LEVELS - 1 + min(numbered[1].count("."), 2) if numbered else 0


def _goes_on(paragraph: Sequence[str], following: str) -> bool:
    """Whether a paragraph goes on in the next column or on the next page."""
    return (
        bool(paragraph) and following[:1].islower() and not paragraph[-1].endswith((".", "!", "?", ":", ";"))
    )


def _read_paragraph(lines: Sequence[str], outline: Outline) -> None:
    read_lines(_whole_words(lines), outline, joint=" ")


def _whole_words(lines: Sequence[str]) -> Sequence[str]:
    """The lines, where a word was cut in two joined to the next one."""
    found: list[str] = []
    for line in lines:
        if found and _CUT_WORD.search(found[-1]) and line[:1].islower():
            found[-1] = found[-1][:-1] + line
        else:
            found.append(line)
    return found
