"""A document into sections, by its kind: Markdown, text, HTML, PDF, Word, and CSV of questions."""

import logging
from collections.abc import Callable
from pathlib import PurePosixPath

from punai.knowledge.outline import Outline, Unreadable
from punai.knowledge.sections import Section

__all__ = ["LARGEST", "LeftOut", "Unreadable", "is_hidden", "leave_out", "read_document", "refuse_large"]

log = logging.getLogger("punai.documents")

LARGEST = 20_000_000
"""Bytes of a document."""
KINDS = ".md, .txt, .html, .pdf, .docx or .csv"


def read_document(source: str, load: Callable[[], bytes]) -> list[Section]:
    """The sections of one document, wherever it lies; there is at least one.

    Args:
        source: its path below the folder of documents, such as `faq/delivery.md`.
        load: gives its content; called only where its kind is one that is read. Who knows the size without
            it calls `refuse_large` first.

    Raises:
        Unreadable: it is of another kind, too large, protected, empty or broken.
    """
    # 20 ms, which a function that answers from an index made elsewhere never spends.
    from punai.knowledge.decoding import declared_encoding, decode
    from punai.knowledge.readers import OF_BYTES, OF_TEXT

    path = PurePosixPath(source)
    kind = path.suffix.lower()
    try:
        source.encode()  # a name that is not UTF-8 could be cited nowhere
    except UnicodeEncodeError as error:
        raise Unreadable("its name is not UTF-8") from error
    if kind not in OF_BYTES and kind not in OF_TEXT:
        raise Unreadable(f"{path.suffix or 'a file without an ending'} is not read; use {KINDS}")
    content = load()
    refuse_large(len(content))
    if not content.strip():
        raise Unreadable("it is empty")
    outline = Outline(path.stem.replace("-", " ").replace("_", " ").capitalize())
    try:
        if kind in OF_BYTES:
            OF_BYTES[kind](content, outline)
        else:
            declared = declared_encoding(content) if kind in {".html", ".htm"} else ""
            text = decode(content, declared).replace("\r\n", "\n").replace("\r", "\n")
            OF_TEXT[kind](text, outline)
        return outline.sections()
    except RecursionError as error:
        raise Unreadable("its parts are nested too deep") from error
    except Unreadable:
        raise
    except Exception as error:  # a reader's fault costs this document, never the others
        raise Unreadable(f"it is broken ({type(error).__name__})") from error


def refuse_large(size: int) -> None:
    """Check a document's size, in bytes, before it is loaded.

    Raises:
        Unreadable: it is larger than `LARGEST`.
    """
    if size > LARGEST:
        raise Unreadable(f"it has {size:,} bytes; at most {LARGEST:,} are read")


def is_hidden(source: str) -> bool:
    """Whether the document, or a folder that it is in, has a name that begins with a dot."""
    return source.startswith(".") or "/." in source


def leave_out(source: str, why: str, **fields: str) -> None:
    """Log that a document is not answered from, and what to see to."""
    log.warning("a document was left out", extra={"fields": {**fields, "document": source, "why": why}})


class LeftOut:
    """Documents that each look leaves out: the log tells of it once, until it is for another reason."""

    def __init__(self, **fields: str) -> None:
        """`fields`: what else the log is to say."""
        self._fields = fields
        self._told: dict[str, str] = {}

    def tell(self, source: str, why: str) -> None:
        """Log it, unless that was done."""
        if self._told.get(source) != why:
            self._told[source] = why
            leave_out(source, why, **self._fields)
