"""Documents cut into sections that each answer something: Markdown, text, HTML, and CSV of questions."""

import csv
import io
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import PurePosixPath

from punai.knowledge.sections import Section

log = logging.getLogger("punai.documents")

LONGEST = 1200
"""Characters in a section; a longer one is cut between paragraphs, and a longer paragraph where it can be."""

_Titled = tuple[str, str]


class Unreadable(ValueError):
    """A document cannot be read; the message says why, and is safe to show."""


def is_hidden(source: str) -> bool:
    """Whether the document, or a folder that it is in, has a name that begins with a dot."""
    return source.startswith(".") or "/." in source


def leave_out(source: str, why: str, **fields: str) -> None:
    """Log that a document is not answered from, and what to see to."""
    log.warning("a document was left out", extra={"fields": {**fields, "document": source, "why": why}})


def read_document(source: str, load: Callable[[], bytes]) -> list[Section]:
    """The sections of one document, wherever it lies.

    Args:
        source: its path below the folder of documents, such as `faq/delivery.md`.
        load: gives its content; called only where its kind is one that is read.

    Raises:
        Unreadable: it is of another kind, or broken.
    """
    path = PurePosixPath(source)
    reader = _READERS.get(path.suffix.lower())
    try:
        source.encode()  # a name that is not UTF-8 could be cited nowhere
        if reader is None:
            kind = path.suffix or "a file without an ending"
            raise Unreadable(f"{kind} is not read; use .md, .txt, .html or .csv")
        # Read as a text file is, with any line ending as one character.
        text = io.TextIOWrapper(io.BytesIO(load()), encoding="utf-8-sig").read()
        name = path.stem.replace("-", " ").replace("_", " ").capitalize()
        return [
            Section(path=(title,), text=text, part=part)
            for title, whole in reader(text, name)
            for part, text in enumerate(_parts(whole.strip()), start=1)
        ]
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8 text") from error
    except UnicodeEncodeError as error:
        raise Unreadable("its name is not UTF-8") from error
    except Unreadable:
        raise
    except (csv.Error, ValueError) as error:  # the latter for a number in HTML beyond Python's
        raise Unreadable(str(error)) from error


def _markdown(text: str, name: str) -> Iterator[_Titled]:
    title, fenced = name, False
    lines: list[str] = []
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else re.match(r"#{1,6}\s+(.+?)\s*#*$", line)
        if heading:
            yield title, "\n".join(lines)
            title, lines = heading.group(1), []
        else:
            lines.append(
                re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r"\1 (\2)", line).replace("**", "").replace("`", "")
            )
    yield title, "\n".join(lines)


def _plain(text: str, name: str) -> Iterator[_Titled]:
    yield name, text


def _rows(text: str, name: str) -> Iterator[_Titled]:
    reader = csv.DictReader(io.StringIO(text))
    columns = {(column or "").strip().lower(): column for column in reader.fieldnames or ()}
    if not {"question", "answer"} <= columns.keys():
        raise Unreadable("a CSV file needs the columns question and answer")
    for row in reader:
        yield (row[columns["question"]] or "").strip() or name, row[columns["answer"]] or ""


def _html(text: str, name: str) -> Iterator[_Titled]:
    page = _Page(name)
    page.feed(text)
    page.close()
    yield from page.sections()


class _Page(HTMLParser):
    """The words of a web page by heading, without its scripts and menus."""

    _SILENT = frozenset({"script", "style", "nav", "footer", "head", "noscript"})
    _BREAKS = frozenset({"p", "div", "li", "tr", "br", "section", "article", "ul", "ol", "table"})

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._found: list[tuple[list[str], list[str]]] = [([], [])]
        self._silent = 0
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":  # which may follow a <head> that nobody closed
            self._silent = 0
        self._silent += tag in self._SILENT
        if re.fullmatch(r"h[1-6]", tag) and not self._silent:
            self._in_heading = True
            self._found.append(([], []))
        elif tag in self._BREAKS:
            self._in_heading &= tag == "br"  # so that a heading nobody closed does not swallow the text
            self.handle_data("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT and self._silent > 0
        if re.fullmatch(r"h[1-6]", tag):
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._found[-1][0 if self._in_heading else 1].append(data)

    def sections(self) -> Iterator[_Titled]:
        for title, words in self._found:
            text = re.sub(r"[ \t]+", " ", "".join(words))
            yield " ".join("".join(title).split()) or self._name, re.sub(r"\s*\n\s*", "\n", text)


def _parts(text: str) -> Iterator[str]:
    part = ""
    for paragraph in (piece for whole in re.split(r"\n\s*\n", text) for piece in _pieces(whole)):
        if part and len(part) + len(paragraph) > LONGEST:
            yield part
            part = ""
        part = f"{part}\n\n{paragraph.strip()}".strip()
    if part:
        yield part


def _pieces(paragraph: str) -> Iterator[str]:
    """The paragraph, or where it is too long, its lines, sentences or words, as many as fit together."""
    while len(paragraph) > LONGEST:
        cuts = (paragraph.rfind(end, 0, LONGEST) + len(end) for end in ("\n", ". ", " ", ""))
        cut = next(cut for cut in cuts if cut > LONGEST // 2)
        yield paragraph[:cut]
        paragraph = paragraph[cut:]
    yield paragraph


_READERS: Mapping[str, Callable[[str, str], Iterator[_Titled]]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _plain,
    ".html": _html,
    ".htm": _html,
    ".csv": _rows,
}
