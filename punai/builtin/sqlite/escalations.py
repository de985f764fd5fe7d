"""Statements about escalations and their deliveries, inside a transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from punai import Escalation, Tenant
from punai.builtin.sqlite.schema import to_delivery, to_escalation, to_number, to_progress, to_request
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
        " (tenant, escalation_id, handler, status, attempts, reference, last_error, due_at, told, more_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (tenant.id, escalation.id, delivery.handler, *to_progress(delivery))
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


def claim_delivery(db: sqlite3.Connection, row: sqlite3.Row, until: datetime) -> Delivery:
    """Put off a delivery that is due, for who attempts it now."""
    claimed = to_delivery(row).claimed(until)
    _write(db, row, claimed)
    return claimed


def record_delivery(
    db: sqlite3.Connection, tenant: Tenant, escalation_id: str, outcome: Delivery, seen: Delivery
) -> None:
    """Note how an attempt went, if nobody claimed the delivery since it was seen."""
    for row in _rows(db, tenant.id, escalation_id):
        if row["handler"] == outcome.handler:
            _write(db, row, to_delivery(row).ended(outcome, seen))


def amend_escalation(
    db: sqlite3.Connection, tenant: Tenant, escalation_id: str, known: Mapping[str, str], due_at: datetime
) -> None:
    """Add what has become known of the customer, and have everybody told what is new."""
    asked = find_escalation(db, tenant, escalation_id)
    if asked is None:
        raise NotFound("there is no such escalation")
    if known:
        db.execute(
            "UPDATE escalations SET request = ? WHERE tenant = ? AND id = ?",
            (to_request(asked.model_copy(update=known)), tenant.id, escalation_id),
        )
    for row in _rows(db, tenant.id, escalation_id):
        seen = to_delivery(row)
        if (again := seen.with_more(due_at)) != seen:
            _write(db, row, again)


def _write(db: sqlite3.Connection, row: sqlite3.Row, delivery: Delivery) -> None:
    db.execute(
        "UPDATE deliveries SET status = ?, attempts = ?, reference = ?, last_error = ?, due_at = ?, told = ?,"
        " more_at = ? WHERE seq = ?",
        (*to_progress(delivery), row["seq"]),
    )


def _rows(db: sqlite3.Connection, tenant: str, escalation_id: str) -> Sequence[sqlite3.Row]:
    return db.execute(
        "SELECT * FROM deliveries WHERE tenant = ? AND escalation_id = ? ORDER BY seq",
        (tenant, escalation_id),
    ).fetchall()


def _deliveries(db: sqlite3.Connection, asked: sqlite3.Row) -> list[Delivery]:
    return [to_delivery(row) for row in _rows(db, asked["tenant"], asked["id"])]
