"""How a turn gets its answer on DynamoDB: a plain one by a read and a write, any other by a transaction.

What makes the first as safe as the second is told in fences.py.
"""

from collections.abc import Sequence
from time import time

from punai import Answer, Escalation, Tenant, Turn
from punai.builtin.dynamodb import items
from punai.builtin.dynamodb.connection import attempts
from punai.builtin.dynamodb.fences import OPEN
from punai.builtin.dynamodb.items import Row
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.writes import Write, put, update
from punai.models import Status
from punai.ports import StatusChanged, TurnLost


def complete(
    table: Table, tenant: Tenant, turn: Turn, answer: Answer, expect: Status, escalation: Escalation | None
) -> Turn:
    """Store the answer and what comes of it, for the turn's holder and in the expected status only."""
    key = items.turn_key(tenant, turn.conversation_id, turn.message_id)
    for _ in attempts():
        meta = table.get(items.meta_key(tenant, turn.conversation_id))
        as_expected = meta is not None and meta["status"] == expect
        if meta and as_expected and table.commit(*_answering(tenant, turn, answer, meta, escalation)):
            return turn.model_copy(update={"answer": answer})
        if meta is None:
            # Words that came in at the moment their person was erased: nobody else would find them.
            forget = update(
                key, "SET #ttl = :now REMOVE #text, unanswered", "attribute_exists(pk)", now=int(time())
            )
            table.commit(forget)
        stored = table.get(key)
        if meta is None or stored is None:
            raise TurnLost("this turn was erased meanwhile")
        found = items.turn_from(turn.conversation_id, stored)
        if found.answer:
            return found
        if found.attempt != turn.attempt:
            raise TurnLost("another holder took this turn over")
        if not as_expected:
            raise StatusChanged(items.conversation_from(meta, ()).status)
    raise table.busy()


def _answering(
    tenant: Tenant, turn: Turn, answer: Answer, meta: Row, escalation: Escalation | None
) -> Sequence[Write]:
    """The answer; where it changes more than its turn, the conversation's state and all of the escalation."""
    version = int(meta["version"])
    pointer = {"escalation": escalation.id} if escalation else {}
    point = ", escalation_id = :escalation" if escalation else ""
    answered = update(
        items.turn_key(tenant, turn.conversation_id, turn.message_id),
        f"SET answer = :answer{point} REMOVE holder, held_until, unanswered, fence",
        f"attempt = :attempt AND {OPEN}",
        answer=items.answer_text(answer),
        attempt=turn.attempt,
        version=version,
        **pointer,
    )
    if answer.status == meta["status"] and not escalation:
        return [answered]
    moved = update(
        items.meta_key(tenant, turn.conversation_id),
        f"SET #status = :to, version = :next{point}",
        "version = :version",
        to=answer.status,
        next=version + 1,
        version=version,
        **pointer,
    )
    if not escalation:
        return [answered, moved]
    whole = items.escalation_items(tenant, escalation, items.expiry(tenant, turn.at))
    return [answered, moved, *map(put, whole)]
