"""The embedded store: one SQLite file that threads and processes share, or `:memory:` for tests."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from punai import Answer, Conversation, Escalation, Inbound, Store, Tenant, Turn, hookimpl
from punai.builtin.sqlite import escalations, removal, rows
from punai.builtin.sqlite.connections import Connections
from punai.builtin.sqlite.schema import (
    to_conversation,
    to_delivery,
    to_moment,
    to_number,
    to_turn,
)
from punai.models import Delivery, Status
from punai.ports import Accepted, ConfigurationError, NotYours, StatusChanged, TurnLost

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
            known = rows.sent_before(db, tenant, inbound)
            _check_owner(known, inbound.user_id)
            if known is None:
                joined = rows.conversation_to_join(db, tenant, inbound, now)
                _check_owner(joined, inbound.user_id)
                held = rows.insert_turn(db, tenant, _turn(inbound, joined, now), held_until=now + lease)
            elif (
                known["answer"] is not None
                or to_moment(known["held_until"]) > now
                or known["text"] != inbound.text  # Other words under its id: a mistake, not a retry.
            ):
                return _repeat(db, tenant, known, now, history)
            else:
                joined = rows.conversation(db, tenant, known["conversation_id"])
                held = rows.hold_again(db, known, until=now + lease)
            status: Status = "bot"
            if joined is not None and joined["status"] != "closed":
                status = joined["status"]
            conversation = rows.put_conversation(db, tenant, held, status, inbound.channel)
            before = rows.last_turns(db, tenant, conversation["id"], history, before=held["seq"])
            return Accepted("new", to_turn(held), to_conversation(conversation, before))

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

    def record(self, tenant: Tenant, turn: Turn, *, expect: Status | None = None) -> Turn:
        """Store a turn that is finished already."""
        with self._connections.writing() as db:
            joined = rows.find_conversation(db, tenant, turn.conversation_id)
            _check_owner(joined, turn.user_id)
            known = rows.turn(db, tenant, turn.conversation_id, turn.message_id)
            if known is not None:
                return to_turn(known)
            if joined is not None and expect is not None and joined["status"] != expect:
                raise StatusChanged(joined["status"])
            stored = rows.insert_turn(db, tenant, turn, held_until=turn.at)
            if joined is not None:
                rows.put_conversation(db, tenant, stored, joined["status"], joined["channel"])
            else:
                rows.put_conversation(db, tenant, stored, turn.answer.status if turn.answer else "bot", "web")
            return turn

    def conversation(self, tenant: Tenant, conversation_id: str, *, history: int) -> Conversation | None:
        """The conversation with its last turns."""
        with self._connections.reading() as db:
            row = rows.find_conversation(db, tenant, conversation_id)
            if row is None:
                return None
            return to_conversation(row, rows.last_turns(db, tenant, conversation_id, history))

    def turn(self, tenant: Tenant, conversation_id: str, message_id: str) -> Turn | None:
        """One turn."""
        with self._connections.reading() as db:
            row = rows.turn(db, tenant, conversation_id, message_id)
            return None if row is None else to_turn(row)

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
        now: datetime,
        name: str | None,
        email: str | None,
        note: str | None,
    ) -> None:
        """Add what has become known, and have it told again."""
        contact = {"name": name, "email": email, "note": note}
        known = {field: value for field, value in contact.items() if value is not None}
        with self._connections.writing() as db:
            escalations.amend_escalation(db, tenant, escalation_id, known, now)

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
            seen = [to_delivery(row) for row in due]
            put_off = [delivery.model_copy(update={"due_at": now + lease}) for delivery in seen]
            for row, delivery, before in zip(due, put_off, seen, strict=True):
                escalations.update_delivery(db, tenant, row["escalation_id"], delivery, before)
            asked = [escalations.find_escalation(db, tenant, row["escalation_id"]) for row in due]
            return [(found, one) for found, one in zip(asked, put_off, strict=True) if found]

    def record_delivery(
        self, tenant: Tenant, escalation_id: str, delivery: Delivery, *, seen: Delivery
    ) -> None:
        """Store how an attempt went; nothing where the delivery changed or was erased meanwhile."""
        with self._connections.writing() as db:
            escalations.update_delivery(db, tenant, escalation_id, delivery, seen)

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


def _turn(inbound: Inbound, joined: sqlite3.Row | None, now: datetime) -> Turn:
    return Turn(
        conversation_id=joined["id"] if joined is not None else inbound.conversation_id or uuid4().hex,
        message_id=inbound.message_id or uuid4().hex,
        user_id=inbound.user_id,
        text=inbound.text,
        at=now,
    )


def _check_owner(row: sqlite3.Row | None, user_id: str) -> None:
    if row is not None and row["user_id"] != user_id:
        raise NotYours("this conversation belongs to another user")


def _repeat(
    db: sqlite3.Connection, tenant: Tenant, known: sqlite3.Row, now: datetime, history: int
) -> Accepted:
    conversation = to_conversation(
        rows.conversation(db, tenant, known["conversation_id"]),
        rows.last_turns(db, tenant, known["conversation_id"], history, before=known["seq"]),
    )
    if known["answer"] is not None:
        return Accepted("answered", to_turn(known), conversation)
    left = max(to_moment(known["held_until"]) - now, timedelta(0))
    return Accepted("in_flight", to_turn(known), conversation, retry_after=left)
