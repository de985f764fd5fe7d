"""Statements that remove: a person on request, and what a business no longer keeps; inside a transaction."""

import sqlite3
from datetime import datetime

from punai import Tenant
from punai.builtin.sqlite.schema import to_number


def erase(db: sqlite3.Connection, tenant: Tenant, user_id: str) -> int:
    """Remove all that is a person's; the number of turns."""
    person = (tenant.id, user_id)
    db.execute(
        "DELETE FROM deliveries WHERE tenant = ? AND escalation_id IN"
        " (SELECT id FROM escalations WHERE tenant = ? AND user_id = ?)",
        (tenant.id, *person),
    )
    db.execute("DELETE FROM escalations WHERE tenant = ? AND user_id = ?", person)
    db.execute("DELETE FROM conversations WHERE tenant = ? AND user_id = ?", person)
    return db.execute("DELETE FROM turns WHERE tenant = ? AND user_id = ?", person).rowcount


def expire_turns(db: sqlite3.Connection, tenant: Tenant, now: datetime, *, limit: int) -> int:
    """Remove turns that have passed their time; how many."""
    return db.execute(
        "DELETE FROM turns WHERE seq IN (SELECT seq FROM turns WHERE tenant = ? AND expires_at <= ? LIMIT ?)",
        (tenant.id, to_number(now), limit),
    ).rowcount


def expire_what_held_them(db: sqlite3.Connection, tenant: Tenant, now: datetime) -> None:
    """Remove conversations and escalations that have passed their time."""
    age = (tenant.id, to_number(now))
    db.execute("DELETE FROM conversations WHERE tenant = ? AND expires_at <= ?", age)
    # One that somebody still waits for goes with its conversation, however old it is.
    db.execute(
        "DELETE FROM escalations WHERE tenant = ? AND expires_at <= ? AND NOT EXISTS (SELECT 1 FROM"
        " conversations WHERE tenant = escalations.tenant AND id = escalations.conversation_id"
        " AND escalation_id = escalations.id)",
        age,
    )
    db.execute(
        "DELETE FROM deliveries WHERE tenant = ? AND NOT EXISTS (SELECT 1 FROM escalations"
        " WHERE tenant = deliveries.tenant AND id = deliveries.escalation_id)",
        (tenant.id,),
    )
