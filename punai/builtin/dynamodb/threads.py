"""Which conversation a turn joins in DynamoDB, and what is written beside the turn: mostly nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from punai import Conversation, Tenant
from punai.builtin.dynamodb import items
from punai.builtin.dynamodb.items import Row
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.writes import Write, check, put, put_new
from punai.models import Status
from punai.ports import NotFound, NotYours


@dataclass(frozen=True, slots=True)
class Thread:
    """What a user's next turn may join. Nothing is known where there is no conversation yet."""

    conversation: Conversation | None = None  # with its last turns
    meta: Row | None = None  # its state, as it was read
    newest: Row | None = None  # the turn that the next one comes after
    last: str | None = None  # the user's last conversation
    named: bool = False  # by the message; then `last` was not asked for

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


def read_rows_before(
    table: Table, tenant: Tenant, conversation_id: str, message_id: str, count: int
) -> tuple[Row | None, list[Row]]:
    """A conversation's state and its last turns before one of them, newest first.

    Raises:
        NotFound: it has no such turn.
    """
    meta = table.get(items.meta_key(tenant, conversation_id))
    if meta is None:
        return None, []
    turn = table.get(items.turn_key(tenant, conversation_id, message_id))
    if turn is None:
        raise NotFound("there is no such message")
    pk = items.conversation_partition(tenant, conversation_id)
    return meta, list(table.newest(pk, count, before=turn["ord"])) if count else []


def read_thread(
    table: Table, tenant: Tenant, user_id: str, conversation_id: str | None, *, history: int
) -> Thread:
    """The conversation by that id, else the user's last one.

    Raises:
        NotYours: it belongs to another user.
    """
    last = None if conversation_id else read_last(table, tenant, user_id)
    wanted = conversation_id or last
    named = conversation_id is not None
    meta, turns = read_rows(table, tenant, wanted, max(history, 1)) if wanted else (None, [])
    if meta is None:
        return Thread(last=last, named=named)
    if meta["user_id"] != user_id:
        raise NotYours("this conversation belongs to another user")
    conversation = items.conversation_from(meta, turns[:history])
    return Thread(conversation, meta, turns[0] if turns else None, last, named)


def read_last(table: Table, tenant: Tenant, user_id: str) -> str | None:
    """The id of the user's last conversation."""
    current = table.get(items.current_key(tenant, user_id))
    return current["conversation_id"] if current else None


def joining(
    table: Table,
    tenant: Tenant,
    thread: Thread,
    joined: Conversation,
    at: datetime,
    expect: Status | None = None,
) -> Sequence[Write]:
    """What is written beside a turn that was said at `at`, so that the thread's conversation is as `joined`
    and does not expire before the turn; provided that its status is still the same, where that is expected.

    Whenever its state is written, the conversation becomes its user's last one. In between it does not: to
    see whether it is, every turn that names its conversation would take a read more.
    """
    seen, meta, needed = thread.conversation, thread.meta, items.expiry(tenant, at)
    renewed = meta is None or int(meta["ttl"]) < needed
    if seen and not renewed and (seen.status, seen.channel) == (joined.status, joined.channel):
        key = items.meta_key(tenant, joined.id)
        return [check(key, "#status = :expect", expect=expect)] if expect else []
    # A day more than needed, so that a busy conversation writes this once a day and not with every turn.
    expires = needed + items.A_DAY if renewed or meta is None else int(meta["ttl"])
    if meta is None:
        writes = [put_new(items.meta_item(tenant, joined, expires))]
    else:
        writes = [put_meta(tenant, meta, joined, expires)]
    if renewed:
        writes.append(put(items.listing_item(tenant, joined, expires)))
    current = items.current_item(tenant, joined, expires)
    before = read_last(table, tenant, joined.user_id) if thread.named else thread.last
    if before is None:
        writes.append(put_new(current))
    elif renewed or before != joined.id:
        # As it was read, so that of two first messages at once the second joins the first one's conversation.
        writes.append(put(current, "conversation_id = :before", before=before))
    return writes


def put_meta(tenant: Tenant, seen: Row, changed: Conversation, expires: int) -> Write:
    """A conversation's new state, provided that nobody else has written it since it was seen."""
    version = int(seen["version"])
    return put(items.meta_item(tenant, changed, expires, version + 1), "version = :seen", seen=version)
