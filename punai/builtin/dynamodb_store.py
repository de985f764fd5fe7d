"""The store on AWS: one DynamoDB table, one item per turn, nothing that grows and nothing that is scanned.

What its items are is in dynamodb_items.py. However long a conversation is, a plain turn takes two reads and
one conditional write when the words come in, and one transaction when the answer does: only the turn's holder
may answer it, and only while the conversation has the status that the answer was made for.

A message that names no conversation is recognised as a repeat in its user's last conversation, not in earlier
ones: that would take an item more per turn. What a tenant no longer keeps, DynamoDB deletes by itself.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import uuid4

from punai import Answer, Conversation, Escalation, Inbound, Store, Tenant, Turn, hookimpl
from punai.builtin import dynamodb_items as items
from punai.builtin.dynamodb_acceptance import Acceptance
from punai.builtin.dynamodb_connection import attempts
from punai.builtin.dynamodb_items import Key
from punai.builtin.dynamodb_table import Table
from punai.builtin.dynamodb_threads import joining, put_meta, read_rows, read_thread
from punai.builtin.dynamodb_writes import Write, check, put, put_new, update
from punai.models import Delivery, Status
from punai.ports import Accepted, ConfigurationError, NotFound, StatusChanged, TurnLost


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
        writes = _answering(tenant, turn, answer, expect, escalation)
        for _ in attempts():
            if self.table.commit(*writes):
                return turn.model_copy(update={"answer": answer})
            stored = self.turn(tenant, turn.conversation_id, turn.message_id)
            if stored and stored.answer:
                return stored
            meta = self.table.get(items.meta_key(tenant, turn.conversation_id))
            if stored is None or meta is None:
                raise TurnLost("this turn was erased meanwhile")
            if stored.attempt != turn.attempt:
                raise TurnLost("another holder took this turn over")
            status = items.conversation_from(meta, ()).status
            if status != expect:
                raise StatusChanged(status)
        raise self.table.busy()

    def record(self, tenant: Tenant, turn: Turn, *, expect: Status | None = None) -> Turn:
        """Store a turn that is finished already."""
        for _ in attempts():
            thread = read_thread(self.table, tenant, turn.user_id, turn.conversation_id, history=0)
            joined = thread.conversation or Conversation(
                id=turn.conversation_id,
                user_id=turn.user_id,
                status=turn.answer.status if turn.answer else "bot",
                created_at=turn.at,
            )
            as_expected = not (thread.conversation and expect) or joined.status == expect
            whole = items.turn_item(tenant, turn, after=thread.newest)
            beside = joining(tenant, thread, joined, turn.at, expect)
            if as_expected and self.table.commit(put_new(whole), *beside):
                return turn
            stored = self.turn(tenant, turn.conversation_id, turn.message_id)
            if stored:
                return stored
            if not as_expected:
                raise StatusChanged(joined.status)
        raise self.table.busy()

    def conversation(self, tenant: Tenant, conversation_id: str, *, history: int) -> Conversation | None:
        """The conversation with its last turns."""
        meta, turns = read_rows(self.table, tenant, conversation_id, history)
        return items.conversation_from(meta, turns) if meta else None

    def turn(self, tenant: Tenant, conversation_id: str, message_id: str) -> Turn | None:
        """One turn."""
        stored = self.table.get(items.turn_key(tenant, conversation_id, message_id))
        return items.turn_from(conversation_id, stored) if stored else None

    def change_status(
        self, tenant: Tenant, conversation_id: str, *, expect: Sequence[Status], to: Status
    ) -> None:
        """Move the conversation, and its open escalation along with it."""
        for _ in attempts():
            meta = self.table.get(items.meta_key(tenant, conversation_id))
            if meta is None:
                raise NotFound("there is no such conversation")
            seen = items.conversation_from(meta, ())
            if seen.status not in expect:
                raise StatusChanged(seen.status)
            over = to in ("bot", "closed")
            moved = {"status": to, "escalation_id": None if over else seen.escalation_id}
            writes = [put_meta(tenant, seen, seen.model_copy(update=moved), int(meta["ttl"]))]
            escalation = items.delivery_key(tenant, seen.escalation_id or "")
            if seen.escalation_id and to != "waiting" and self.table.get(escalation):
                becomes = "closed" if over else "taken"
                writes.append(update(escalation, "SET #status = :to", "attribute_exists(pk)", to=becomes))
            if self.table.commit(*writes):
                return
        raise self.table.busy()

    def escalations(self, tenant: Tenant) -> Sequence[Escalation]:
        """Every escalation, newest first."""
        rows = self.table.query("pk = :pk", pk=items.escalation_partition(tenant))
        together = [list(group) for _, group in groupby(rows, key=lambda row: row["sk"].partition("#")[0])]
        whole = [group for group in together if "arrived" in group[0]]
        whole.sort(key=lambda group: group[0]["arrived"], reverse=True)
        return [items.escalation_from(itself, deliveries) for itself, *deliveries in whole]

    def claim_deliveries(
        self, tenant: Tenant, *, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[tuple[Escalation, Delivery]]:
        """Take what is due, and put it off for others."""
        pk = items.escalation_partition(tenant)
        due = self.table.query(
            "pk = :pk AND ord <= :now", ordered=True, page=limit, pk=pk, now=items.moment(now)
        )
        claimed: list[tuple[Escalation, Delivery]] = []
        for row in due:
            delivery = items.delivery_from(row).model_copy(update={"due_at": now + lease})
            if not self.table.commit(_outcome((pk, row["sk"]), delivery, "body = :read", read=row["body"])):
                continue  # another worker was faster
            _, prefix = items.delivery_key(tenant, row["escalation_id"])
            parts = list(self.table.query("pk = :pk AND begins_with(sk, :prefix)", pk=pk, prefix=prefix))
            if parts and "arrived" in parts[0]:
                claimed.append((items.escalation_from(parts[0], parts[1:]), delivery))
            if len(claimed) == limit:
                break
        return claimed

    def record_delivery(self, tenant: Tenant, escalation_id: str, delivery: Delivery) -> None:
        """Store how an attempt went; where the escalation was erased meanwhile, nothing remains to store."""
        key = items.delivery_key(tenant, escalation_id, delivery.handler)
        self.table.commit(_outcome(key, delivery, "attribute_exists(pk)"))

    def turns_of(self, tenant: Tenant, user_id: str) -> Iterator[Turn]:
        """Every turn of a person, conversation by conversation."""
        user = items.user_partition(tenant, user_id)
        for listing in self.table.query("pk = :pk", ordered=True, pk=user):
            conversation_id = listing["conversation_id"]
            pk = items.conversation_partition(tenant, conversation_id)
            turns = self.table.query("pk = :pk AND ord < :last", ordered=True, pk=pk, last=items.LAST)
            for stored in turns:
                yield items.turn_from(conversation_id, stored)

    def erase(self, tenant: Tenant, user_id: str) -> int:
        """Remove a person's turns, conversations and escalations. Interrupted, it can be run again."""
        user = items.user_partition(tenant, user_id)
        self.table.delete([items.current_key(tenant, user_id)])
        removed = 0
        for listing in list(self.table.everything("pk = :pk", pk=user)):
            removed += self._erase_conversation(tenant, listing["conversation_id"])
            self.table.delete([(user, listing["sk"])])
        return removed

    def _erase_conversation(self, tenant: Tenant, conversation_id: str) -> int:
        pk = items.conversation_partition(tenant, conversation_id)
        removed = 0
        # Again until it is empty: words may come in meanwhile, until the state is gone, which goes first.
        while found := [
            (row["sk"], row.get("escalation_id")) for row in self.table.everything("pk = :pk", pk=pk)
        ]:
            for escalation_id in {escalation_id for _, escalation_id in found if escalation_id}:
                escalations, prefix = items.delivery_key(tenant, escalation_id)
                parts = self.table.everything(
                    "pk = :pk AND begins_with(sk, :prefix)", pk=escalations, prefix=prefix
                )
                self.table.delete([(escalations, part["sk"]) for part in parts])
            self.table.delete([(pk, sk) for sk, _ in reversed(found)])
            removed += sum(sk.startswith(items.TURN) for sk, _ in found)
        return removed

    def expire(self, tenant: Tenant, *, now: datetime) -> int:
        """Nothing: DynamoDB deletes by itself what has expired, and until it does, reads leave it out."""
        return 0

    def close(self) -> None:
        """Let go of connections; the next use makes new ones."""
        self.table.connection.close()


def _answering(
    tenant: Tenant, turn: Turn, answer: Answer, expect: Status, escalation: Escalation | None
) -> Sequence[Write]:
    """The answer, beside it the conversation's status, and all of the escalation."""
    pointer = {"escalation": escalation.id} if escalation else {}
    point = ", escalation_id = :escalation" if escalation else ""
    answered = update(
        items.turn_key(tenant, turn.conversation_id, turn.message_id),
        f"SET answer = :answer{point} REMOVE holder, held_until",
        "attempt = :attempt AND attribute_not_exists(answer)",
        answer=items.answer_text(answer),
        attempt=turn.attempt,
        **pointer,
    )
    meta = items.meta_key(tenant, turn.conversation_id)
    if answer.status == expect and not escalation:
        return [answered, check(meta, "#status = :expect", expect=expect)]
    change, condition = f"SET #status = :to{point}", "#status = :expect"
    moved = update(meta, change, condition, to=answer.status, expect=expect, **pointer)
    if not escalation:
        return [answered, moved]
    whole = items.escalation_items(tenant, escalation, items.expiry(tenant, turn.at))
    return [answered, moved, *map(put, whole)]


def _outcome(key: Key, delivery: Delivery, condition: str, **values: str) -> Write:
    """How far a delivery got, and when it is due, if it is."""
    due_at = items.due(delivery)
    if due_at:
        values["due_at"] = due_at
    change = "SET body = :body" + (", ord = :due_at" if due_at else " REMOVE ord")
    return update(key, change, condition, body=delivery.model_dump_json(), **values)
