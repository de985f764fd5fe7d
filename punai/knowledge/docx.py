"""Word documents: headings by their styles, lists, tables and links, from the XML that a .docx file holds.

python-docx would bring lxml, 5 MB in a Lambda zip of 25; what is needed of the format fits here.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from zlib import error as ZlibError  # noqa: N812 - a class, named like a module's function

from punai.knowledge.outline import QUESTION, Outline, Unreadable
from punai.knowledge.table import Table

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST_PART = 20_000_000
"""Bytes of one part once it is inflated; parsed, it takes up to 16 times as much memory."""
LARGEST_RATIO = 200
"""How many times its packed size a part may have; text has 5 to 30."""
RATIO_MATTERS = 1_000_000
"""Bytes up to which a part may have any ratio."""
MOST_PARTS = 5000
LONGEST_TITLE = 120
"""Characters of a paragraph all in bold that is taken for a heading."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_STRICT = b"http://purl.oclc.org/ooxml/"
_LEFT_OUT = frozenset(
    {_FALLBACK, *(f"{_W}{name}" for name in ("del", "moveFrom", "delText", "instrText", "pPr", "rPr"))}
)
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>]{1,500}", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, ZlibError, EOFError, NotImplementedError, OSError, KeyError)
"""What zipfile raises for what is no ZIP file, or a broken one."""
_SAVE_ANEW = "it is broken: Word can often open it and save it anew"
_ENCRYPTED_OR_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_docx(content: bytes, outline: Outline) -> None:
    """Read a Word document.

    Raises:
        Unreadable: it is protected, none of Word's, holds macros, or would grow beyond bounds.
    """
    if content.startswith(_ENCRYPTED_OR_OLD):
        raise Unreadable("it is protected by a password, or of Word 2003: save it as .docx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = _Parts(archive)
            _Document(parts, outline).read(parts.parsed("word/document.xml"))
    except _BROKEN as error:
        raise Unreadable(_SAVE_ANEW) from error


class _Parts:
    """The files inside, inflated within bounds and parsed without definitions of their own (DTD)."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())
        if len(self._names) > MOST_PARTS:
            raise Unreadable(f"it has more than {MOST_PARTS:,} parts")
        if "word/document.xml" not in self._names:
            raise Unreadable("it is no Word document")
        if any(name.lower().endswith("vbaproject.bin") for name in self._names):
            raise Unreadable("it holds macros: save it as .docx without them")

    def parsed(self, name: str) -> "Element":
        from xml.etree.ElementTree import ParseError, fromstring

        content = self._inflated(name)
        _refuse_definitions(content)
        try:
            return fromstring(content)  # noqa: S314 - bounded, and without definitions
        except (ParseError, ValueError, LookupError) as error:
            raise Unreadable(_SAVE_ANEW) from error

    def parsed_if_there(self, name: str) -> "Iterator[Element]":
        return iter(self.parsed(name) if name in self._names else ())

    def _inflated(self, name: str) -> bytes:
        part = self._archive.getinfo(name)
        if part.flag_bits & 1:
            raise Unreadable("it is protected by a password: save it without one")
        if part.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):  # others inflate without bounds
            raise Unreadable("it is packed in a way that Word does not use")
        most = min(LARGEST_PART, max(RATIO_MATTERS, part.compress_size * LARGEST_RATIO))
        with self._archive.open(part) as file:
            content = file.read(most + 1) if part.file_size <= most else b""
        if part.file_size > most or len(content) > most:
            raise Unreadable(f"it would grow to more than {most:,} bytes: it is too large, or a zip bomb")
        if _STRICT in content[:4000]:
            raise Unreadable('it is saved as "Strict Open XML": save it as an ordinary .docx')
        return content


def _refuse_definitions(content: bytes) -> None:
    """Look at what comes before the first element, the only place for a DTD."""
    from xml.parsers.expat import ExpatError, ParserCreate

    def refuse(*_: object) -> None:
        raise Unreadable("it defines entities of its own, which Word never does")

    def stop(*_: object) -> None:
        raise StopIteration

    parser = ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, stop
    try:
        parser.Parse(content, True)
    except StopIteration:
        pass
    except ExpatError as error:
        raise Unreadable(_SAVE_ANEW) from error


class _Document:
    """One document's paragraphs and tables, by what its styles and lists mean."""

    def __init__(self, parts: _Parts, outline: Outline) -> None:
        self._outline = outline
        self._levels, self._listed = _styles(parts)
        self._ordered = _ordered_lists(parts)
        self._numbers: dict[tuple[str, int], int] = {}
        self._addresses = {
            link.get("Id", ""): link.get("Target", "")
            for link in parts.parsed_if_there("word/_rels/document.xml.rels")
        }

    def read(self, document: "Element") -> None:
        for body in document.iter(f"{_W}body"):
            self._blocks(body)

    def _blocks(self, parent: "Element") -> None:
        for block in parent:
            if block.tag == f"{_W}p":
                self._paragraph(block)
            elif block.tag == f"{_W}tbl":
                self._table(block)
            elif block.tag not in _LEFT_OUT and not _is_contents(block):
                self._blocks(block)  # what controls, changes and the like wrap

    def _paragraph(self, paragraph: "Element") -> None:
        text = self._text(paragraph)
        style = _value(paragraph, "pPr/pStyle")
        own_level = _value(paragraph, "pPr/outlineLvl")
        level = int(own_level) + 1 if own_level in set("012345678") else self._levels.get(style, -1)
        list_id, depth = _value(paragraph, "pPr/numPr/numId"), _value(paragraph, "pPr/numPr/ilvl")
        if level >= 0:
            self._outline.heading(text, level)
        elif (list_id and list_id != "0") or (style in self._listed and list_id != "0"):
            at = min(int(depth), 8) if depth.isascii() and depth.isdigit() else 0
            self._item(text, list_id or self._listed[style], at)
        elif self._is_title(paragraph, text):
            self._outline.heading(text, QUESTION)
        else:
            self._outline.paragraph(text)

    def _item(self, text: str, list_id: str, depth: int) -> None:
        if text.strip():
            number = self._numbers[list_id, depth] = self._numbers.get((list_id, depth), 0) + 1
            for deeper in range(depth + 1, 9):
                self._numbers.pop((list_id, deeper), None)
            mark = f"{number}." if (list_id, depth) in self._ordered else "-"
            self._outline.item(f"{mark} {text.strip()}", depth)

    def _table(self, element: "Element") -> None:
        table = Table()
        for row in element.findall(f"{_W}tr"):
            is_header = row.find(f"{_W}trPr/{_W}tblHeader") is not None
            for cell in row.findall(f"{_W}tc"):
                table.open_cell(is_header, _value(cell, "tcPr/gridSpan"))
                for paragraph in cell.iter(f"{_W}p"):
                    table.add(self._text(paragraph))
            table.end_row()
        self._outline.table(table.rows(), headed=table.headed)

    def _is_title(self, paragraph: "Element", text: str) -> bool:
        """Whether all of a short paragraph is bold, as a heading is by those who use no styles."""
        runs = [run for run in paragraph.iter(f"{_W}r") if run.find(f"{_W}t") is not None]
        short = len(text) <= LONGEST_TITLE and not text.endswith((".", ",", ";", ":", "!"))
        return short and bool(runs) and all(_is_on(run, "b") for run in runs)

    def _text(self, element: "Element") -> str:
        if element.tag in _LEFT_OUT or (element.tag == f"{_W}r" and _is_on(element, "vanish")):
            return ""
        if element.tag == f"{_W}t":
            return element.text or ""
        if element.tag in {f"{_W}tab", f"{_W}br", f"{_W}cr"}:
            return "\n" if element.tag != f"{_W}tab" else " "
        text = "".join(map(self._text, element))
        if element.tag == f"{_W}hyperlink":
            address = self._addresses.get(element.get(f"{_R}id", ""), "")
            if _ADDRESS.fullmatch(address) and address.removeprefix("mailto:") != text.strip():
                return f"{text} ({address.removeprefix('mailto:')})"
        return text


def _styles(parts: _Parts) -> tuple[Mapping[str, int], Mapping[str, str]]:
    """By the id of a style: the level of its heading, 0 for the title; the list that it makes items of."""
    levels: dict[str, int] = {}
    listed: dict[str, str] = {}
    for style in parts.parsed_if_there("word/styles.xml"):
        # Names are in English whatever the language of Word; ids are not.
        name, own_id = _value(style, "name").lower(), style.get(f"{_W}styleId", "")
        outline = _value(style, "pPr/outlineLvl")
        based_on = _value(style, "basedOn")
        if heading := re.fullmatch(r"heading ([1-9])", name):
            levels[own_id] = int(heading[1])
        elif name == "title":
            levels[own_id] = 0
        elif outline in set("012345678"):
            levels[own_id] = int(outline) + 1
        elif based_on in levels:  # a style follows what it is based on
            levels[own_id] = levels[based_on]
        if name.startswith("list ") or based_on in listed:
            listed[own_id] = _value(style, "pPr/numPr/numId") or listed.get(based_on, "") or name
    return levels, listed


def _ordered_lists(parts: _Parts) -> set[tuple[str, int]]:
    """The lists, with the depth in them, whose items have numbers."""
    ordered: dict[str, list[int]] = {}
    found: set[tuple[str, int]] = {("list number", 0)}
    for entry in parts.parsed_if_there("word/numbering.xml"):
        if entry.tag == f"{_W}abstractNum":
            formats = [_value(level, "numFmt") for level in entry.iter(f"{_W}lvl")][:9]
            plain = [depth for depth, format_ in enumerate(formats) if format_ not in {"bullet", "none", ""}]
            ordered[entry.get(f"{_W}abstractNumId", "")] = plain
        elif entry.tag == f"{_W}num":
            depths = ordered.get(_value(entry, "abstractNumId"), [])
            found |= {(entry.get(f"{_W}numId", ""), depth) for depth in depths}
    return found


def _is_contents(block: "Element") -> bool:
    """Whether it is a table of contents: its words stand where they belong too."""
    return _value(block, "sdtPr/docPartObj/docPartGallery") == "Table of Contents"


def _is_on(run: "Element", switch: str) -> bool:
    found = run.find(f"{_W}rPr/{_W}{switch}")
    return found is not None and found.get(f"{_W}val", "1") not in {"0", "false", "off"}


def _value(element: "Element", path: str) -> str:
    """The `w:val` of what lies at the path, or nothing."""
    found = element.find("/".join(f"{_W}{name}" for name in path.split("/")))
    return "" if found is None else found.get(f"{_W}val", "")
