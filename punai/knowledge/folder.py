"""Documents in a folder: read again when they change, while what was read before goes on serving."""

import hashlib
import logging
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, Thread

from punai.knowledge.index import Embedder
from punai.knowledge.library import Library, read
from punai.knowledge.reading import LARGEST, LeftOut, is_hidden, leave_out
from punai.knowledge.unfinished import Unfinished
from punai.logs import event
from punai.sources import Document
from punai.whole_file import whole_file

LOOK_EVERY = 2.0
"""Seconds from one look at the folder to the next."""
AT_ONCE = 50
"""Passages that are embedded before the first answer, in about a second; more of them follow behind it."""
SHIPPED = Path("trained/knowledge.zip")
"""The index that is shipped in a pack's folder: a function that starts has no time to read documents."""

State = tuple[tuple[str, int, int], ...]


class Folder:
    """One business's folder of documents. Safe to use from several threads."""

    def __init__(
        self,
        folder: Path,
        languages: Sequence[str],
        embedder: Embedder | None = None,
        keep_at: Path | None = None,
        shipped: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the documents below `folder`; nothing is read yet.

        Args:
            folder: it need not be there.
            languages: the business's.
            embedder: what makes vectors, if anything does.
            keep_at: the file in which the index is kept for the next start.
            shipped: another one, to begin with where that is not there.
            clock: in seconds.
        """
        self._folder, self._languages = folder, languages
        self._keep_at, self._shipped, self._clock = keep_at, shipped, clock
        self._unfinished = Unfinished(embedder, keep_at.with_suffix(".db")) if embedder and keep_at else None
        self._embedder = self._unfinished or embedder
        self._looking, self._updating = Lock(), Lock()
        self._left_out = LeftOut()
        self._library: Library | None = None
        self._embedded: Library | None = None
        self._follower: Thread | None = None
        self._state: State = ()
        self._due = 0.0

    def library(self) -> Library:
        """The newest index that is whole. The first call reads the documents, if no file has the index."""
        with self._looking:
            if self._library is None:
                self._library = self._first()
            elif self._clock() >= self._due and self._look() != self._state:
                self._follow()
            return self._library

    def refresh(self, progress: Callable[[int], None] | None = None) -> Library:
        """Read what changed, now; `progress` is told how many passages are indexed."""
        with self._updating:
            state = self._look()
            known = self._library or self._opened()
            self._library = self._newest(known, progress=progress)
            self._state = state  # only now: what failed is tried again at the next look
            return self._library

    def _first(self) -> Library:
        with self._updating:
            if self._library:
                return self._library
            state = self._look()
            library = self._newest(self._opened(), at_once=AT_ONCE)
            self._state = state
        if self._embedder and library.index.embedder != self._embedder.name:
            self._follow()
        return library

    def _newest(
        self,
        known: Library | None,
        at_once: float = math.inf,
        progress: Callable[[int], None] | None = None,
    ) -> Library:
        """What the documents say now; without vectors, if more passages than `at_once` need them."""
        if known and known.catalogue.documents and not self._folder.is_dir():
            event("documents are out of reach", level=logging.WARNING, folder=str(self._folder))
            return known
        stamps = {}
        for path in self._paths():
            name = self._name(path)
            if not _is_text(name):
                self._left_out.tell(name, "its name is not UTF-8")  # so that it could be cited nowhere
            elif not self._holds(path):
                # Perhaps to another business's.
                self._left_out.tell(name, "it is a link that leads out of the folder")
            else:
                stamps[name] = _stamp(path)
        if known and known.is_of(stamps, self._languages, self._embedder):
            return known
        before = known.documents() if known else {}
        same = {name for name, stamp in stamps.items() if name in before and before[name].stamp == stamp}
        documents = {name: before[name] if name in same else self._read(name) for name in stamps}
        if self._embedder and known and known.index.embedder == self._embedder.name:
            self._embedded = known
        embedded = same if self._embedded is known else ()
        new = sum(len(document.passages) for name, document in documents.items() if name not in embedded)
        embedder = self._embedder if new <= at_once else None
        library = Library.compile(documents, self._languages, embedder, self._embedded, progress)
        if embedder is self._embedder:  # what only bridges the time until there are vectors is not kept
            self._embedded = None
            self._keep(library)
        return library

    def _read(self, name: str) -> Document:
        path = self._folder / name
        try:
            content = _content(path)
            size = max(len(content), path.stat().st_size)
        except OSError as error:
            why = error.strerror or type(error).__name__
            leave_out(name, why)
            return Document(_unreadable(error), left_out=why)
        # Of what was read, not of what was there before: it may have changed in between.
        return read(name, _stamp_of(content), size, lambda: content)

    def _follow(self) -> None:
        if self._follower is None or not self._follower.is_alive():
            self._follower = Thread(target=self._refresh_quietly, daemon=True, name="documents")
            self._follower.start()

    def _refresh_quietly(self) -> None:
        try:
            self.refresh()
        except Exception as error:  # the old index goes on serving
            why = type(error).__name__
            event("documents were not read", level=logging.ERROR, folder=str(self._folder), why=why)

    def _look(self) -> State:
        """What tells whether anything changed, without reading anything."""
        self._due = self._clock() + LOOK_EVERY
        found = []
        for path in self._paths():
            try:
                stat = path.stat()
            except OSError:  # gone meanwhile: the next look will tell
                continue
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return tuple(found)

    def _paths(self) -> list[Path]:
        """What may be documents; a part of the folder that cannot be listed has none."""
        found = [Path(folder, name) for folder, _, names in os.walk(self._folder) for name in names]
        is_file = os.path.isfile  # Path's own raises where it may not look
        return sorted(path for path in found if is_file(path) and not is_hidden(self._name(path)))

    def _holds(self, path: Path) -> bool:
        """Whether the file is in the folder, and no link that leads out of it."""
        return not path.is_symlink() or path.resolve().is_relative_to(self._folder.resolve())

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _opened(self) -> Library | None:
        for path in (self._keep_at, self._shipped):
            try:
                if path:
                    with path.open("rb") as archive:
                        return Library.open(archive)
            except FileNotFoundError:
                pass
            except (OSError, ValueError) as error:
                event("an index is not usable", level=logging.WARNING, file=str(path), why=str(error))
        return None

    def _keep(self, library: Library) -> None:
        if self._keep_at:
            try:
                with whole_file(self._keep_at) as archive:
                    library.write(archive)
                if self._unfinished and library.index.embedder == self._unfinished.name:
                    self._unfinished.finish()
            except OSError as error:  # a read-only file system: the next start reads the documents again
                event("the index is not kept", level=logging.DEBUG, file=str(self._keep_at), why=str(error))


def ship(folder: Path, languages: Sequence[str], path: Path) -> int:
    """Write the index of a folder's documents, without vectors, to where `SHIPPED` is looked for.

    Returns:
        How many passages it has.

    Raises:
        OSError: it cannot be written.
    """
    library = Folder(folder, languages).refresh()
    with whole_file(path) as archive:
        library.write(archive)
    return len(library.index.passages)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _stamp(path: Path) -> str:
    try:
        return _stamp_of(_content(path))
    except OSError as error:
        return _unreadable(error)


def _content(path: Path) -> bytes:
    """The content, or as much of it as shows that it is too large."""
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _stamp_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unreadable(error: OSError) -> str:
    return f"unreadable: {error.errno}"
