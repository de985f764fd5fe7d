"""The store on AWS: one DynamoDB table, one item per turn, nothing that grows, and no scan for a customer.

What its items are is in items.py. However long a conversation is, a plain turn that names it takes four
calls: one query and one conditional write when the words come in (acceptance.py), one read and one
conditional write when the answer does (completion.py); one that does not name it takes a read more. Only the
turn's holder may answer it, and only while the conversation has the status that the answer was made for
(fences.py).

A message that names no conversation is recognised as a repeat in its user's last conversation, not in earlier
ones: that would take an item more per turn. What a tenant no longer keeps, DynamoDB deletes by itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter
from typing import Any
from uuid import uuid4

from punai import Answer, Conversation, Escalation, Inbound, Store, Tenant, Turn, hookimpl
from punai.builtin.dynamodb import deliveries, items
from punai.builtin.dynamodb.acceptance import Acceptance
from punai.builtin.dynamodb.completion import complete
from punai.builtin.dynamodb.connection import attempts
from punai.builtin.dynamodb.feedback import rate, rate_conversation, rated
from punai.builtin.dynamodb.fences import fence
from punai.builtin.dynamodb.items import ORDER, UNANSWERED
from punai.builtin.dynamodb.removal import erase
from punai.builtin.dynamodb.signing import signing_key
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.threads import (
    joining,
    put_meta,
    read_last,
    read_rows,
    read_rows_before,
    read_thread,
)
from punai.builtin.dynamodb.writes import put, put_new, update
from punai.models import Delivery, Feedback, Rating, Status
from punai.ports import Accepted, ConfigurationError, NotFound, StatusChanged


@hookimpl
def open_store(url: str) -> Store | None:
    scheme, _, table = url.partition("://")
    if scheme != "dynamodb":
        return None
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", table):
        raise ConfigurationError(
            f"PUNAI_STORE: {url} names no table; write dynamodb://TABLE, where TABLE is"
            " 3 to 255 letters, digits, dots, dashes and underscores"
        )
    return DynamoDBStore(Table(table))


class DynamoDBStore:
    """The conversations in a table. See `punai.ports.Store`."""

    name = "dynamodb"

    def __init__(self, table: Table) -> None:
        self.table = table

    def prepare(self) -> None:
        """Create the table where there is none."""
        self.table.prepare()

    def check(self) -> None:
        """Read something, whether or not it is there."""
        self.table.get(("check", "check"))

    def accept(
        self, tenant: Tenant, inbound: Inbound, *, now: datetime, lease: timedelta, history: int
    ) -> Accepted:
        """Make the words durable and hold their turn."""
        message_id, holder = inbound.message_id or uuid4().hex, uuid4().hex
        message = Acceptance(self.table, tenant, inbound, message_id, holder, now, lease, history)
        for _ in attempts():
            accepted = message.attempt()
            if accepted:
                return accepted
        raise self.table.busy()

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
        return complete(self.table, tenant, turn, answer, expect, escalation)

    def record(
        self,
        tenant: Tenant,
        turn: Turn,
        *,
        expect: Status | None = None,
        escalation: Escalation | None = None,
    ) -> Turn:
        """Store a turn that is finished already, and the escalation that it opens, if any."""
        expires = items.expiry(tenant, turn.at)
        asked = (
            [put(whole) for whole in items.escalation_items(tenant, escalation, expires)]
            if escalation
            else []
        )
        for _ in attempts():
            thread = read_thread(self.table, tenant, turn.user_id, turn.conversation_id, history=0)
            joined = thread.conversation or Conversation(
                id=turn.conversation_id,
                user_id=turn.user_id,
                status=turn.answer.status if turn.answer else "bot",
                created_at=turn.at,
            )
            as_expected = not (thread.conversation and expect) or joined.status == expect
            whole = items.turn_item(tenant, turn, after=thread.newest, escalation=escalation)
            after = _moved(joined, turn, escalation)
            beside = joining(self.table, tenant, thread, after, turn.at, expect)
            if as_expected and self.table.commit(put_new(whole), *beside, *asked):
                return turn
            stored = self.turn(tenant, turn.conversation_id, turn.message_id)
            if stored:
                return stored
            if not as_expected:
                raise StatusChanged(joined.status)
        raise self.table.busy()

    def conversation(
        self, tenant: Tenant, conversation_id: str, *, history: int, before: str | None = None
    ) -> Conversation | None:
        """The conversation with its last turns, or with the last before one of them."""
        if before is None:
            meta, turns = read_rows(self.table, tenant, conversation_id, history)
        else:
            meta, turns = read_rows_before(self.table, tenant, conversation_id, before, history)
        return items.conversation_from(meta, turns) if meta else None

    def last_conversation(self, tenant: Tenant, user_id: str) -> str | None:
        """The id of the user's last conversation."""
        return read_last(self.table, tenant, user_id)

    def turn(self, tenant: Tenant, conversation_id: str, message_id: str) -> Turn | None:
        """One turn."""
        stored = self.table.get(items.turn_key(tenant, conversation_id, message_id))
        return items.turn_from(conversation_id, stored) if stored else None

    def rate(self, tenant: Tenant, conversation_id: str, message_id: str, feedback: Feedback | None) -> None:
        """Keep what the customer thinks of an answer."""
        rate(self.table, tenant, conversation_id, message_id, feedback)

    def rate_conversation(self, tenant: Tenant, conversation_id: str, rating: Rating) -> None:
        """Keep what the customer thinks of a conversation."""
        rate_conversation(self.table, tenant, conversation_id, rating)

    def rated(self, tenant: Tenant) -> Iterator[Conversation]:
        """Every conversation that has a rating. The table is scanned for them."""
        return rated(self.table, tenant)

    def change_status(
        self, tenant: Tenant, conversation_id: str, *, expect: Sequence[Status], to: Status
    ) -> None:
        """Move the conversation, and its open escalation along with it."""
        for _ in attempts():
            meta = self.table.get(items.meta_key(tenant, conversation_id))
            if meta is None:
                raise NotFound("there is no such conversation")
            seen, version = items.conversation_from(meta, ()), int(meta["version"])
            if seen.status not in expect:
                # Who changed it may have died before it fenced; whoever learns the status may rely on it.
                fence(self.table, tenant, conversation_id, version)
                raise StatusChanged(seen.status)
            over = to in ("bot", "closed")
            moved = {"status": to, "escalation_id": None if over else seen.escalation_id}
            writes = [put_meta(tenant, meta, seen.model_copy(update=moved), int(meta["ttl"]))]
            escalation = items.delivery_key(tenant, seen.escalation_id or "")
            if seen.escalation_id and to != "waiting" and self.table.get(escalation):
                becomes = "closed" if over else "taken"
                writes.append(update(escalation, "SET #status = :to", "attribute_exists(pk)", to=becomes))
            if self.table.commit(*writes):
                fence(self.table, tenant, conversation_id, version + 1)
                return
        raise self.table.busy()

    def escalations(self, tenant: Tenant) -> Sequence[Escalation]:
        """Every escalation, newest first."""
        return deliveries.newest_first(self.table, tenant)

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
        deliveries.amend(self.table, tenant, escalation_id, known, due_at)

    def unanswered(self, tenant: Tenant, *, now: datetime, limit: int) -> Sequence[Turn]:
        """Turns whose holder let them lie. How many are being answered at the moment is how many are read."""
        in_index = self.table.query(
            "unanswered = :tenant", index=UNANSWERED, tenant=items.tenant_partition(tenant)
        )
        overdue = [row for row in in_index if row["held_until"] <= items.moment(now)]
        overdue.sort(key=itemgetter("held_until"))
        # The index is a moment behind: each is looked at once more.
        stored = (self.table.get((row["pk"], row["sk"])) for row in overdue)
        lost = (row for row in stored if row and row.get("held_until", items.LAST) <= items.moment(now))
        return [items.turn_from(items.conversation_of(row["pk"]), row) for row in islice(lost, max(limit, 0))]

    def claim_deliveries(
        self, tenant: Tenant, *, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[tuple[Escalation, Delivery]]:
        """Take what is due, and put it off for others."""
        return deliveries.claim(self.table, tenant, now=now, lease=lease, limit=limit)

    def record_delivery(
        self, tenant: Tenant, escalation_id: str, delivery: Delivery, *, seen: Delivery
    ) -> None:
        """Store how an attempt went; nothing where the delivery changed or was erased meanwhile."""
        deliveries.record(self.table, tenant, escalation_id, delivery, seen)

    def tenant_of(self, keys: Mapping[str, Any]) -> str | None:
        """Whose delivery a record of the table's stream tells of. See `punai.stream.ChangeStream`."""
        return items.tenant_of_escalations(keys)

    def turns_of(self, tenant: Tenant, user_id: str) -> Iterator[Turn]:
        """Every turn of a person, conversation by conversation."""
        user = items.user_partition(tenant, user_id)
        for listing in self.table.query("pk = :pk", index=ORDER, pk=user):
            conversation_id = listing["conversation_id"]
            pk = items.conversation_partition(tenant, conversation_id)
            turns = self.table.query("pk = :pk AND ord < :last", index=ORDER, pk=pk, last=items.LAST)
            for stored in turns:
                yield items.turn_from(conversation_id, stored)

    def turns(self, tenant: Tenant, *, since: datetime) -> Iterator[Turn]:
        """Every turn of the business from then on. No key holds them together, so the table is scanned."""
        found = self.table.scan(
            "begins_with(pk, :conversations) AND begins_with(sk, :turns) AND #at >= :since",
            conversations=items.conversation_partition(tenant, ""),
            turns=items.TURN,
            since=items.moment(since),
        )
        return (items.turn_from(items.conversation_of(stored["pk"]), stored) for stored in found)

    def signing_key(self, tenant: Tenant, new: bytes) -> bytes:
        """The key that is there, or this one."""
        return signing_key(self.table, tenant, new)

    def erase(self, tenant: Tenant, user_id: str) -> int:
        """Remove a person's turns, conversations and escalations. Interrupted, it can be run again."""
        return erase(self.table, tenant, user_id)

    def expire(self, tenant: Tenant, *, now: datetime) -> int:
        """Nothing: DynamoDB deletes by itself what has expired, and until it does, reads leave it out."""
        return 0

    def close(self) -> None:
        """Let go of connections; the next use makes new ones."""
        self.table.connection.close()


def _moved(seen: Conversation, turn: Turn, escalation: Escalation | None) -> Conversation:
    """The conversation as a turn leaves it, which moves it only where it brings in a human."""
    if escalation is None or turn.answer is None:
        return seen
    return seen.model_copy(update={"status": turn.answer.status, "escalation_id": escalation.id})
