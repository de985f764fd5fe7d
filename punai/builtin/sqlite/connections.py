"""Connections to one SQLite database: opened when first needed, kept, and lent to one thread at a time."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from punai.builtin.sqlite.schema import VERSION, upgrade
from punai.ports import ConfigurationError, StoreUnavailable

# How long anybody waits for their turn, in seconds.
PATIENCE = 5.0
MOST_CONNECTIONS = 8


class Connections:
    """The database at `path`, or, where that is None, one in memory that is gone after `close`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        # What is in memory belongs to its connection: a second one would see another, empty database.
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS if path else 1)
        self._writing = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one state of the database.

        Raises:
            StoreUnavailable: the database could not be used, or not in time.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that may write: all of it is on the disk when the block ends, or nothing is.

        Raises:
            StoreUnavailable: the database could not be used, or not in time; nothing was written.
        """
        # SQLite lets one write at a time and has the others poll with growing pauses: that is for other
        # processes. Threads of this one wait their turn here, which is both faster and fairer.
        if not self._writing.acquire(timeout=PATIENCE):
            raise StoreUnavailable("the SQLite store is busy; retry in a moment")
        try:
            with self._transaction("BEGIN IMMEDIATE") as connection:
                yield connection
        finally:
            self._writing.release()

    def empty_log(self) -> None:
        """Empty the write-ahead log, where what was removed from the database would still stand."""
        with self._lent() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close what is not lent out. Using the connections again opens them again."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lent() as connection:
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.rollback()

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        if not self._free.acquire(timeout=PATIENCE):
            raise StoreUnavailable("the SQLite store is busy; retry in a moment")
        try:
            # The one used last is taken first: its cache is the warmest.
            connection = self._idle.pop() if self._idle else self._open()
            try:
                yield connection
            finally:
                self._idle.append(connection)
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # A mistake in this code: to call it an outage would hide it.
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable(f"the SQLite store could not be used: {error}") from error
        finally:
            self._free.release()

    def _open(self) -> sqlite3.Connection:
        try:
            if self._path:
                # What customers wrote is nobody else's to read.
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._path or ":memory:", timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            try:
                self._set_up(connection)
            except BaseException:
                connection.close()
                raise
        except (sqlite3.DatabaseError, OSError) as error:
            raise StoreUnavailable(f"the SQLite store {self._path} could not be opened: {error}") from error
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        _keep_a_log(connection)
        # A commit is on the disk before it counts, so that a power cut takes no customer's words along.
        connection.execute("PRAGMA synchronous = FULL")
        # What is erased is overwritten, not merely forgotten.
        connection.execute("PRAGMA secure_delete = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise ConfigurationError(
                f"PUNAI_STORE: {self._path} was written by a newer PunAI (its schema is {version}, and this"
                f" PunAI knows {VERSION}): upgrade PunAI, or name another file"
            )
        if version < VERSION:
            upgrade(connection)


def _keep_a_log(connection: sqlite3.Connection) -> None:
    # Where several processes make or close the database at once, SQLite refuses this without any waiting.
    give_up_at = monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if monotonic() > give_up_at:
                raise
            sleep(0.01)
