"""What PunAI keeps in DynamoDB: the keys of its items, and the domain's types as items and back.

    pk                            sk                       ord                 what
    T#<tenant>#C#<conversation>   META                     ~                   its state
    T#<tenant>#C#<conversation>   M#<message>              arrival#<message>   one turn
    T#<tenant>#U#<user>           CURRENT                                      the last conversation's id
    T#<tenant>#U#<user>           C#<conversation>         created_at          that the user has it
    T#<tenant>#E                  <escalation>#                                one escalation
    T#<tenant>#E                  <escalation>#<handler>   due_at, while due   one delivery
    T#<tenant>#K                  SIGNING                                      the key of its tokens

Every item has a `ttl`, in epoch seconds.

The local index `order` sorts a partition by `ord`, and unlike a global one it reads consistently. So a
conversation's state and its last turns come with one query, newest first; and of the deliveries, those that
are due. The global index `unanswered` has a tenant's turns that nobody has answered yet, and no others: a
turn loses the attribute of that name with its answer.

An escalation stays with its tenant rather than its conversation, because a delivery is found, and its outcome
stored, without knowing the conversation; and because the list of all of them is then one partition.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from punai.models import ASKED_FOR, Answer, Conversation, Delivery, Escalation, Feedback, Rating, Turn
from punai.tenant import Tenant

Item = dict[str, dict[str, str]]
"""An item in DynamoDB's own notation: `{"pk": {"S": "..."}, "ttl": {"N": "1"}}`."""
Row = Mapping[str, str]
"""An item as it is read, its numbers as digits."""
Key = tuple[str, str]
"""The `pk` and `sk` of an item."""

META, TURN, CURRENT, CONVERSATION = "META", "M#", "CURRENT", "C#"
ORDER, UNANSWERED = "order", "unanswered"
LAST = "~"  # sorts after every arrival, so that a conversation's state comes with its newest turns
A_DAY = 86_400


def item(**values: str | int | None) -> Item:
    """An item of strings and numbers. What is empty is left out: older engines refuse empty strings."""
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in values.items()
        if value is not None and value != ""
    }


def row(stored: Item) -> Row:
    """The plain values of an item."""
    return {name: next(iter(value.values())) for name, value in stored.items()}


def moment(at: datetime) -> str:
    """A time in UTC as text of one width, which sorts as time does."""
    return at.isoformat(timespec="microseconds")


def arrival(after: Row | None = None) -> str:
    """Now, in nanoseconds, as text of one width; later than what came before, whatever the clocks say."""
    last = int(after["ord"].partition("#")[0]) if after else 0
    return f"{max(time.time_ns(), last + 1):020d}"


def arrival_ago(seconds: int) -> str:
    """What `arrival` was so long ago."""
    return f"{time.time_ns() - seconds * 10**9:020d}"


def expiry(tenant: Tenant, at: datetime) -> int:
    """When the tenant no longer keeps what was said at `at`, in epoch seconds.

    Never in the past, because DynamoDB leaves alone for good what expired more than five years ago.
    """
    return max(int(at.timestamp()) + tenant.retain_days * A_DAY, int(time.time()))


def tenant_partition(tenant: Tenant) -> str:
    """Where a tenant's unanswered turns are, in their index."""
    return f"T#{_escaped(tenant.id)}"


def conversation_partition(tenant: Tenant, conversation_id: str) -> str:
    """Where a conversation's state and turns are."""
    return f"T#{_escaped(tenant.id)}#C#{_escaped(conversation_id)}"


def conversation_of(partition: str) -> str:
    """The id of the conversation whose state and turns are there."""
    return _original(partition.rpartition("#")[2])


def user_partition(tenant: Tenant, user_id: str) -> str:
    """Where a user's conversations are listed."""
    return f"T#{_escaped(tenant.id)}#U#{_escaped(user_id)}"


def escalation_partition(tenant: Tenant) -> str:
    """Where a tenant's escalations and their deliveries are."""
    return f"T#{_escaped(tenant.id)}#E"


def tenant_of_escalations(keys: Mapping[str, Any]) -> str | None:
    """The id of the tenant whose escalation or delivery has these keys, in DynamoDB's own notation; None for
    the keys of something else.

    Raises:
        ValueError: they are not the keys of this table.
    """
    try:
        kind, tenant, what, *_ = keys["pk"]["S"].split("#")
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("not the keys of this table") from None
    return _original(tenant) if (kind, what) == ("T", "E") else None


def _escaped(identifier: str) -> str:
    """An identifier without the separator, so that no two names make one key."""
    return identifier.replace("%", "%25").replace("#", "%23")


def _original(escaped: str) -> str:
    """The identifier that was escaped to this."""
    return escaped.replace("%23", "#").replace("%25", "%")


def meta_key(tenant: Tenant, conversation_id: str) -> Key:
    """The key of a conversation's state."""
    return conversation_partition(tenant, conversation_id), META


def current_key(tenant: Tenant, user_id: str) -> Key:
    """The key of the pointer to a user's last conversation."""
    return user_partition(tenant, user_id), CURRENT


def turn_key(tenant: Tenant, conversation_id: str, message_id: str) -> Key:
    """The key of a turn: no part of it depends on the time, so a repeated message meets the first one."""
    return conversation_partition(tenant, conversation_id), TURN + message_id


def delivery_key(tenant: Tenant, escalation_id: str, handler: str = "") -> Key:
    """The key of a delivery; without a handler, the escalation's own, with which those of all begin."""
    return escalation_partition(tenant), f"{_escaped(escalation_id)}#{handler}"


def meta_item(tenant: Tenant, conversation: Conversation, expires: int, version: int = 0) -> Item:
    """A conversation's state; its version counts how often it was written."""
    pk, sk = meta_key(tenant, conversation.id)
    return item(
        pk=pk,
        sk=sk,
        ord=LAST,
        ttl=expires,
        version=version,
        conversation_id=conversation.id,
        user_id=conversation.user_id,
        status=conversation.status,
        channel=conversation.channel,
        created_at=moment(conversation.created_at),
        escalation_id=conversation.escalation_id,
        rating=conversation.rating.model_dump_json(exclude_none=True) if conversation.rating else None,
    )


def conversation_from(meta: Row, newest_first: Sequence[Row]) -> Conversation:
    """A conversation, of its state and its last turns."""
    conversation_id = meta["conversation_id"]
    return Conversation.model_validate(
        {
            "id": conversation_id,
            "user_id": meta["user_id"],
            "status": meta["status"],
            "channel": meta["channel"],
            "created_at": meta["created_at"],
            "escalation_id": meta.get("escalation_id"),
            "rating": Rating.model_validate_json(meta["rating"]) if "rating" in meta else None,
            "turns": tuple(turn_from(conversation_id, stored) for stored in reversed(newest_first)),
        }
    )


def current_item(tenant: Tenant, conversation: Conversation, expires: int) -> Item:
    """The pointer to a user's last conversation."""
    pk, sk = current_key(tenant, conversation.user_id)
    return item(pk=pk, sk=sk, ttl=expires, conversation_id=conversation.id)


def listing_item(tenant: Tenant, conversation: Conversation, expires: int) -> Item:
    """What says that a user has this conversation."""
    return item(
        pk=user_partition(tenant, conversation.user_id),
        sk=CONVERSATION + conversation.id,
        ord=moment(conversation.created_at),
        ttl=expires,
        conversation_id=conversation.id,
    )


def turn_item(
    tenant: Tenant,
    turn: Turn,
    *,
    after: Row | None,
    holder: str = "",
    held_until: datetime | None = None,
    escalation: Escalation | None = None,
) -> Item:
    """A turn that comes after another, and points to the escalation that it opens."""
    pk, sk = turn_key(tenant, turn.conversation_id, turn.message_id)
    return item(
        pk=pk,
        sk=sk,
        ord=f"{arrival(after)}#{turn.message_id}",
        ttl=expiry(tenant, turn.at),
        user_id=turn.user_id,
        text=turn.text,
        at=moment(turn.at),
        attempt=turn.attempt,
        holder=holder,
        unanswered=None if turn.answer else tenant_partition(tenant),
        held_until=None if turn.answer else moment(held_until or turn.at),
        answer=answer_text(turn.answer) if turn.answer else None,
        escalation_id=escalation.id if escalation else None,
    )


def answer_text(answer: Answer) -> str:
    """An answer as one attribute, in which its fractions stay what they are.

    What is as `Answer` has it by default is left out, since every KB of a turn is paid for; so a default
    there is for good.
    """
    fields = type(answer).model_fields.items()
    usual = {name for name, field in fields if getattr(answer, name) == field.default}
    return answer.model_dump_json(exclude_none=True, exclude=usual)


def turn_from(conversation_id: str, stored: Row) -> Turn:
    """A turn, with its answer if it has one."""
    return Turn.model_validate(
        {
            "conversation_id": conversation_id,
            "message_id": stored["sk"].removeprefix(TURN),
            "user_id": stored["user_id"],
            "text": stored.get("text", ""),
            "at": stored["at"],
            "attempt": int(stored["attempt"]),
            "answer": Answer.model_validate_json(stored["answer"]) if "answer" in stored else None,
            "feedback": Feedback.model_validate_json(stored["feedback"]) if "feedback" in stored else None,
        }
    )


def escalation_items(tenant: Tenant, escalation: Escalation, expires: int) -> list[Item]:
    """An escalation and its deliveries, without what is filled in only when it is delivered."""
    pk, sk = delivery_key(tenant, escalation.id)
    status, arrived, body = escalation.status, arrival(), escalation_body(escalation)
    itself = item(pk=pk, sk=sk, ttl=expires, arrived=arrived, status=status, body=body)
    deliveries = [
        item(
            pk=pk,
            sk=delivery_key(tenant, escalation.id, delivery.handler)[1],
            ord=due(delivery),
            ttl=expires,
            escalation_id=escalation.id,
            body=delivery.model_dump_json(),
        )
        for delivery in escalation.deliveries
    ]
    return [itself, *deliveries]


def escalation_body(escalation: Escalation) -> str:
    """What of an escalation is one attribute."""
    return escalation.model_dump_json(include=set(ASKED_FOR))


def due(delivery: Delivery) -> str | None:
    """When a delivery is to be attempted; None when nothing remains to be done."""
    return moment(delivery.due_at) if delivery.status in ("pending", "retrying") else None


def delivery_from(stored: Row) -> Delivery:
    """A delivery, and how far it got."""
    return Delivery.model_validate_json(stored["body"])


def escalation_from(itself: Row, deliveries: Iterable[Row]) -> Escalation:
    """An escalation with its deliveries."""
    escalation = Escalation.model_validate_json(itself["body"])
    current = {"status": itself["status"], "deliveries": tuple(map(delivery_from, deliveries))}
    return escalation.model_copy(update=current)
