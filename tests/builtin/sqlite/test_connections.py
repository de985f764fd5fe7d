"""One SQLite file under threads, processes, a kill, other people's locks, and damage."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from punai import Tenant
from punai.builtin.sqlite import connections as sqlite_connections
from punai.builtin.sqlite.store import SqliteStore
from punai.models import Feedback, Rating
from punai.ports import ConfigurationError, StoreUnavailable
from punai.testing.store_contract.basis import LEASE, NOW, accept, at_once, escalate, exchange, message

SHOP = Tenant(id="shop", name="Shop")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "punai.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    store.prepare()
    yield store
    store.close()


def test_the_folder_of_the_database_is_the_owners_alone(store: SqliteStore, path: Path) -> None:
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_threads_share_a_few_connections(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    connect = sqlite3.connect

    def connect_counted(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **kwargs)
        opened.append(connection)
        return connection

    exchange(store, SHOP, message(conversation="c1"))
    store.close()
    monkeypatch.setattr(sqlite3, "connect", connect_counted)
    at_once([partial(store.conversation, SHOP, "c1", history=5)] * 50)
    assert 1 <= len(opened) <= sqlite_connections.MOST_CONNECTIONS


@pytest.mark.parametrize("damage", ["a folder", "below a file", "not a database", "torn"])
def test_a_database_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "punai.db"
    if damage == "a folder":
        path.mkdir()
    elif damage == "below a file":
        path.write_text("")
        path = path / "punai.db"
    elif damage == "not a database":
        path.write_bytes(b"Dear diary, " * 1000)
    else:
        store = SqliteStore(path)
        exchange(store, SHOP, message())
        store.close()
        path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 4096)
    store = SqliteStore(path)
    with pytest.raises(StoreUnavailable) as refused:
        store.prepare()
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    store.close()


def test_a_database_of_a_newer_punai_is_left_alone(store: SqliteStore, path: Path) -> None:
    store.close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 1000")
    newer.close()
    with pytest.raises(ConfigurationError, match=r"written by a newer PunAI.*upgrade"):
        store.prepare()


def test_a_database_of_an_earlier_punai_is_brought_up_to_date(store: SqliteStore, path: Path) -> None:
    kept = exchange(store, SHOP, message(conversation="c1", id="m1"))
    store.close()
    earlier = sqlite3.connect(path)
    earlier.executescript(
        "ALTER TABLE turns DROP COLUMN feedback; ALTER TABLE conversations DROP COLUMN rating;"
        "ALTER TABLE deliveries DROP COLUMN told; ALTER TABLE deliveries DROP COLUMN more_at;"
        "PRAGMA user_version = 2;"
    )
    earlier.close()
    at_once([store.check, SqliteStore(path).check])
    feedback, rating = Feedback(value="up", at=NOW), Rating(value=5, at=NOW)
    store.rate(SHOP, "c1", "m1", feedback)
    store.rate_conversation(SHOP, "c1", rating)
    conversation = store.conversation(SHOP, "c1", history=5)
    assert conversation is not None
    assert conversation.rating == rating
    escalate(store, SHOP, message("Hello", conversation="c2"))
    assert store.escalations(SHOP)[0].deliveries[0].told == ()
    assert conversation.turns == (kept.model_copy(update={"feedback": feedback}),)


def test_a_database_held_by_another_process_is_unavailable_for_writing_only(
    store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = exchange(store, SHOP, message(id="m1"))
    store.close()
    monkeypatch.setattr(sqlite_connections, "PATIENCE", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        accept(store, SHOP, message("Hello?"))
    assert store.turn(SHOP, turn.conversation_id, "m1") == turn
    holder.execute("ROLLBACK")
    holder.close()
    assert accept(store, SHOP, message("Hello?")).state == "new"


WRITER = """
import sys
from pathlib import Path

from punai import Tenant
from punai.builtin.sqlite.store import SqliteStore
from punai.testing.store_contract.basis import accept, exchange, message

path, writer, wait = sys.argv[1:]
store, tenant = SqliteStore(Path(path)), Tenant(id="shop", name="Shop")
for number in range(50):
    exchange(store, tenant, message(f"{writer} {number}", conversation="c1", id=f"{writer}-{number}"))
accept(store, tenant, message("The last", conversation="c1", id=f"{writer}-last"))
print("accepted", flush=True)
if wait == "wait":
    sys.stdin.read()
store.close()
"""


def start_writer(path: Path, name: str, *, wait: bool = False) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", WRITER, str(path), name, "wait" if wait else "go"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_several_processes_make_and_fill_one_database(path: Path) -> None:
    writers = [start_writer(path, f"writer {number}") for number in range(4)]
    for writer in writers:
        output, errors = writer.communicate(timeout=60)
        assert (output, errors, writer.returncode) == ("accepted\n", "", 0)
    store = SqliteStore(path)
    first, second = (list(store.turns_of(SHOP, "ann")) for _ in range(2))
    store.close()
    assert first == second
    assert len(first) == 4 * 51
    for number in range(4):
        own = [turn.text for turn in first if turn.message_id.startswith(f"writer {number}-")]
        assert own == [*(f"writer {number} {turn}" for turn in range(50)), "The last"]


def test_accepted_words_outlive_a_process_that_is_killed(path: Path) -> None:
    with start_writer(path, "writer", wait=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "accepted\n"
        writer.kill()
        writer.wait(timeout=30)
    store = SqliteStore(path)
    kept = store.turn(SHOP, "c1", "writer-last")
    retry = accept(store, SHOP, message("The last", id="writer-last"), now=NOW + LEASE)
    store.close()
    assert kept is not None
    assert (kept.text, kept.answer) == ("The last", None)
    assert (retry.state, retry.turn.attempt) == ("new", 2)
