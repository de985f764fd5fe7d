"""The contract, on a file and in memory, and what is SQLite's own: its URLs, query plans and expiry."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pluggy import PluginManager

from punai import Tenant, hookspecs
from punai.builtin import sqlite
from punai.builtin.sqlite import store as sqlite_store
from punai.builtin.sqlite.store import SqliteStore
from punai.ports import ConfigurationError, Store
from punai.testing import store_contract
from punai.testing.store_contract.basis import (
    LEASE,
    NOW,
    accept,
    escalate,
    escalation,
    exchange,
    message,
    reply,
    said_elsewhere,
)

SHOP = Tenant(id="shop", name="Shop")


class WatchedConnection(sqlite3.Connection):
    """Counts the steps of SQLite's virtual machine, and keeps the statements it ran."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = 0
        self.statements: list[str] = []
        self.set_progress_handler(self._step, 1)
        self.set_trace_callback(self.statements.append)

    def _step(self) -> int:
        self.steps += 1
        return 0


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[WatchedConnection]:
    """Every connection opened from here on."""
    opened: list[WatchedConnection] = []
    connect = sqlite3.connect

    def connect_watched(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        opened.append(connect(*args, **kwargs, factory=WatchedConnection))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", connect_watched)
    return opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "punai.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    store.prepare()
    yield store
    store.close()


@pytest.fixture
def store_in_memory() -> Iterator[SqliteStore]:
    store = SqliteStore(None)
    yield store
    store.close()


class SqliteContract(store_contract.StoreContract):
    connections: list[WatchedConnection]

    def cost(self, store: Store) -> float:
        return sum(connection.steps for connection in self.connections)


class TestOnFile(SqliteContract):
    @pytest.fixture
    def store(self, connections: list[WatchedConnection], store: SqliteStore, path: Path) -> Store:
        self.connections, self.path = connections, path
        return store

    def reopen(self, store: Store) -> Store:
        return SqliteStore(self.path)


class TestInMemory(SqliteContract):
    long_conversation = 1000

    @pytest.fixture
    def store(self, connections: list[WatchedConnection], store_in_memory: SqliteStore) -> Store:
        self.connections = connections
        return store_in_memory


def hook_answer(url: str) -> Store | None:
    plugins = PluginManager("punai")
    plugins.add_hookspecs(hookspecs)
    plugins.register(sqlite)
    store: Store | None = plugins.hook.open_store(url=url)
    return store


def test_a_relative_path_is_a_file_below_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = hook_answer("sqlite:///.punai/punai.db")
    assert store is not None
    monkeypatch.chdir("/")
    assert list(tmp_path.iterdir()) == []
    store.prepare()
    store.close()
    assert (tmp_path / ".punai" / "punai.db").is_file()


def test_four_slashes_begin_an_absolute_path(path: Path) -> None:
    store = hook_answer(f"sqlite:///{path}")
    assert store is not None
    store.prepare()
    store.close()
    assert path.is_file()


def test_memory_is_forgotten_when_it_is_closed() -> None:
    store = hook_answer("sqlite:///:memory:")
    assert store is not None
    exchange(store, SHOP, message())
    store.close()
    assert list(store.turns_of(SHOP, "ann")) == []
    store.close()


def test_other_schemes_are_left_to_other_stores() -> None:
    assert hook_answer("dynamodb://punai") is None


@pytest.mark.parametrize(
    "url", ["sqlite:", "sqlite://", "sqlite:///", "sqlite://punai.db", "sqlite:punai.db"]
)
def test_a_url_without_a_database_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"PUNAI_STORE: .* write sqlite:///relative/path.db"):
        hook_answer(url)


def test_an_sqlite_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(ConfigurationError, match=r"needs SQLite 3\.37"):
        hook_answer("sqlite:///punai.db")


def test_no_query_of_a_turn_reads_a_whole_table(
    connections: list[WatchedConnection], store: SqliteStore
) -> None:
    escalate(store, SHOP, message("Hello"), "e1")
    held = accept(store, SHOP, message("Hello?", id="m1")).turn
    accept(store, SHOP, message("Hello?", id="m1", conversation=held.conversation_id), now=NOW + LEASE)
    store.record(SHOP, said_elsewhere("Hello", conversation="c1", id="m1"))
    store.conversation(SHOP, "c1", history=5)
    store.turn(SHOP, "c1", "m1")
    store.change_status(SHOP, "c1", expect=["bot"], to="closed")
    store.unanswered(SHOP, now=NOW, limit=10)
    store.amend_escalation(SHOP, "e1", due_at=NOW, name="Ann", email=None, note=None)
    for asked, delivery in store.claim_deliveries(SHOP, now=NOW, lease=LEASE, limit=10):
        store.record_delivery(SHOP, asked.id, delivery, seen=delivery)
    plans = query_plans(connections[0])
    assert len(plans) > 20
    for statement, plan in plans.items():
        assert "SCAN" not in plan, statement
        assert "TEMP B-TREE" not in plan or "FROM deliveries" in statement, statement


def test_no_sweep_reads_a_whole_table(connections: list[WatchedConnection], store: SqliteStore) -> None:
    escalate(store, SHOP, message())
    list(store.turns_of(SHOP, "ann"))
    list(store.turns(SHOP, since=NOW))
    store.escalations(SHOP)
    store.expire(SHOP, now=NOW)
    store.erase(SHOP, "ann")
    for statement, plan in query_plans(connections[0]).items():
        assert "SCAN" not in plan, statement


def query_plans(connection: WatchedConnection) -> dict[str, str]:
    """How SQLite goes about each statement that ran."""
    statements = {
        text
        for text in connection.statements
        if text.startswith(("SELECT", "INSERT INTO", "UPDATE", "DELETE"))
    }
    return {
        statement: " | ".join(row["detail"] for row in connection.execute("EXPLAIN QUERY PLAN " + statement))
        for statement in statements
    }


def test_a_person_is_read_page_by_page_while_others_write(store_in_memory: SqliteStore) -> None:
    count = 2 * sqlite_store.PAGE + 1
    for number in range(count):
        store_in_memory.record(SHOP, said_elsewhere("Hello", conversation="c1", id=f"m{number}"))
    turns = store_in_memory.turns_of(SHOP, "ann")
    seen = [next(turns).message_id]
    exchange(store_in_memory, SHOP, message("Meanwhile", user="bob"))
    seen += [turn.message_id for turn in turns]
    assert seen == [f"m{number}" for number in range(count)]


def test_a_business_is_read_page_by_page_while_others_write(store_in_memory: SqliteStore) -> None:
    count = 2 * sqlite_store.PAGE + 1
    for number in range(count):
        store_in_memory.record(SHOP, said_elsewhere("Hello", conversation=f"c{number % 3}", id=f"m{number}"))
    turns = store_in_memory.turns(SHOP, since=NOW)
    seen = [next(turns).message_id]
    exchange(store_in_memory, SHOP, message("Before", user="bob", id="before"), now=NOW - timedelta(days=1))
    seen += [turn.message_id for turn in turns]
    assert sorted(seen) == sorted(f"m{number}" for number in range(count))


def test_what_is_older_than_the_tenant_keeps_it_expires(store: SqliteStore) -> None:
    tenant = Tenant(id="shop", name="Shop", retain_days=30)
    other = Tenant(id="other", name="Other", retain_days=30)
    escalate(store, tenant, message(user="old", conversation="old"), "e1")
    escalate(store, other, message(user="old", conversation="old"), "e1")
    exchange(store, tenant, message("Before", conversation="c1", id="m1"))
    later = NOW + timedelta(days=20)
    kept = exchange(store, tenant, message("After", conversation="c1", id="m2"), now=later)
    assert store.expire(tenant, now=NOW + timedelta(days=30)) == 2
    assert store.conversation(tenant, "old", history=5) is None
    assert store.escalations(tenant) == []
    assert store.claim_deliveries(tenant, now=later, lease=LEASE, limit=10) == []
    conversation = store.conversation(tenant, "c1", history=5)
    assert conversation is not None
    assert conversation.turns == (kept,)
    assert len(store.escalations(other)) == 1
    assert store.expire(tenant, now=NOW + timedelta(days=50)) == 1
    assert store.conversation(tenant, "c1", history=5) is None


def test_an_escalation_somebody_waits_for_lives_as_long_as_its_conversation(store: SqliteStore) -> None:
    tenant = Tenant(id="shop", name="Shop", retain_days=30)
    escalate(store, tenant, message(conversation="c1"))
    accept(store, tenant, message("Hello?", conversation="c1"), now=NOW + timedelta(days=20))
    store.expire(tenant, now=NOW + timedelta(days=40))
    assert [asked.id for asked in store.escalations(tenant)] == ["e1"]
    store.change_status(tenant, "c1", expect=["waiting"], to="closed")
    store.expire(tenant, now=NOW + timedelta(days=40))
    assert store.escalations(tenant) == []


def test_more_than_a_page_expires(store_in_memory: SqliteStore) -> None:
    count = 2 * sqlite_store.PAGE
    for number in range(count):
        store_in_memory.record(SHOP, said_elsewhere("Hello", conversation="c1", id=f"m{number}"))
    assert store_in_memory.expire(SHOP, now=NOW + timedelta(days=365)) == count


def test_erased_words_are_nowhere_in_the_files(store: SqliteStore, path: Path) -> None:
    exchange(store, SHOP, message("My secret is xyzzy", user="plugh"))
    exchange(store, SHOP, message("Hello", user="bob"))
    store.erase(SHOP, "plugh")
    on_disk = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Hello" in on_disk
    assert b"xyzzy" not in on_disk
    assert b"plugh" not in on_disk


def test_a_failed_write_leaves_nothing_behind(store: SqliteStore) -> None:
    asked = escalate(store, SHOP, message(user="bob"), "e1")
    held = accept(store, SHOP, message(conversation="c1", id="m1")).turn
    answer = reply(status="waiting")
    with pytest.raises(sqlite3.IntegrityError):
        store.complete(SHOP, held, answer, expect="bot", now=NOW, escalation=escalation(held, "e1"))
    assert store.turn(SHOP, "c1", "m1") == held
    conversation = store.conversation(SHOP, "c1", history=5)
    assert conversation is not None
    assert (conversation.status, conversation.escalation_id) == ("bot", None)
    assert store.escalations(SHOP) == [asked]
