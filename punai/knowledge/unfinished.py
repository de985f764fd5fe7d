"""Vectors of an index that is not whole yet: who is stopped on the way to it goes on from there."""

import hashlib
import sqlite3
from array import array
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from punai.knowledge.dense import Embedder

if TYPE_CHECKING:
    from punai.knowledge.dense import Vectors

WAIT = 5.0
"""Seconds that one process waits for another that writes."""


class Unfinished:
    """An embedder that keeps what it was asked for in a file, until `finish`. Where that cannot be written,
    it keeps nothing and is slower next time."""

    def __init__(self, embedder: Embedder, path: Path) -> None:
        """`path`: the file, which need not be there."""
        self._embedder, self._path = embedder, path
        self.name = embedder.name

    def __call__(self, texts: Sequence[str]) -> "Vectors":
        """One row for each text, from the file where it has it."""
        keys = {text: hashlib.sha256(f"{self.name}\n{text}".encode()).digest() for text in texts}
        found = self._found(list(keys.values()))
        missing = [text for text, key in keys.items() if key not in found]
        if missing:
            rows = zip(missing, self._embedder(missing), strict=True)
            made = {keys[text]: array("f", row).tobytes() for text, row in rows}
            self._keep(made)
            found |= made
        return [memoryview(found[keys[text]]).cast("f") for text in texts]

    def finish(self) -> None:
        """Forget them: the index has them all."""
        self._path.unlink(missing_ok=True)

    def _found(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        if not self._path.is_file():
            return {}
        try:
            with closing(sqlite3.connect(self._path, timeout=WAIT)) as db:
                rows = (db.execute("SELECT * FROM vectors WHERE text = ?", (key,)).fetchone() for key in keys)
                return dict(filter(None, rows))
        except sqlite3.Error:
            return {}

    def _keep(self, made: dict[bytes, bytes]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=WAIT)) as db, db:
                db.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) STRICT")
                db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", made.items())
        except (OSError, sqlite3.Error):
            pass  # a read-only or full disk costs time, not the index
