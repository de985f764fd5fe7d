"""Statements about escalations and their deliveries, inside a transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from punai import Escalation, Tenant
from punai.builtin.sqlite.schema import to_delivery, to_escalation, to_number, to_request
from punai.models import Delivery
from punai.ports import NotFound


def insert_escalation(db: sqlite3.Connection, tenant: Tenant, escalation: Escalation) -> None:
    """An escalation with its deliveries, which its conversation then points to."""
    db.execute(
        "INSERT INTO escalations (tenant, id, conversation_id, user_id, status, request, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            tenant.id,
            escalation.id,
            escalation.conversation_id,
            escalation.user_id,
            escalation.status,
            to_request(escalation),
            to_number(escalation.at + timedelta(days=tenant.retain_days)),
        ),
    )
    db.executemany(
        "INSERT INTO deliveries"
        " (tenant, escalation_id, handler, status, attempts, reference, last_error, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                tenant.id,
                escalation.id,
                delivery.handler,
                delivery.status,
                delivery.attempts,
                delivery.reference,
                delivery.last_error,
                to_number(delivery.due_at),
            )
            for delivery in escalation.deliveries
        ],
    )
    db.execute(
        "UPDATE conversations SET escalation_id = ? WHERE tenant = ? AND id = ?",
        (escalation.id, tenant.id, escalation.conversation_id),
    )


def find_escalation(db: sqlite3.Connection, tenant: Tenant, escalation_id: str) -> Escalation | None:
    """The escalation of this id with its deliveries, or None."""
    row = db.execute(
        "SELECT * FROM escalations WHERE tenant = ? AND id = ?", (tenant.id, escalation_id)
    ).fetchone()
    return None if row is None else to_escalation(row, _deliveries(db, row))


def newest_first(db: sqlite3.Connection, tenant: Tenant) -> Sequence[Escalation]:
    """Every escalation with its deliveries, newest first."""
    found = db.execute("SELECT * FROM escalations WHERE tenant = ? ORDER BY seq DESC", (tenant.id,))
    return [to_escalation(row, _deliveries(db, row)) for row in found]


def due_deliveries(
    db: sqlite3.Connection, tenant: Tenant, now: datetime, limit: int
) -> Sequence[sqlite3.Row]:
    """Deliveries that are due, the longest overdue first."""
    return db.execute(
        "SELECT * FROM deliveries WHERE tenant = ? AND due_at <= ? AND status IN ('pending', 'retrying')"
        " ORDER BY due_at LIMIT ?",
        (tenant.id, to_number(now), max(limit, 0)),
    ).fetchall()


def update_delivery(
    db: sqlite3.Connection, tenant: Tenant, escalation_id: str, delivery: Delivery, seen: Delivery
) -> None:
    """Bring a delivery up to date, if it is still as it was seen."""
    db.execute(
        "UPDATE deliveries SET status = ?, attempts = ?, reference = ?, last_error = ?, due_at = ?"
        " WHERE tenant = ? AND escalation_id = ? AND handler = ? AND status = ? AND due_at = ?",
        (
            delivery.status,
            delivery.attempts,
            delivery.reference,
            delivery.last_error,
            to_number(delivery.due_at),
            tenant.id,
            escalation_id,
            delivery.handler,
            seen.status,
            to_number(seen.due_at),
        ),
    )


def amend_escalation(
    db: sqlite3.Connection, tenant: Tenant, escalation_id: str, known: Mapping[str, str], now: datetime
) -> None:
    """Add what has become known of the customer, and tell it to those whose delivery was over, too."""
    asked = find_escalation(db, tenant, escalation_id)
    if asked is None:
        raise NotFound("there is no such escalation")
    db.execute(
        "UPDATE escalations SET request = ? WHERE tenant = ? AND id = ?",
        (to_request(asked.model_copy(update=known)), tenant.id, escalation_id),
    )
    # An attempt under way tells what was known before: a change this small has its outcome refused, and it is
    # made again when its claim ends, while what waits for its next attempt goes on to wait.
    db.execute(
        "UPDATE deliveries SET due_at = due_at + 1"
        " WHERE tenant = ? AND escalation_id = ? AND status IN ('pending', 'retrying')",
        (tenant.id, escalation_id),
    )
    db.execute(
        "UPDATE deliveries SET status = 'pending', attempts = 0, due_at = ?"
        " WHERE tenant = ? AND escalation_id = ? AND status IN ('delivered', 'dead')",
        (to_number(now), tenant.id, escalation_id),
    )


def _deliveries(db: sqlite3.Connection, asked: sqlite3.Row) -> list[Delivery]:
    found = db.execute(
        "SELECT * FROM deliveries WHERE tenant = ? AND escalation_id = ? ORDER BY seq",
        (asked["tenant"], asked["id"]),
    )
    return [to_delivery(row) for row in found]
