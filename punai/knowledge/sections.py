"""What a document consists of once it is read: sections, and the passages that they are cited as."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from punai.models import Model, Passage

LONGEST_SLUG = 80
"""Characters; a question as a heading may be a long one."""


class Section(Model):
    """A piece of a document that answers something.

    `path` holds the headings it stands under, outermost first, or the document's readable name where there is
    none. `page` is where it begins, counted from 1, where the document has pages. `part` counts the pieces
    that what stands under one heading had to be cut into because of its length.
    """

    path: Annotated[tuple[str, ...], Field(min_length=1)]
    text: str
    page: Annotated[int, Field(ge=1)] | None = None
    part: Annotated[int, Field(ge=1)] = 1


def passages(source: str, sections: Sequence[Section], prefix: str = "") -> list[Passage]:
    """The sections of one document as passages, each with an id of its own such as `delivery.md#to-spain`.

    An id depends on headings alone: it stays when texts change, and when sections under other headings come,
    go or move.

    Args:
        source: the document's path, as customers are shown it.
        sections: in the order of the document.
        prefix: stands before every id, to tell a document from one of the same name elsewhere.
    """
    return [
        Passage(
            id=f"{prefix}{source}#{slug}",
            title=section.path[-1],
            path=section.path[:-1],
            page=section.page,
            source=source,
            text=section.text,
        )
        for slug, section in zip(_slugs(sections), sections, strict=True)
    ]


def _slugs(sections: Sequence[Section]) -> Iterator[str]:
    """A slug for each section: of its heading, or of all those above it too where others have the same."""
    shared = Counter(_slug(path[-1:]) for path in {section.path for section in sections})
    taken: set[str] = set()
    of_heading = ""
    for section in sections:
        if section.part == 1:
            short = _slug(section.path[-1:])
            of_heading = _free(short if shared[short] == 1 else _slug(section.path), taken)
            yield of_heading
        else:
            yield _free(f"{of_heading}-part-{section.part}", taken)


def _slug(path: Sequence[str]) -> str:
    """The headings in lower case, words joined by `-`; letters of any script, with their marks, stay."""
    text = unicodedata.normalize("NFC", " ".join(path).lower())
    words = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in text).split()
    return "-".join(words)[:LONGEST_SLUG].strip("-") or "section"


def _free(slug: str, taken: set[str]) -> str:
    """The slug, or where it is taken, with the first number that is free; it is taken afterwards."""
    free, number = slug, 1
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    taken.add(free)
    return free
