"""The index of a business's documents as it lies in the bucket: JSON, with what became of each document."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from punai import Passage
from punai.knowledge.sections import Section, passages
from punai.models import Model


class Document(Model):
    """A document as it was read: what has the same ETag still need not be read again."""

    etag: str
    sections: tuple[Section, ...] = ()
    left_out: str = Field("", description="why nothing of it is answered from")


class Catalogue(Model):
    """Every document of a business by its name.

    `format` counts up when this is written, or documents are cut, in another way: all are read again then.
    """

    format: Literal[2] = 2
    documents: Mapping[str, Document] = {}

    def passages(self) -> list[Passage]:
        """Every section, under an id that no document of a pack's own folder has."""
        return [
            passage
            for name, document in self.documents.items()
            for passage in passages(name, document.sections, prefix="s3:")
        ]
