"""How a message is taken in, inside a transaction: written once, held by one, met by its repeats."""

import sqlite3
from datetime import datetime, timedelta
from uuid import uuid4

from punai import Inbound, Tenant, Turn
from punai.builtin.sqlite import rows
from punai.builtin.sqlite.schema import to_conversation, to_moment, to_turn
from punai.models import Status
from punai.ports import Accepted, NotYours


def take_in(
    db: sqlite3.Connection,
    tenant: Tenant,
    inbound: Inbound,
    *,
    now: datetime,
    lease: timedelta,
    history: int,
) -> Accepted:
    """Write the words and hold their turn, or see who was first; with the last turns before them.

    Raises:
        NotYours: the conversation is another user's.
    """
    known = rows.sent_before(db, tenant, inbound)
    check_owner(known, inbound.user_id)
    if known is None:
        joined = rows.conversation_to_join(db, tenant, inbound, now)
        check_owner(joined, inbound.user_id)
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


def check_owner(row: sqlite3.Row | None, user_id: str) -> None:
    """See that a row is this user's, if it is there.

    Raises:
        NotYours: it is another user's.
    """
    if row is not None and row["user_id"] != user_id:
        raise NotYours("this conversation belongs to another user")


def _turn(inbound: Inbound, joined: sqlite3.Row | None, now: datetime) -> Turn:
    return Turn(
        conversation_id=joined["id"] if joined is not None else inbound.conversation_id or uuid4().hex,
        message_id=inbound.message_id or uuid4().hex,
        user_id=inbound.user_id,
        text=inbound.text,
        at=now,
    )


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
