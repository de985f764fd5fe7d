"""How a customer's message is taken in on DynamoDB: written once, held by one, met again by its repeats."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from punai import Conversation, Inbound, Tenant, Turn
from punai.builtin.dynamodb import items
from punai.builtin.dynamodb.items import Row
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.threads import Thread, joining, read_thread
from punai.builtin.dynamodb.writes import put_new, update
from punai.ports import Accepted


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One message on its way in. `holder` is a name that nobody else has."""

    table: Table
    tenant: Tenant
    inbound: Inbound
    message_id: str
    holder: str
    now: datetime
    lease: timedelta
    history: int

    def attempt(self) -> Accepted | None:
        """Write the words and hold their turn, or see who was first; None when the conversation changed."""
        thread = self._thread()
        joined = self._joined(thread)
        turn = Turn(
            conversation_id=joined.id,
            message_id=self.message_id,
            user_id=self.inbound.user_id,
            text=self.inbound.text,
            at=self.now,
        )
        held_until = self.now + self.lease
        whole = items.turn_item(
            self.tenant, turn, after=thread.newest, holder=self.holder, held_until=held_until
        )
        if self.table.commit(put_new(whole), *joining(self.table, self.tenant, thread, joined, self.now)):
            return Accepted("new", turn, joined)
        first = self.table.get(items.turn_key(self.tenant, joined.id, self.message_id))
        return self._repeat(first, thread, joined) if first else None

    def _thread(self) -> Thread:
        thread = read_thread(
            self.table, self.tenant, self.inbound.user_id, self.inbound.conversation_id, history=self.history
        )
        if self.inbound.conversation_id or not thread.is_over(now=self.now, idle=self.tenant.idle):
            return thread
        if thread.conversation and self.inbound.message_id:
            # Perhaps only the retry is late, and not the message.
            key = items.turn_key(self.tenant, thread.conversation.id, self.message_id)
            if self.table.get(key):
                return thread
        return Thread(last=thread.last)

    def _joined(self, thread: Thread) -> Conversation:
        """The conversation as the message leaves it: started, or open again, and followed to its channel."""
        seen, channel = thread.conversation, self.inbound.channel
        if seen is None:
            # Named after the holder, since nobody else has that name, and a second attempt has it again.
            started = self.inbound.conversation_id or self.holder
            return Conversation(
                id=started, user_id=self.inbound.user_id, channel=channel, created_at=self.now
            )
        opened = {"status": "bot", "escalation_id": None} if seen.status == "closed" else {}
        return seen.model_copy(update={"channel": channel, **opened})

    def _repeat(self, first: Row, thread: Thread, joined: Conversation) -> Accepted | None:
        """What became of the first copy of the message; a turn that its holder let lie is held anew."""
        turn = items.turn_from(joined.id, first)
        pk = items.conversation_partition(self.tenant, joined.id)
        before = list(self.table.newest(pk, self.history, before=first["ord"])) if self.history else []
        turns = tuple(items.turn_from(joined.id, stored) for stored in reversed(before))
        seen = (thread.conversation or joined).model_copy(update={"turns": turns})
        if turn.answer:
            return Accepted("answered", turn, seen)
        if first.get("holder") == self.holder:  # The first copy is this one: only its confirmation got lost.
            return Accepted("new", turn, joined)
        time_left = datetime.fromisoformat(first["held_until"]) - self.now
        if time_left > timedelta(0) or turn.text != self.inbound.text:  # other words are no retry
            return Accepted("in_flight", turn, seen, max(time_left, timedelta(0)))
        taken = update(
            items.turn_key(self.tenant, joined.id, self.message_id),
            "SET attempt = :next, holder = :holder, held_until = :until",
            "attempt = :seen AND attribute_not_exists(answer)",
            next=turn.attempt + 1,
            seen=turn.attempt,
            holder=self.holder,
            until=items.moment(self.now + self.lease),
        )
        if not self.table.commit(taken, *joining(self.table, self.tenant, thread, joined, self.now)):
            return None
        again = turn.model_copy(update={"attempt": turn.attempt + 1})
        return Accepted("new", again, joined.model_copy(update={"turns": turns}))
