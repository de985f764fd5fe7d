"""Statements about conversations and turns: each finds or writes rows of one business, in a transaction."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from punai import Answer, Inbound, Tenant, Turn
from punai.builtin.sqlite.schema import to_moment, to_number, to_turn
from punai.models import Feedback, Rating, Status
from punai.ports import NotFound

_NO_TURN_YET = 2**63 - 1
_BEFORE_ALL = -(2**63)


def find_conversation(db: sqlite3.Connection, tenant: Tenant, conversation_id: str) -> sqlite3.Row | None:
    """The conversation of this id, or None."""
    return _first(db, "SELECT * FROM conversations WHERE tenant = ? AND id = ?", tenant.id, conversation_id)


def conversation(db: sqlite3.Connection, tenant: Tenant, conversation_id: str) -> sqlite3.Row:
    """The conversation of this id. Raises NotFound where there is none."""
    found = find_conversation(db, tenant, conversation_id)
    if found is None:
        raise NotFound("there is no such conversation")
    return found


def conversation_to_join(
    db: sqlite3.Connection, tenant: Tenant, inbound: Inbound, now: datetime
) -> sqlite3.Row | None:
    """The conversation a new message belongs to: the one it names, or the user's last that goes on."""
    if inbound.conversation_id is not None:
        return find_conversation(db, tenant, inbound.conversation_id)
    last = last_conversation(db, tenant, inbound.user_id)
    if last is None or last["status"] == "closed" or now - to_moment(last["last_at"]) > tenant.idle:
        return None
    return last


def last_conversation(db: sqlite3.Connection, tenant: Tenant, user_id: str) -> sqlite3.Row | None:
    """The conversation that a user's last turn is in, or None."""
    return _first(
        db,
        "SELECT * FROM conversations WHERE tenant = ? AND user_id = ? ORDER BY last_turn DESC LIMIT 1",
        tenant.id,
        user_id,
    )


def put_conversation(
    db: sqlite3.Connection, tenant: Tenant, turn: sqlite3.Row, status: Status, channel: str
) -> sqlite3.Row:
    """Start the turn's conversation, or bring it up to date with the turn."""
    row: sqlite3.Row = db.execute(
        "INSERT INTO conversations"
        " (tenant, id, user_id, status, channel, created_at, last_turn, last_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, channel = excluded.channel,"
        " last_turn = max(last_turn, excluded.last_turn), last_at = max(last_at, excluded.last_at),"
        " expires_at = max(expires_at, excluded.expires_at) RETURNING *",
        (
            tenant.id,
            turn["conversation_id"],
            turn["user_id"],
            status,
            channel,
            turn["at"],
            turn["seq"],
            turn["at"],
            turn["expires_at"],
        ),
    ).fetchone()
    return row


def sent_before(db: sqlite3.Connection, tenant: Tenant, inbound: Inbound) -> sqlite3.Row | None:
    """The turn that a message repeats: by its id, in the conversation it names or in any of its user's."""
    if inbound.message_id is None:
        return None
    if inbound.conversation_id is not None:
        return turn(db, tenant, inbound.conversation_id, inbound.message_id)
    return _first(
        db,
        "SELECT * FROM turns WHERE tenant = ? AND user_id = ? AND message_id = ? ORDER BY seq DESC LIMIT 1",
        tenant.id,
        inbound.user_id,
        inbound.message_id,
    )


def turn(db: sqlite3.Connection, tenant: Tenant, conversation_id: str, message_id: str) -> sqlite3.Row | None:
    """One turn, or None."""
    return _first(
        db,
        "SELECT * FROM turns WHERE tenant = ? AND conversation_id = ? AND message_id = ?",
        tenant.id,
        conversation_id,
        message_id,
    )


def last_turns(
    db: sqlite3.Connection,
    tenant: Tenant,
    conversation_id: str,
    history: int,
    *,
    before: int = _NO_TURN_YET,
) -> Sequence[Turn]:
    """The last `history` turns of a conversation before one, oldest first."""
    found = db.execute(
        "SELECT * FROM turns WHERE tenant = ? AND conversation_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
        (tenant.id, conversation_id, before, max(history, 0)),
    ).fetchall()
    return [to_turn(row) for row in reversed(found)]


def unanswered(db: sqlite3.Connection, tenant: Tenant, now: datetime, limit: int) -> Sequence[Turn]:
    """Turns whose lease ran out before they were answered, the longest overdue first."""
    found = db.execute(
        "SELECT * FROM turns WHERE tenant = ? AND answer IS NULL AND held_until <= ?"
        " ORDER BY held_until, seq LIMIT ?",
        (tenant.id, to_number(now), max(limit, 0)),
    )
    return [to_turn(row) for row in found]


def conversations_of(db: sqlite3.Connection, tenant: Tenant, user_id: str) -> Sequence[sqlite3.Row]:
    """Every conversation of a person, oldest first."""
    return db.execute(
        "SELECT * FROM conversations WHERE tenant = ? AND user_id = ? ORDER BY seq", (tenant.id, user_id)
    ).fetchall()


def turns_after(
    db: sqlite3.Connection, tenant: Tenant, conversation_id: str, seq: int, *, limit: int
) -> Sequence[sqlite3.Row]:
    """The next turns of a conversation, oldest first."""
    return db.execute(
        "SELECT * FROM turns WHERE tenant = ? AND conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (tenant.id, conversation_id, seq, limit),
    ).fetchall()


def turns_since(
    db: sqlite3.Connection, tenant: Tenant, since: datetime, after: sqlite3.Row | None, *, limit: int
) -> Sequence[sqlite3.Row]:
    """The business's next turns from a time on, after one of them: in the order in which they expire, since
    that is the one order of all its turns that there is an index for."""
    expires_at, seq = (after["expires_at"], after["seq"]) if after else (_BEFORE_ALL, _BEFORE_ALL)
    return db.execute(
        "SELECT * FROM turns WHERE tenant = ? AND (expires_at, seq) > (?, ?) AND at >= ?"
        " ORDER BY expires_at, seq LIMIT ?",
        (tenant.id, expires_at, seq, to_number(since), limit),
    ).fetchall()


def insert_turn(db: sqlite3.Connection, tenant: Tenant, new: Turn, *, held_until: datetime) -> sqlite3.Row:
    """A turn's first row."""
    row: sqlite3.Row = db.execute(
        "INSERT INTO turns"
        " (tenant, conversation_id, message_id, user_id, text, at, attempt, held_until, answer, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            tenant.id,
            new.conversation_id,
            new.message_id,
            new.user_id,
            new.text,
            to_number(new.at),
            new.attempt,
            to_number(held_until),
            new.answer.model_dump_json() if new.answer else None,
            to_number(new.at + timedelta(days=tenant.retain_days)),
        ),
    ).fetchone()
    return row


def hold_again(db: sqlite3.Connection, held: sqlite3.Row, *, until: datetime) -> sqlite3.Row:
    """Hand a turn whose lease ran out to its next holder."""
    row: sqlite3.Row = db.execute(
        "UPDATE turns SET attempt = attempt + 1, held_until = ? WHERE seq = ? RETURNING *",
        (to_number(until), held["seq"]),
    ).fetchone()
    return row


def answer_turn(db: sqlite3.Connection, held: sqlite3.Row, answer: Answer) -> None:
    """Store a turn's answer."""
    db.execute("UPDATE turns SET answer = ? WHERE seq = ?", (answer.model_dump_json(), held["seq"]))


def rate_turn(db: sqlite3.Connection, found: sqlite3.Row, feedback: Feedback | None) -> None:
    """Store what the customer thinks of a turn's answer."""
    as_text = feedback.model_dump_json() if feedback else None
    db.execute("UPDATE turns SET feedback = ? WHERE seq = ?", (as_text, found["seq"]))


def rate_conversation(db: sqlite3.Connection, found: sqlite3.Row, rating: Rating) -> None:
    """Store what the customer thinks of a conversation."""
    db.execute("UPDATE conversations SET rating = ? WHERE seq = ?", (rating.model_dump_json(), found["seq"]))


def rated_conversations(db: sqlite3.Connection, tenant: Tenant) -> Sequence[sqlite3.Row]:
    """Every conversation of the business that has a rating."""
    return db.execute(
        "SELECT * FROM conversations WHERE tenant = ? AND rating IS NOT NULL", (tenant.id,)
    ).fetchall()


def _first(db: sqlite3.Connection, query: str, *values: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(query, values).fetchone()
    return row


def signing_key(db: sqlite3.Connection, tenant: Tenant, new: bytes) -> bytes:
    """The tenant's key, which is the new one where there was none."""
    db.execute("INSERT INTO signing_keys VALUES (?, ?) ON CONFLICT DO NOTHING", (tenant.id, new))
    [key] = db.execute("SELECT key FROM signing_keys WHERE tenant = ?", (tenant.id,)).fetchone()
    return bytes(key)
