"""The tables of the embedded store, and how their rows become the domain's types and back.

The tenant leads every key. Times are whole microseconds since 1970, so that they compare as numbers; turns
stand in the order of their `seq`, because clocks differ between processes and go back. Whatever a query of
a turn looks for, an index ends at.
"""

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from punai.models import ASKED_FOR, Answer, Conversation, Delivery, Escalation, Feedback, Rating, Turn

VERSION = 4

_CREATE = """
BEGIN IMMEDIATE;

CREATE TABLE IF NOT EXISTS conversations (
    seq INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL,
    channel TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    escalation_id TEXT,
    last_turn INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    rating TEXT,
    UNIQUE (tenant, id)
) STRICT;
CREATE INDEX IF NOT EXISTS conversations_of_user ON conversations (tenant, user_id, last_turn);
CREATE INDEX IF NOT EXISTS conversations_by_expiry ON conversations (tenant, expires_at);

CREATE TABLE IF NOT EXISTS turns (
    seq INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    held_until INTEGER NOT NULL,
    answer TEXT,
    expires_at INTEGER NOT NULL,
    feedback TEXT,
    UNIQUE (tenant, conversation_id, message_id)
) STRICT;
CREATE INDEX IF NOT EXISTS turns_of_user ON turns (tenant, user_id, message_id);
CREATE INDEX IF NOT EXISTS turns_of_conversation ON turns (tenant, conversation_id);
CREATE INDEX IF NOT EXISTS turns_unanswered ON turns (tenant, held_until) WHERE answer IS NULL;
CREATE INDEX IF NOT EXISTS turns_by_expiry ON turns (tenant, expires_at);

CREATE TABLE IF NOT EXISTS escalations (
    seq INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL,
    request TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (tenant, id)
) STRICT;
CREATE INDEX IF NOT EXISTS escalations_in_order ON escalations (tenant);
CREATE INDEX IF NOT EXISTS escalations_of_user ON escalations (tenant, user_id);
CREATE INDEX IF NOT EXISTS escalations_by_expiry ON escalations (tenant, expires_at);

CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    escalation_id TEXT NOT NULL,
    handler TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    reference TEXT,
    last_error TEXT,
    due_at INTEGER NOT NULL,
    told TEXT NOT NULL,
    more_at INTEGER,
    UNIQUE (tenant, escalation_id, handler)
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (tenant, due_at)
    WHERE status IN ('pending', 'retrying');

CREATE TABLE IF NOT EXISTS signing_keys (
    tenant TEXT PRIMARY KEY,
    key BLOB NOT NULL
) STRICT;

COMMIT;
"""

_ADDED = (
    ("turns", "feedback", "TEXT"),
    ("conversations", "rating", "TEXT"),
    ("deliveries", "told", "TEXT NOT NULL DEFAULT '[]'"),
    ("deliveries", "more_at", "INTEGER"),
)
"""Columns that a table may lack, because an earlier PunAI made it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def upgrade(db: sqlite3.Connection) -> None:
    """Create what is missing. Processes that open the database at once do so one after the other."""
    db.executescript(_CREATE)
    db.execute("BEGIN IMMEDIATE")
    for table, column, kind in _ADDED:
        if column not in [found["name"] for found in db.execute(f"PRAGMA table_info({table})")]:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def to_number(moment: datetime) -> int:
    """A time as it is stored."""
    return (moment - _EPOCH) // _MICROSECOND


def to_moment(number: int) -> datetime:
    """A stored time."""
    return _EPOCH + number * _MICROSECOND


def to_turn(row: sqlite3.Row) -> Turn:
    """A row of `turns`."""
    return Turn(
        conversation_id=row["conversation_id"],
        message_id=row["message_id"],
        user_id=row["user_id"],
        text=row["text"],
        at=to_moment(row["at"]),
        attempt=row["attempt"],
        answer=Answer.model_validate_json(row["answer"]) if row["answer"] is not None else None,
        feedback=Feedback.model_validate_json(row["feedback"]) if row["feedback"] is not None else None,
    )


def to_conversation(row: sqlite3.Row, turns: Sequence[Turn]) -> Conversation:
    """A row of `conversations` with turns of it."""
    return Conversation(
        id=row["id"],
        user_id=row["user_id"],
        status=row["status"],
        channel=row["channel"],
        created_at=to_moment(row["created_at"]),
        escalation_id=row["escalation_id"],
        rating=Rating.model_validate_json(row["rating"]) if row["rating"] is not None else None,
        turns=tuple(turns),
    )


def to_delivery(row: sqlite3.Row) -> Delivery:
    """A row of `deliveries`."""
    return Delivery(
        handler=row["handler"],
        status=row["status"],
        attempts=row["attempts"],
        reference=row["reference"],
        last_error=row["last_error"],
        due_at=to_moment(row["due_at"]),
        told=tuple(json.loads(row["told"])),
        more_at=None if row["more_at"] is None else to_moment(row["more_at"]),
    )


def to_progress(delivery: Delivery) -> tuple[str | int | None, ...]:
    """How far a delivery got: status, attempts, reference, last_error, due_at, told and more_at."""
    return (
        delivery.status,
        delivery.attempts,
        delivery.reference,
        delivery.last_error,
        to_number(delivery.due_at),
        json.dumps(delivery.told),
        None if delivery.more_at is None else to_number(delivery.more_at),
    )


def to_escalation(row: sqlite3.Row, deliveries: Sequence[Delivery]) -> Escalation:
    """A row of `escalations` with its deliveries."""
    request = json.loads(row["request"])
    return Escalation(**request, status=row["status"], deliveries=tuple(deliveries))


def to_request(escalation: Escalation) -> str:
    """What of an escalation never changes, as JSON."""
    return escalation.model_dump_json(include=set(ASKED_FOR))
