"""The embedded store: one SQLite file that threads and processes share, or `:memory:` for tests."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from punai import Answer, Conversation, Escalation, Inbound, Store, Tenant, Turn, hookimpl
from punai.builtin.sqlite import escalations, removal, rows
from punai.builtin.sqlite.acceptance import check_owner, take_in
from punai.builtin.sqlite.connections import Connections
from punai.builtin.sqlite.schema import (
    to_conversation,
    to_number,
    to_turn,
)
from punai.models import Delivery, Feedback, Rating, Status
from punai.ports import Accepted, ConfigurationError, NotFound, StatusChanged, TurnLost

PAGE = 500


@hookimpl
def open_store(url: str) -> Store | None:
    if not url.startswith("sqlite:"):
        return None
    if sqlite3.sqlite_version_info < (3, 37):
        raise ConfigurationError(
            f"PUNAI_STORE: {url} needs SQLite 3.37 or later, and this Python has {sqlite3.sqlite_version}"
        )
    path = url.removeprefix("sqlite:///")
    if path in (url, ""):
        raise ConfigurationError(
            f"PUNAI_STORE: {url} names no database; write sqlite:///relative/path.db,"
            " sqlite:////absolute/path.db or sqlite:///:memory:"
        )
    if path == ":memory:":
        return SqliteStore(None)
    return SqliteStore(Path(path).absolute())  # The working directory may change before the first use.


class SqliteStore:
    """The database at `path`, or one in memory where that is None. See `punai.ports.Store`."""

    name = "sqlite"

    def __init__(self, path: Path | None) -> None:
        self._connections = Connections(path)

    def prepare(self) -> None:
        """Create the folder, the file and the tables where they are missing."""
        with self._connections.writing():
            pass  # Opening creates; that it may be written to shows by beginning to.

    def check(self) -> None:
        """Read from the database."""
        with self._connections.reading() as db:
            db.execute("SELECT seq FROM turns LIMIT 1").fetchone()

    def accept(
        self, tenant: Tenant, inbound: Inbound, *, now: datetime, lease: timedelta, history: int
    ) -> Accepted:
        """Make the words durable, hold their turn, and read the last turns before it."""
        with self._connections.writing() as db:
            return take_in(db, tenant, inbound, now=now, lease=lease, history=history)

    def complete(
        self,
        tenant: Tenant,
        turn: Turn,
        answer: Answer,
        *,
        expect: Status,
        now: datetime,
        escalation: Escalation | None = None,
    ) -> Turn:
        """Store the answer and what comes of it, for the turn's holder and in the expected status only."""
        with self._connections.writing() as db:
            held = rows.turn(db, tenant, turn.conversation_id, turn.message_id)
            conversation = rows.find_conversation(db, tenant, turn.conversation_id)
            if held is None or conversation is None:
                raise TurnLost("this turn was erased meanwhile")
            if held["answer"] is not None:
                return to_turn(held)
            if held["attempt"] != turn.attempt:
                raise TurnLost("another holder took this turn over")
            if conversation["status"] != expect:
                raise StatusChanged(conversation["status"])
            rows.answer_turn(db, held, answer)
            db.execute(
                "UPDATE conversations SET status = ?, last_at = max(last_at, ?) WHERE seq = ?",
                (answer.status, to_number(now), conversation["seq"]),
            )
            if escalation is not None:
                escalations.insert_escalation(db, tenant, escalation)
            return to_turn(held).model_copy(update={"answer": answer})

    def record(
        self,
        tenant: Tenant,
        turn: Turn,
        *,
        expect: Status | None = None,
        escalation: Escalation | None = None,
    ) -> Turn:
        """Store a turn that is finished already, and the escalation that it opens, if any."""
        with self._connections.writing() as db:
            joined = rows.find_conversation(db, tenant, turn.conversation_id)
            check_owner(joined, turn.user_id)
            known = rows.turn(db, tenant, turn.conversation_id, turn.message_id)
            if known is not None:
                return to_turn(known)
            if joined is not None and expect is not None and joined["status"] != expect:
                raise StatusChanged(joined["status"])
            stored = rows.insert_turn(db, tenant, turn, held_until=turn.at)
            status: Status = turn.answer.status if turn.answer else "bot"
            if joined is None or escalation is not None:
                rows.put_conversation(db, tenant, stored, status, joined["channel"] if joined else "web")
            else:
                rows.put_conversation(db, tenant, stored, joined["status"], joined["channel"])
            if escalation is not None:
                escalations.insert_escalation(db, tenant, escalation)
            return turn

    def conversation(
        self, tenant: Tenant, conversation_id: str, *, history: int, before: str | None = None
    ) -> Conversation | None:
        """The conversation with its last turns, or with the last before one of them."""
        with self._connections.reading() as db:
            row = rows.find_conversation(db, tenant, conversation_id)
            if row is None:
                return None
            if before is None:
                return to_conversation(row, rows.last_turns(db, tenant, conversation_id, history))
            seq = _there(rows.turn(db, tenant, conversation_id, before), "message")["seq"]
            return to_conversation(row, rows.last_turns(db, tenant, conversation_id, history, before=seq))

    def last_conversation(self, tenant: Tenant, user_id: str) -> str | None:
        """The id of the user's last conversation."""
        with self._connections.reading() as db:
            row = rows.last_conversation(db, tenant, user_id)
            return None if row is None else row["id"]

    def turn(self, tenant: Tenant, conversation_id: str, message_id: str) -> Turn | None:
        """One turn."""
        with self._connections.reading() as db:
            row = rows.turn(db, tenant, conversation_id, message_id)
            return None if row is None else to_turn(row)

    def rate(self, tenant: Tenant, conversation_id: str, message_id: str, feedback: Feedback | None) -> None:
        """Keep what the customer thinks of an answer."""
        with self._connections.writing() as db:
            found = _there(rows.turn(db, tenant, conversation_id, message_id), "message")
            if found["answer"] is None:
                raise NotFound("this message has no answer yet")
            rows.rate_turn(db, found, feedback)

    def rate_conversation(self, tenant: Tenant, conversation_id: str, rating: Rating) -> None:
        """Keep what the customer thinks of a conversation."""
        with self._connections.writing() as db:
            rows.rate_conversation(db, rows.conversation(db, tenant, conversation_id), rating)

    def rated(self, tenant: Tenant) -> Iterator[Conversation]:
        """Every conversation that has a rating."""
        with self._connections.reading() as db:
            found = rows.rated_conversations(db, tenant)
        return (to_conversation(row, ()) for row in found)

    def change_status(
        self, tenant: Tenant, conversation_id: str, *, expect: Sequence[Status], to: Status
    ) -> None:
        """Move the conversation, and its open escalation along with it."""
        with self._connections.writing() as db:
            conversation = rows.conversation(db, tenant, conversation_id)
            if conversation["status"] not in expect:
                raise StatusChanged(conversation["status"])
            over = to in ("bot", "closed")
            escalation_id = conversation["escalation_id"]
            db.execute(
                "UPDATE conversations SET status = ?, escalation_id = ? WHERE seq = ?",
                (to, None if over else escalation_id, conversation["seq"]),
            )
            if over or to == "human":
                db.execute(
                    "UPDATE escalations SET status = ? WHERE tenant = ? AND id = ?",
                    ("closed" if over else "taken", tenant.id, escalation_id),
                )

    def escalations(self, tenant: Tenant) -> Sequence[Escalation]:
        """Every escalation, newest first."""
        with self._connections.reading() as db:
            return escalations.newest_first(db, tenant)

    def amend_escalation(
        self,
        tenant: Tenant,
        escalation_id: str,
        *,
        due_at: datetime,
        name: str | None = None,
        email: str | None = None,
        note: str | None = None,
    ) -> None:
        """Add what has become known, and have what is new told."""
        contact = {"name": name, "email": email, "note": note}
        known = {field: value for field, value in contact.items() if value is not None}
        with self._connections.writing() as db:
            escalations.amend_escalation(db, tenant, escalation_id, known, due_at)

    def unanswered(self, tenant: Tenant, *, now: datetime, limit: int) -> Sequence[Turn]:
        """Turns whose holder let them lie."""
        with self._connections.reading() as db:
            return rows.unanswered(db, tenant, now, limit)

    def claim_deliveries(
        self, tenant: Tenant, *, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[tuple[Escalation, Delivery]]:
        """Take deliveries that are due, and put them off for everybody else."""
        with self._connections.writing() as db:
            due = escalations.due_deliveries(db, tenant, now, limit)
            claimed = [escalations.claim_delivery(db, row, now + lease) for row in due]
            asked = [escalations.find_escalation(db, tenant, row["escalation_id"]) for row in due]
            return [(found, one) for found, one in zip(asked, claimed, strict=True) if found]

    def record_delivery(
        self, tenant: Tenant, escalation_id: str, delivery: Delivery, *, seen: Delivery
    ) -> None:
        """Store how an attempt went; nothing where the delivery changed or was erased meanwhile."""
        with self._connections.writing() as db:
            escalations.record_delivery(db, tenant, escalation_id, delivery, seen)

    def turns_of(self, tenant: Tenant, user_id: str) -> Iterator[Turn]:
        """Every turn of a person, read page by page: no transaction stays open while the caller works."""
        with self._connections.reading() as db:
            conversations = rows.conversations_of(db, tenant, user_id)
        for conversation in conversations:
            seen = 0
            while page := self._turns_after(tenant, conversation["id"], seen):
                yield from map(to_turn, page)
                seen = page[-1]["seq"]

    def turns(self, tenant: Tenant, *, since: datetime) -> Iterator[Turn]:
        """Every turn of the business from then on, read page by page as well."""
        page: Sequence[sqlite3.Row] = ()
        while page := self._page_of_turns(tenant, since, after=page[-1] if page else None):
            yield from map(to_turn, page)

    def erase(self, tenant: Tenant, user_id: str) -> int:
        """Remove a person, all of it or nothing."""
        with self._connections.writing() as db:
            erased = removal.erase(db, tenant, user_id)
        self._connections.empty_log()
        return erased

    def expire(self, tenant: Tenant, *, now: datetime) -> int:
        """Remove what has passed its time, a page at a time: customers do not wait for it. How many turns."""
        expired, page = 0, PAGE
        while page == PAGE:
            with self._connections.writing() as db:
                page = removal.expire_turns(db, tenant, now, limit=PAGE)
                expired += page
        with self._connections.writing() as db:
            removal.expire_what_held_them(db, tenant, now)
        if expired:
            self._connections.empty_log()
        return expired

    def signing_key(self, tenant: Tenant, new: bytes) -> bytes:
        """The key that is there, or this one."""
        with self._connections.writing() as db:
            return rows.signing_key(db, tenant, new)

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    def _turns_after(self, tenant: Tenant, conversation_id: str, seq: int) -> Sequence[sqlite3.Row]:
        with self._connections.reading() as db:
            return rows.turns_after(db, tenant, conversation_id, seq, limit=PAGE)

    def _page_of_turns(
        self, tenant: Tenant, since: datetime, after: sqlite3.Row | None
    ) -> Sequence[sqlite3.Row]:
        with self._connections.reading() as db:
            return rows.turns_since(db, tenant, since, after, limit=PAGE)


def _there(row: sqlite3.Row | None, what: str) -> sqlite3.Row:
    if row is None:
        raise NotFound(f"there is no such {what}")
    return row
