"""Escalations and their deliveries on DynamoDB: listed, claimed, amended, and how each attempt went."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from punai import Escalation, Tenant
from punai.builtin.dynamodb import items
from punai.builtin.dynamodb.connection import attempts
from punai.builtin.dynamodb.items import ORDER, Key, Row
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.writes import Write, update
from punai.models import Delivery
from punai.ports import NotFound


def newest_first(table: Table, tenant: Tenant) -> Sequence[Escalation]:
    """Every escalation with its deliveries."""
    rows = table.query("pk = :pk", pk=items.escalation_partition(tenant))
    together = [list(group) for _, group in groupby(rows, key=lambda row: row["sk"].partition("#")[0])]
    whole = [group for group in together if "arrived" in group[0]]
    whole.sort(key=lambda group: group[0]["arrived"], reverse=True)
    return [items.escalation_from(itself, deliveries) for itself, *deliveries in whole]


def amend(table: Table, tenant: Tenant, escalation_id: str, known: Mapping[str, str], now: datetime) -> None:
    """Add what has become known of the customer, and tell it to those whose delivery was over, too.

    Raises:
        NotFound: there is no such escalation.
    """
    for _ in attempts():
        rows = _parts(table, tenant, escalation_id)
        if not rows:
            raise NotFound("there is no such escalation")
        itself, *deliveries = rows
        body = items.escalation_body(items.escalation_from(itself, ()).model_copy(update=known))
        writes = [update(_key(itself), "SET body = :body", "body = :read", body=body, read=itself["body"])]
        for row in deliveries:
            again = _told_again(items.delivery_from(row), now)
            writes.append(_outcome(_key(row), again, "body = :read", read=row["body"]))
        if table.commit(*writes):
            return
    raise table.busy()


def claim(
    table: Table, tenant: Tenant, *, now: datetime, lease: timedelta, limit: int
) -> Sequence[tuple[Escalation, Delivery]]:
    """Take what is due, and put it off for others."""
    pk = items.escalation_partition(tenant)
    due = table.query("pk = :pk AND ord <= :now", index=ORDER, page=limit, pk=pk, now=items.moment(now))
    claimed: list[tuple[Escalation, Delivery]] = []
    for row in due:
        delivery = items.delivery_from(row).model_copy(update={"due_at": now + lease})
        if not table.commit(_outcome(_key(row), delivery, "body = :read", read=row["body"])):
            continue  # another worker was faster
        parts = _parts(table, tenant, row["escalation_id"])
        if parts:
            claimed.append((items.escalation_from(parts[0], parts[1:]), delivery))
        if len(claimed) == limit:
            break
    return claimed


def record(table: Table, tenant: Tenant, escalation_id: str, delivery: Delivery, seen: Delivery) -> None:
    """Store how an attempt went, if the delivery is still as it was seen."""
    key = items.delivery_key(tenant, escalation_id, delivery.handler)
    due_at = items.due(seen)
    if due_at:
        table.commit(_outcome(key, delivery, "ord = :seen", seen=due_at))
    else:
        table.commit(_outcome(key, delivery, "attribute_exists(pk) AND attribute_not_exists(ord)"))


def _told_again(delivery: Delivery, now: datetime) -> Delivery:
    """The delivery after more became known of the customer: due at once, if it was over.

    An attempt under way tells what was known before: a change as small as this has its outcome refused, and
    it is made again when its claim ends, while what waits for its next attempt goes on to wait.
    """
    if delivery.status in ("delivered", "dead"):
        return delivery.model_copy(update={"status": "pending", "attempts": 0, "due_at": now})
    return delivery.model_copy(update={"due_at": delivery.due_at + timedelta(microseconds=1)})


def _parts(table: Table, tenant: Tenant, escalation_id: str) -> Sequence[Row]:
    """An escalation and its deliveries; nothing where it was erased, and a delivery left behind."""
    pk, prefix = items.delivery_key(tenant, escalation_id)
    rows = list(table.query("pk = :pk AND begins_with(sk, :prefix)", pk=pk, prefix=prefix))
    return rows if rows and "arrived" in rows[0] else []


def _key(row: Row) -> Key:
    return row["pk"], row["sk"]


def _outcome(key: Key, delivery: Delivery, condition: str, **values: str) -> Write:
    """How far a delivery got, and when it is due, if it is."""
    due_at = items.due(delivery)
    if due_at:
        values["due_at"] = due_at
    change = "SET body = :body" + (", ord = :due_at" if due_at else " REMOVE ord")
    return update(key, change, condition, body=delivery.model_dump_json(), **values)
