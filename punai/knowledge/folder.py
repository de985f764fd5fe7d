"""Documents in a folder: read again when they change, while what was read before goes on serving."""

import hashlib
import logging
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock, Thread

from punai.knowledge.index import Embedder
from punai.knowledge.library import Library, read
from punai.knowledge.reading import LARGEST, is_hidden, leave_out
from punai.logs import event
from punai.ports import Document

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
        self._folder, self._languages, self._embedder = folder, languages, embedder
        self._keep_at, self._shipped, self._clock = keep_at, shipped, clock
        self._looking, self._updating = Lock(), Lock()
        self._library: Library | None = None
        self._state: State = ()
        self._due = 0.0

    def library(self) -> Library:
        """The newest index that is whole. The first call reads the documents, if no file has the index."""
        with self._looking:
            if self._library is None:
                self._library = self._first()
            elif self._clock() >= self._due and (state := self._look()) != self._state:
                self._state = state
                self._follow()
            return self._library

    def refresh(self, progress: Callable[[int], None] | None = None) -> Library:
        """Read what changed, now; `progress` is told how many passages are indexed."""
        with self._updating:
            self._state = self._look()
            self._library = self._newest(self._library or self._opened(), progress=progress)
            return self._library

    def _first(self) -> Library:
        self._state = self._look()
        library = self._newest(self._opened(), at_once=AT_ONCE)
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
        stamps = {self._name(path): _stamp(path) for path in self._paths()}
        for name in [name for name in stamps if not _is_text(name)]:
            leave_out(name, "its name is not UTF-8")  # so that it could be cited nowhere
            del stamps[name]
        if known and known.is_of(stamps, self._languages, self._embedder):
            return known
        before = known.documents() if known else {}
        same = {name for name, stamp in stamps.items() if name in before and before[name].stamp == stamp}
        documents = {name: before[name] if name in same else self._read(name) for name in stamps}
        embedded = same if known and self._embedder and known.index.embedder == self._embedder.name else ()
        new = sum(len(document.passages) for name, document in documents.items() if name not in embedded)
        embedder = self._embedder if new <= at_once else None
        library = Library.compile(documents, self._languages, embedder, known, progress)
        self._keep(library)
        return library

    def _read(self, name: str) -> Document:
        path = self._folder / name
        try:
            size = path.stat().st_size
            content = path.read_bytes() if size <= LARGEST else b""
        except OSError as error:
            why = error.strerror or type(error).__name__
            leave_out(name, why)
            return Document(_unreadable(error), left_out=why)
        # Of what was read, not of what was there before: it may have changed in between.
        return read(name, _stamp_of(size, content), size, lambda: content)

    def _follow(self) -> None:
        Thread(target=self._refresh_quietly, daemon=True, name="documents").start()

    def _refresh_quietly(self) -> None:
        try:
            self.refresh()
        except Exception as error:  # the old index goes on serving
            event("documents were not read", level=logging.ERROR, folder=str(self._folder), why=repr(error))

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

    def _paths(self) -> Iterator[Path]:
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and not is_hidden(self._name(path)):
                yield path

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
                write_whole(library, self._keep_at)
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
    write_whole(library, path)
    return len(library.index.passages)


def write_whole(library: Library, path: Path) -> None:
    """Write the library's file, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-")
    try:
        with os.fdopen(descriptor, "wb") as archive:
            library.write(archive)
        Path(unfinished).chmod(0o644)  # mkstemp's own is for the owner alone: Lambda runs as somebody else
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _stamp(path: Path) -> str:
    try:
        size = path.stat().st_size
        return _stamp_of(size, path.read_bytes() if size <= LARGEST else b"")
    except OSError as error:
        return _unreadable(error)


def _stamp_of(size: int, content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() if size <= LARGEST else f"{size} bytes"


def _unreadable(error: OSError) -> str:
    return f"unreadable: {error.errno}"
