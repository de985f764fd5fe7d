"""A business's documents as they were last read: what became of each, and the index of their passages.

All of it travels as one file: whoever opens that has a whole index, or none.
"""

import itertools
import logging
import shutil
import tempfile
import weakref
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, Self

from pydantic import ValidationError

from punai.knowledge.index import Embedder, Index, build
from punai.knowledge.reading import Unreadable, leave_out, read_document, refuse_large
from punai.knowledge.sections import passages
from punai.logs import event
from punai.models import Model, Passage
from punai.sources import Document

CATALOGUE = "catalogue.json"
SAID = 5
"""Documents that are told of in one line."""
LARGEST_ARCHIVE = 1_000_000_000
"""Bytes that an index may unpack to: a larger one was not written by PunAI."""


class Kept(Model):
    """What the catalogue says of a document; its passages are in the index."""

    stamp: str
    left_out: str = ""


class Catalogue(Model):
    """What an index was made of. `format` counts up when documents are cut otherwise: all are read again."""

    format: Literal[1] = 1
    languages: tuple[str, ...]
    documents: Mapping[str, Kept] = {}


class Library:
    """An open index with its catalogue. It never changes; safe to search from several threads."""

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        """Open what lies unpacked in the folder, which is removed together with this object.

        Raises:
            ValueError: it is no index.
        """
        self.catalogue, self._folder = catalogue, folder
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.index = Index.open(folder)

    @classmethod
    def compile(
        cls,
        documents: Mapping[str, Document],
        languages: Sequence[str],
        embedder: Embedder | None = None,
        before: Self | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Self:
        """Index these documents; vectors that an earlier library has are taken from there.

        Where the embedder fails, it is by words alone. `progress` is told how many passages are indexed.

        Raises:
            OSError: it cannot be written.
        """
        found = list(itertools.chain.from_iterable(each.passages for each in documents.values()))
        kept = {name: Kept(stamp=d.stamp, left_out=d.left_out) for name, d in documents.items()}
        catalogue = Catalogue(languages=tuple(languages), documents=kept)
        known = before.index if before else None
        try:
            with _new_folder() as folder:
                build(folder, found, languages, embedder, known, progress)
                return cls(catalogue, folder)
        except Exception as error:
            if embedder is None:
                raise
            # A provider's error may hold a key, or words of documents.
            event("searching by words alone", level=logging.WARNING, why=type(error).__name__)
        return cls.compile(documents, languages, None, None, progress)

    @classmethod
    def open(cls, archive: IO[bytes]) -> Self:
        """Open what `write` wrote.

        Raises:
            ValueError: it is something else, or damaged, or of another version of PunAI.
        """
        try:
            with _new_folder() as folder, zipfile.ZipFile(archive) as parts:
                if sum(part.file_size for part in parts.infolist()) > LARGEST_ARCHIVE:
                    raise ValueError("it is larger than any index")
                catalogue = Catalogue.model_validate_json(parts.read(CATALOGUE))
                parts.extractall(folder)
                return cls(catalogue, folder)
        except ValidationError as error:  # whose text holds names of documents
            raise ValueError("it is not one that this version of PunAI reads") from error
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, RuntimeError) as error:
            raise ValueError("it is damaged, or no index") from error

    def write(self, archive: IO[bytes]) -> None:
        """Write everything as one file."""
        with zipfile.ZipFile(archive, "w") as parts:
            catalogue = self.catalogue.model_dump_json()
            parts.writestr(CATALOGUE, catalogue, zipfile.ZIP_DEFLATED)
            root = self._folder
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                if path.name != CATALOGUE:
                    parts.write(path, path.relative_to(root), zipfile.ZIP_DEFLATED, compresslevel=1)

    def documents(self) -> dict[str, Document]:
        """Every document by its name, with its passages."""
        passages_of: defaultdict[str, list[Passage]] = defaultdict(list)
        for passage in self.index.passages:
            passages_of[passage.source].append(passage)
        return {
            name: Document(kept.stamp, tuple(passages_of[name]), kept.left_out)
            for name, kept in self.catalogue.documents.items()
        }

    def said(self, place: str) -> str:
        """How many documents there are at this place, and why some of them cannot be read, in a line."""
        documents = self.catalogue.documents
        unread = [f"{name}: {kept.left_out}" for name, kept in documents.items() if kept.left_out]
        found = f"documents in {place}: {len(documents)}"
        if not unread:
            return found
        more = f"; {len(unread) - SAID} more, see punai kb list" if len(unread) > SAID else ""
        return f"{found}; {len(unread)} cannot be read: {'; '.join(unread[:SAID])}{more}"

    def is_of(self, stamps: Mapping[str, str], languages: Sequence[str], embedder: Embedder | None) -> bool:
        """Whether it was made of exactly these documents, given with their stamps by name, and in this way.

        Who has no embedder can use the index of somebody who has.
        """
        return (
            stamps == {name: kept.stamp for name, kept in self.catalogue.documents.items()}
            and self.catalogue.languages == tuple(languages)
            and (embedder is None or self.index.embedder == embedder.name)
        )


def read(
    name: str, stamp: str, size: int, load: Callable[[], bytes], prefix: str = "", **fields: str
) -> Document:
    """Read one document; why it cannot be read is logged, with the fields, and kept.

    Args:
        name: its path below the folder of documents.
        stamp: what is another one when the document is.
        size: in bytes.
        load: gives its content; called only where its kind and size are ones that are read.
        prefix: what its passages' ids begin with.
        fields: what else the log is to say.
    """
    try:
        refuse_large(size)
        return Document(stamp, tuple(passages(name, read_document(name, load), prefix)))
    except Unreadable as error:
        leave_out(name, str(error), **fields)
        return Document(stamp, left_out=str(error))


@contextmanager
def _new_folder() -> Iterator[Path]:
    """An empty folder, for a library to open; what fails leaves none behind."""
    folder = Path(tempfile.mkdtemp(prefix="punai-index-"))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
