"""A reply's plain words as blocks to lay out."""

import re
from collections.abc import Sequence

from punai.models import Block, Steps, Text

_STEP = re.compile(r"([0-9]{1,2})[.)][ \t]+(\S.*)")


def laid_out(reply: str) -> tuple[Block, ...]:
    """The reply as text, with lines numbered from 1 on as steps. An empty reply has no blocks."""
    lines = reply.split("\n")
    blocks: list[Block] = []
    words: list[str] = []
    at = 0
    while at < len(lines):
        steps, after = _steps(lines, at)
        # A number alone begins no list: it may be a date, or a sentence about one.
        if len(steps) > 1:
            blocks += [*_text(words), Steps(items=tuple(steps))]
            words, at = [], after
        else:
            words.append(lines[at])
            at += 1
    return (*blocks, *_text(words))


def _steps(lines: Sequence[str], start: int) -> tuple[list[str], int]:
    """The steps that begin in this line, maybe none, and the line after them."""
    steps: list[str] = []
    after = start
    for at in range(start, len(lines)):
        found = _STEP.fullmatch(lines[at].strip())
        if found and int(found[1]) == len(steps) + 1:
            steps.append(found[2])
            after = at + 1
        elif lines[at].strip() or not steps:
            break
    return steps, after


def _text(lines: Sequence[str]) -> list[Block]:
    words = "\n".join(lines).strip()
    return [Text(text=words)] if words else []
