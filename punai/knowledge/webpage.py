"""Web pages: what a reader sees of them, by headings, lists, tables and questions.

Nothing is fetched and no style sheet is read: what hides by a class of its own is taken for visible.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Set
from html.parser import HTMLParser
from itertools import islice

from punai.knowledge.outline import QUESTION, Outline
from punai.knowledge.table import Table

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track"}
    | {"wbr"}
)
_SILENT = frozenset(
    {"script", "style", "template", "noscript", "nav", "footer", "svg", "math", "iframe", "object", "select"}
    | {"textarea", "button"}
)
_INLINE = frozenset(
    {"br", "img", "wbr", "input"}  # which stand in a line too
    | {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins"}
    | {"kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time"}
    | {"tt", "u", "var"}
)
_LISTS = frozenset({"ul", "ol", "menu"})
_CELLS = frozenset({"table", "td", "th", "caption"})
_PARTS_OF_TABLES = _CELLS | {"tr", "tbody", "thead", "tfoot"}
_CLOSES = {
    # The open elements that one of these closes, as HTML has it.
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "tr": frozenset({"tr"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
}
_HIDING_STYLE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|color:transparent|(?:font-size|opacity):0(?:\.0+)?(?:[^.\d]|$)"
)
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_ADDRESS = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>]{1,500}", re.IGNORECASE)
LONGEST_TITLE = 120
"""Characters of a paragraph all in bold that is taken for a heading."""
AT_ONCE = 16_000
"""Characters between two looks at the time."""
LOOKED_BACK = 100
"""Open elements that are looked through for the one that an end tag closes: keeps broken pages cheap."""


def read_webpage(text: str, outline: Outline) -> None:
    """Read a page, however broken, without its scripts, menus and hidden elements."""
    text = _without_comments(text)
    page = _Page(outline)
    for begin in range(0, len(text), AT_ONCE):
        outline.watch_the_time()
        page.feed(text[begin : begin + AT_ONCE])
    page.end()


class _Page(HTMLParser):
    """Elements as they open and close; the words from one block's edge to the next are one text."""

    def __init__(self, outline: Outline) -> None:
        super().__init__()
        self._outline = outline
        self._open: list[str] = []
        self._count: Counter[str] = Counter()  # of each element, how many are open
        self._hidden_from: int | None = None  # where in `_open` the outermost hidden one is
        self._words: list[str] = []
        self._takes: Callable[[str], None] | None = None  # whatever is not just text: a heading, a title ...
        self._bold = self._plain = False  # whether there are such words since the last edge
        self._link: tuple[str, int] | None = None  # its address, and where its words begin
        self._lists: list[int] = []  # the number of the last item, -1 where they have none
        self._mark = ""
        self._tables: list[Table] = []
        self._terms: list[str] = []
        self._details = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._close_implied(tag)
        if tag not in _VOID:
            self._open.append(tag)
            self._count[tag] += 1
        if self._hidden_from is None:
            attributes = dict(reversed(attrs))  # of two with one name the first counts
            if (tag in _SILENT and not (tag == "button" and self._takes)) or _is_hidden(attributes):
                self._hidden_from = len(self._open) - 1 if tag not in _VOID else None
            else:
                self._enter(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # in HTML `<div/>` stays open

    def handle_endtag(self, tag: str) -> None:
        if tag in _INLINE:
            nearest = self._nearest({tag}, lambda opened: opened not in _INLINE)
        elif tag in _PARTS_OF_TABLES:
            nearest = self._nearest({tag}, lambda opened: opened == "table")
        else:
            nearest = self._nearest({tag}, lambda opened: opened in _CELLS)
        while nearest and tag not in {"body", "html"} and self._leave() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._hidden_from is None:
            self._words.append(data if self._count["pre"] else re.sub(r"\s+", " ", data))
            if data.strip():
                bold = bool(self._count["b"] or self._count["strong"])
                self._bold, self._plain = self._bold or bold, self._plain or not bold

    def end(self) -> None:
        """Close what is open still; a tag or comment without an end is nothing, as in a browser."""
        if not re.match(r"<[a-zA-Z/!?]", self.rawdata):
            self.close()
        while self._open:
            self._leave()
        self.end_block()

    def end_block(self) -> None:
        """Hand the words since the last edge of a block to what they are for."""
        self._end_link()
        lines = "".join(self._words).split("\n")
        text = "\n".join(line.rstrip() if self._count["pre"] else " ".join(line.split()) for line in lines)
        titled = self._bold and not self._plain and self._open[-1:] == ["p"] and _is_title(text.strip())
        self._words, self._bold, self._plain = [], False, False
        if text.strip():
            takes, self._takes = self._takes or (self._take_title if titled else self._take), None
            takes(text.strip("\n"))

    def _close_implied(self, tag: str) -> None:
        """Close what ends where this element begins."""
        if tag in {"li", "dt", "dd"}:
            nearest = self._nearest(_CLOSES[tag], lambda opened: opened not in _INLINE | {"div", "p"})
        elif tag in _CLOSES:
            nearest = self._nearest(_CLOSES[tag], lambda opened: opened == "table")
        else:
            nearest = None
        if tag not in _INLINE and not nearest:
            nearest = self._nearest({"p"}, lambda opened: opened not in _INLINE)
        if nearest:
            self.handle_endtag(nearest)

    def _nearest(self, tags: Set[str], ends: Callable[[str], bool]) -> str | None:
        """The innermost open one of these tags, unless one that ends the search is nearer.

        It matters for hidden elements: an end tag that closes more than it does in a browser would show them.
        """
        if any(self._count[tag] for tag in tags):
            for opened in islice(reversed(self._open), LOOKED_BACK):
                if opened in tags:
                    return opened
                if ends(opened):
                    break
        return None

    def _leave(self) -> str:
        tag = self._open[-1]
        if self._hidden_from is None:
            self._end(tag)
        elif len(self._open) - 1 == self._hidden_from:
            self._hidden_from = None
        self._count[tag] -= 1
        return self._open.pop()

    def _enter(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        if tag == "br":
            self._words.append("\n")
        elif tag == "a":
            self._end_link()
            self._link = (attributes.get("href") or "").strip(), len(self._words)
        if tag in _INLINE:
            return
        if self._words:
            self.end_block()
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"} and not self._count["summary"] + self._count["dt"]:
            self._flow()
            self._takes = lambda text: self._outline.heading(text, int(tag[1]))
        elif tag == "title":
            self._takes = self._outline.rename
        elif tag in _LISTS:
            self._lists.append(0 if tag == "ol" else -1)
        elif tag == "li" and self._lists:
            self._lists[-1] += self._lists[-1] >= 0
            self._mark = f"{self._lists[-1]}. " if self._lists[-1] > 0 else "- "
        elif tag == "dt":
            self._takes = self._terms.append
        elif tag == "details":
            self._flow()
            self._details += 1
        elif tag == "summary":
            self._takes = self._take_title
        elif tag == "table":
            self._flow()
            self._tables.append(Table())
        elif tag in {"td", "th"} and self._tables:
            self._tables[-1].open_cell(tag == "th", attributes.get("colspan"), attributes.get("rowspan"))

    def _end(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        if tag in _INLINE:
            return
        self.end_block()
        self._takes = None if tag not in {"div", "span", "p", "button"} else self._takes
        if tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._mark = ""
        elif tag == "dl":
            self._outline.close(QUESTION)
        elif tag == "details" and self._details:
            self._details -= 1
            self._outline.close(QUESTION + self._details)
        elif tag == "tr" and self._tables:
            self._tables[-1].end_row()
        elif tag == "table" and self._tables:
            table = self._tables.pop()
            self._outline.table(table.rows(), headed=table.headed)

    def _take(self, text: str) -> None:
        if self._tables and self._tables[-1].add(text):
            return
        if self._terms and self._count["dd"]:
            term, self._terms = " / ".join(self._terms), []
            if not term.endswith(("?", "\uff1f")):
                self._outline.item(f"- {term}: {text}")
                return
            self._outline.heading(term, QUESTION)
        if self._lists:
            # A paragraph that is not its item's first is set in below it.
            self._outline.item(self._mark + text, len(self._lists) - (1 if self._mark else 0))
            self._mark = ""
        else:
            self._outline.paragraph(text)

    def _take_title(self, text: str) -> None:
        self._outline.heading(text, QUESTION + max(self._details - 1, 0))

    def _flow(self) -> None:
        """Take the table that is open, if any, for a layout: it holds what no cell of data does."""
        if self._tables:
            for text in self._tables[-1].dissolve():
                self._outline.paragraph(text)

    def _end_link(self) -> None:
        if self._link:
            (address, begin), self._link = self._link, None
            text = "".join(self._words[begin:]).strip()
            if _ADDRESS.fullmatch(address) and text and text not in {address, address.partition(":")[2]}:
                self._words.append(f" ({address.removeprefix('mailto:').removeprefix('tel:')})")


def _without_comments(text: str) -> str:
    """The page without comments: older versions of Python end them elsewhere than browsers do."""
    parts, end = [], 0
    while (begin := text.find("<!--", end)) >= 0 and (comment := _COMMENT.match(text, begin)):
        parts.append(text[end:begin])
        end = comment.end()
    return "".join([*parts, text[end:]])


def _is_title(text: str) -> bool:
    """Whether a paragraph in bold stands for a heading."""
    return len(text) <= LONGEST_TITLE and "\n" not in text and not text.endswith((".", ",", ";", ":", "!"))


def _is_hidden(attributes: Mapping[str, str | None]) -> bool:
    style = re.sub(r"\s+", "", attributes.get("style") or "").lower()
    return (
        "hidden" in attributes
        or (attributes.get("aria-hidden") or "").lower() == "true"
        or attributes.get("role") == "navigation"
        or bool(_HIDING_STYLE.search(style))
    )
