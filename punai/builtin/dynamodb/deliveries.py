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


def amend(
    table: Table, tenant: Tenant, escalation_id: str, known: Mapping[str, str], due_at: datetime
) -> None:
    """Add what has become known of the customer, and have everybody told what is new.

    Raises:
        NotFound: there is no such escalation.
    """
    for _ in attempts():
        rows = _parts(table, tenant, escalation_id)
        if not rows:
            raise NotFound("there is no such escalation")
        itself, *deliveries = rows
        writes = []
        if known:
            body = items.escalation_body(items.escalation_from(itself, ()).model_copy(update=known))
            read = itself["body"]
            writes.append(update(_key(itself), "SET body = :body", "body = :read", body=body, read=read))
        for row in deliveries:
            seen = items.delivery_from(row)
            if (again := seen.with_more(due_at)) != seen:
                writes.append(_changed(row, again))
        if not writes or table.commit(*writes):
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
        delivery = items.delivery_from(row).claimed(now + lease)
        if not table.commit(_changed(row, delivery)):
            continue  # another worker was faster
        parts = _parts(table, tenant, row["escalation_id"])
        if parts:
            claimed.append((items.escalation_from(parts[0], parts[1:]), delivery))
        if len(claimed) == limit:
            break
    return claimed


def record(table: Table, tenant: Tenant, escalation_id: str, outcome: Delivery, seen: Delivery) -> None:
    """Store how an attempt went, if nobody claimed the delivery since it was seen."""
    for _ in attempts():
        row = table.get(items.delivery_key(tenant, escalation_id, outcome.handler))
        if row is None:
            return
        current = items.delivery_from(row)
        ended = current.ended(outcome, seen)
        if ended == current or table.commit(_changed(row, ended)):
            return
    raise table.busy()


def _parts(table: Table, tenant: Tenant, escalation_id: str) -> Sequence[Row]:
    """An escalation and its deliveries; nothing where it was erased, and a delivery left behind."""
    pk, prefix = items.delivery_key(tenant, escalation_id)
    rows = list(table.query("pk = :pk AND begins_with(sk, :prefix)", pk=pk, prefix=prefix))
    return rows if rows and "arrived" in rows[0] else []


def _key(row: Row) -> Key:
    return row["pk"], row["sk"]


def _changed(row: Row, delivery: Delivery) -> Write:
    """How far a delivery got, and when it is due, if it is; provided that it still is as it was read."""
    values, due_at = {"read": row["body"]}, items.due(delivery)
    if due_at:
        values["due_at"] = due_at
    change = "SET body = :body" + (", ord = :due_at" if due_at else " REMOVE ord")
    return update(_key(row), change, "body = :read", body=delivery.model_dump_json(), **values)
