"""What customers think of answers and conversations, kept on DynamoDB in the items of those."""

import time
from collections.abc import Iterator

from punai import Conversation, Tenant
from punai.builtin.dynamodb import items
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.writes import update
from punai.models import Feedback, Rating
from punai.ports import NotFound

KEPT = "attribute_exists(pk) AND #ttl > :now"


def rate(
    table: Table, tenant: Tenant, conversation_id: str, message_id: str, feedback: Feedback | None
) -> None:
    """Keep what the customer thinks of an answer; None withdraws it.

    Raises:
        NotFound: there is no such turn, or nobody has answered it.
    """
    key, now = items.turn_key(tenant, conversation_id, message_id), int(time.time())
    answered = f"{KEPT} AND attribute_exists(answer)"
    if feedback:
        as_text = feedback.model_dump_json(exclude_none=True)
        rated = update(key, "SET feedback = :feedback", answered, feedback=as_text, now=now)
    else:
        rated = update(key, "REMOVE feedback", answered, now=now)
    if not table.commit(rated):
        raise NotFound("there is no such message, or it has no answer yet")


def rate_conversation(table: Table, tenant: Tenant, conversation_id: str, rating: Rating) -> None:
    """Keep what the customer thinks of a conversation.

    Raises:
        NotFound: there is no such conversation.
    """
    # The version grows with it, so that nobody who has read the state before writes it back without this.
    rated = update(
        items.meta_key(tenant, conversation_id),
        "SET rating = :rating, version = version + :one",
        KEPT,
        rating=rating.model_dump_json(exclude_none=True),
        one=1,
        now=int(time.time()),
    )
    if not table.commit(rated):
        raise NotFound("there is no such conversation")


def rated(table: Table, tenant: Tenant) -> Iterator[Conversation]:
    """Every conversation that has a rating. No key holds them together, so the table is scanned."""
    found = table.scan(
        "begins_with(pk, :conversations) AND sk = :state AND attribute_exists(rating)",
        conversations=items.conversation_partition(tenant, ""),
        state=items.META,
    )
    return (items.conversation_from(stored, ()) for stored in found)
