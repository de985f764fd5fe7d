"""A document's headings, paragraphs, lists and tables in their order, cut into sections by that structure."""

import re
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from punai.knowledge.sections import Section
from punai.knowledge.visibility import visible

LONGEST = 1200
"""Characters in a section; a longer one is cut between its blocks, and a longer block where it can be."""
LONGEST_HEADING = 200
"""Characters; what is longer is cut, and stands in the text too."""
LONGEST_LEAD = 300
"""Characters of what leads to a list, and is said again where the list had to be cut."""
MOST_SECTIONS, MOST_CHARACTERS = 20_000, 5_000_000
"""Of one document. A long book has a million characters."""
SECONDS = 30.0
"""For one document; a page of a PDF takes 0.01 to 0.1 s."""
QUESTION = 7
"""The level of a question, or a bold line, that is no heading by itself: below all headings."""
DEEPEST, DEEPEST_LIST = 16, 6
"""Headings in headings, and lists in lists, that are told apart."""

ASKS = re.compile(r"(?:^|\s)(?:Q|F|P|(?i:question|frage|pregunta|domanda|pergunta)) ?\d{0,3} ?: *(?=\S)")
"""What a question begins with where it is marked as one."""
_ANSWERS = re.compile(
    r"(?:^|\s)(?:A|R|(?i:answer|antwort|respuesta|réponse|risposta|resposta)) ?\d{0,3} ?: *"
)
_LEADS = (":", "\uff1a")
_HAS_DIGIT = re.compile(r"\d")


class Unreadable(ValueError):
    """A document cannot be read; the message says why in one line, and is safe to show."""


class _Block(NamedTuple):
    """What stays together where it can.

    `joint` stands between it and the one before, `lead` is said again where a section begins with it.
    """

    text: str
    page: int | None
    joint: str = "\n\n"
    lead: str = ""


class Outline:
    """A document while it is read: headings open, text comes below them, and `sections` is what came of it.

    Every text loses what people cannot see on its way in.

    Attributes:
        name: stands for the heading where there is none.
        page: where what comes next stands, in a document that has pages.
    """

    def __init__(self, name: str) -> None:
        """Begin an empty document."""
        self.name = name
        self.page: int | None = None
        self._path: list[tuple[int, str]] = []
        self._blocks: list[_Block] = []
        self._list_lead: str | None = None
        self._sections: list[Section] = []
        self._characters = 0
        self._end = time.monotonic() + SECONDS

    def heading(self, text: str, level: int) -> None:
        """Open what stands under a heading, 1 for the outermost; it closes those of its level and below."""
        heading = " ".join(visible(text).split())
        if not heading:
            return
        level = min(level, DEEPEST)
        self.close(level)
        if len(heading) <= LONGEST_HEADING:
            self._path.append((level, heading))
        else:
            self._path.append((level, heading[: LONGEST_HEADING - 1].rstrip() + "…"))
            self._add(heading)

    def rename(self, name: str) -> None:
        """Have the document call itself by its own title."""
        self.name = " ".join(visible(name).split())[:LONGEST_HEADING] or self.name

    def close(self, level: int) -> None:
        """End what stands under headings of this level and below: what follows belongs to the one above."""
        self._cut()
        while self._path and self._path[-1][0] >= level:
            self._path.pop()

    def paragraph(self, text: str) -> None:
        """Add a paragraph; one that reads "Q: ... A: ..." is a question, as a heading, and its answer."""
        text = visible(text)
        if ASKS.match(text) and (_ANSWERS.search(text) or text.endswith("?")):
            for pair in filter(None, ASKS.split(text)):
                question, *answers = _ANSWERS.split(pair, maxsplit=1)
                self.heading(question, QUESTION)
                for answer in answers:
                    self._add(answer.strip())
        elif self._path and self._path[-1][0] == QUESTION and not self._blocks:
            self._add(_ANSWERS.sub("", text, count=1) if _ANSWERS.match(text) else text)
        else:
            self._add(text)

    def item(self, text: str, depth: int = 0) -> None:
        """Add an item of a list, its mark included; the first one stays with the words that lead to it.

        Args:
            text: it may have several lines.
            depth: in how many lists its own list lies.
        """
        indent = "  " * min(depth, DEEPEST_LIST)
        text = indent + visible(text).replace("\n", f"\n{indent}  ")
        if self._list_lead is not None:
            self._add(text, joint="\n", lead=self._list_lead)
        elif self._blocks and self._blocks[-1].text.endswith(_LEADS):
            before = self._blocks.pop()
            self._add(f"{before.text}\n{text}", joint=before.joint, page=before.page)
            self._list_lead = before.text if len(before.text) <= LONGEST_LEAD else ""
        else:
            self._add(text)
            self._list_lead = ""

    def table(self, rows: Sequence[Sequence[str]], *, headed: bool = False) -> None:
        """Add a table, row by row, so that each row says what its values are.

        Args:
            rows: the cells' texts; a table without any is nothing.
            headed: the first row names the columns; where that is not known, it is guessed.
        """
        filled = [[" ".join(visible(cell).split()) for cell in row] for row in rows]
        filled = [row for row in filled if any(row)]
        if len(filled) > 1 and (headed or _looks_headed(filled)):
            columns = filled[0]
            for row in filled[1:]:
                named = [*columns, *[""] * (len(row) - len(columns))]
                lines = (
                    f"{column}: {cell}" if column else cell
                    for column, cell in zip(named, row, strict=False)
                    if cell
                )
                self._add("\n".join(lines))
        else:
            for number, row in enumerate(filled):
                cells = [cell for cell in row if cell]
                text = f"{cells[0].rstrip(' :')}: {cells[1]}" if len(cells) == 2 else " | ".join(cells)
                self._add(text, joint="\n" if number else "\n\n")

    def watch_the_time(self) -> None:
        """Be called now and then by who reads.

        Raises:
            Unreadable: reading has taken too long.
        """
        if time.monotonic() > self._end:
            raise Unreadable(f"it takes more than {SECONDS:g} s to read: split it")

    def sections(self) -> list[Section]:
        """What came of the document.

        Raises:
            Unreadable: there is no text in it.
        """
        self.close(0)
        if not self._sections:
            raise Unreadable("there is no text in it")
        return self._sections

    def _add(self, text: str, *, joint: str = "\n\n", lead: str = "", page: int | None = None) -> None:
        self._list_lead = None if joint == "\n\n" else self._list_lead
        self.watch_the_time()
        text = text.strip("\n").rstrip()
        self._characters += len(text)
        if self._characters > MOST_CHARACTERS:
            raise Unreadable(f"it has more than {MOST_CHARACTERS:,} characters: split it")
        if text:
            self._blocks.append(_Block(text, page or self.page, joint, lead))

    def _cut(self) -> None:
        """Make sections of the blocks that stand under the present heading."""
        path = tuple(heading for _, heading in self._path) or (self.name,)
        for part, (text, page) in enumerate(_parts(self._blocks), start=1):
            self._sections.append(Section(path=path, text=text, page=page, part=part))
        if len(self._sections) > MOST_SECTIONS:
            raise Unreadable(f"it has more than {MOST_SECTIONS:,} sections: split it")
        self._blocks, self._list_lead = [], None


def _looks_headed(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: it is full and without digits, and it is not one pair of many."""
    first, *others = rows
    if not all(first) or len(first) < 2 or any(map(_HAS_DIGIT.search, first)):
        return False
    return len(first) > 2 or all(_HAS_DIGIT.search(" ".join(row)) for row in others)


def _parts(blocks: Sequence[_Block]) -> Iterator[tuple[str, int | None]]:
    """The blocks, as many together as fit, and where the first of them stands."""
    part, began = "", None
    for block in blocks:
        for number, piece in enumerate(_pieces(block.text)):
            joint = "\n\n" if number else block.joint
            if part and len(part) + len(joint) + len(piece) > LONGEST:
                yield part, began
                part = ""
            if part:
                part += joint + piece
            else:
                again = f"{block.lead}\n" if block.lead and not number else ""
                part = again + piece if len(again) + len(piece) <= LONGEST else piece
                began = block.page
    if part:
        yield part, began


def _pieces(text: str) -> Iterator[str]:
    """The block, or where it is too long, its paragraphs, lines, sentences or words, as many as fit."""
    while len(text) > LONGEST:
        cuts = (text.rfind(end, 0, LONGEST) + len(end) for end in ("\n\n", "\n", ". ", " ", ""))
        cut = next(cut for cut in cuts if cut > LONGEST // 2)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text
