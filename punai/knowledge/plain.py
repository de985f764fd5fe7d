"""Plain text: headings, lists and questions as people type them."""

import re
from collections.abc import Sequence

from punai.knowledge.outline import QUESTION, Outline

LONGEST_TITLE = 80
"""Characters of a line by itself that may be a heading."""
MARKED = re.compile(r"\s*(?:[-*•‣▪◦●\u2013\u2014·]|\(?\d{1,3}[.)]|[a-z]\))\s+(?=\S)")
"""What an item of a list begins with."""
NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,5})\.?\s+(?=\w)")
"""What a numbered heading begins with; each dot inside is a level deeper."""
_UNDERLINE = re.compile(r"\s*([=\-~*_])\1{2,}\s*")
_HASHES = re.compile(r"(#{1,6})\s+(\S.*?)\s*#*")


def read_plain(text: str, outline: Outline) -> None:
    """Read text: paragraphs lie between empty lines; a title is underlined, numbered, in capitals or asks."""
    blocks = [block.split("\n") for block in re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", text.strip())]
    for lines, following in zip(blocks, [*blocks[1:], []], strict=True):
        if len(lines) > 1 and _UNDERLINE.fullmatch(lines[1]) and is_short(lines[0]):
            outline.heading(lines[0], 1 if "=" in lines[1] else 2)
            lines = lines[2:]
        elif len(lines) == 1 and following and (level := _level(lines[0].strip())):
            outline.heading(lines[0].strip().strip("#"), level)
            continue
        read_lines(lines, outline)


def read_lines(lines: Sequence[str], outline: Outline, joint: str = "\n") -> None:
    """Read the lines of one block: the items of lists, and paragraphs whose lines `joint` holds together."""
    part: list[str] = []
    for line in lines:
        if MARKED.match(line):
            _read_part(part, outline, joint)
            part = []
        part.append(line)
    _read_part(part, outline, joint)


def _read_part(part: Sequence[str], outline: Outline, joint: str) -> None:
    if part and MARKED.match(part[0]):
        outline.item(joint.join([part[0].strip(), *(line.strip() for line in part[1:])]))
    elif part:
        outline.paragraph(joint.join(part))


def is_short(line: str) -> bool:
    """Whether the line may be a heading by its length and its end."""
    return 0 < len(line.strip()) <= LONGEST_TITLE and not line.rstrip().endswith((".", ",", ";", ":"))


def _level(line: str) -> int:
    """Of a line by itself, the level of the heading that it is, or 0."""
    if hashes := _HASHES.fullmatch(line):
        return len(hashes[1])
    if not is_short(line) or (MARKED.match(line) and not NUMBERED.match(line)):
        return 0
    if numbered := NUMBERED.match(line):
        return 2 + numbered[1].count(".")
    if line.isupper() and sum(map(str.isalpha, line)) > 3:
        return 1
    return QUESTION if line.endswith(("?", "\uff1f")) else 0
