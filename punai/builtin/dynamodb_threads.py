"""Which conversation a turn joins in DynamoDB, and what is written beside the turn: mostly nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from punai import Conversation, Tenant
from punai.builtin import dynamodb_items as items
from punai.builtin.dynamodb_items import Row
from punai.builtin.dynamodb_table import Table
from punai.builtin.dynamodb_writes import Write, check, put, put_new
from punai.models import Status
from punai.ports import NotYours


@dataclass(frozen=True, slots=True)
class Thread:
    """What a user's next turn may join."""

    conversation: Conversation | None  # with its last turns; None: there is none yet
    current: Row | None  # which conversation is the user's last
    newest: Row | None = None  # the turn that the next one comes after
    expires: int = 0

    def is_over(self, *, now: datetime, idle: timedelta) -> bool:
        """Whether there is nothing to go on with: no conversation, a closed one, or one left alone."""
        if self.conversation is None or self.conversation.status == "closed":
            return True
        last = datetime.fromisoformat(self.newest["at"]) if self.newest else self.conversation.created_at
        return now - last > idle


def read_rows(table: Table, tenant: Tenant, conversation_id: str, count: int) -> tuple[Row | None, list[Row]]:
    """A conversation's state and its last turns, newest first, in one query."""
    rows = list(table.newest(items.conversation_partition(tenant, conversation_id), count + 1))
    if not rows or rows[0]["sk"] != items.META:
        return None, []
    return rows[0], rows[1:]


def read_thread(
    table: Table, tenant: Tenant, user_id: str, conversation_id: str | None, *, history: int
) -> Thread:
    """The conversation by that id, else the user's last one.

    Raises:
        NotYours: it belongs to another user.
    """
    current = table.get(items.current_key(tenant, user_id))
    wanted = conversation_id or (current and current["conversation_id"])
    if not wanted:
        return Thread(None, current)
    meta, turns = read_rows(table, tenant, wanted, max(history, 1))
    if meta is None:
        return Thread(None, current)
    if meta["user_id"] != user_id:
        raise NotYours("this conversation belongs to another user")
    conversation = items.conversation_from(meta, turns[:history])
    return Thread(conversation, current, turns[0] if turns else None, int(meta["ttl"]))


def joining(
    tenant: Tenant, thread: Thread, joined: Conversation, at: datetime, expect: Status | None = None
) -> Sequence[Write]:
    """What is written beside a turn that was said at `at`, so that the thread's conversation is as `joined`,
    is its user's last, and does not expire before the turn; provided that its status is still the same, where
    that is expected."""
    seen, needed = thread.conversation, items.expiry(tenant, at)
    renewed = thread.expires < needed
    # A day more than needed, so that a busy conversation writes this once a day and not with every turn.
    expires = needed + items.A_DAY if renewed else thread.expires
    writes = []
    if seen is None:
        writes.append(put_new(items.meta_item(tenant, joined, expires)))
    elif renewed or (seen.status, seen.channel) != (joined.status, joined.channel):
        writes.append(put_meta(tenant, seen, joined, expires))
    elif expect:
        writes.append(check(items.meta_key(tenant, joined.id), "#status = :expect", expect=expect))
    if renewed:
        writes.append(put(items.listing_item(tenant, joined, expires)))
    if thread.current is None:
        writes.append(put_new(items.current_item(tenant, joined, expires)))
    elif renewed or thread.current["conversation_id"] != joined.id:
        # As it was read, so that of two first messages at once the second joins the first one's conversation.
        last = {"last": thread.current["conversation_id"]}
        writes.append(put(items.current_item(tenant, joined, expires), "conversation_id = :last", **last))
    return writes


def put_meta(tenant: Tenant, seen: Conversation, changed: Conversation, expires: int) -> Write:
    """A conversation's new state, provided that nobody else has changed it since it was seen."""
    whole = items.meta_item(tenant, changed, expires)
    if seen.escalation_id is None:
        condition = "#status = :status AND attribute_not_exists(escalation_id)"
        return put(whole, condition, status=seen.status)
    condition = "#status = :status AND escalation_id = :escalation"
    return put(whole, condition, status=seen.status, escalation=seen.escalation_id)
