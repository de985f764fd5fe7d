"""Tell the humans: each handler alone, of what is new to it, again and again until it is told or given up."""

import random
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from punai.briefing import Briefing, Summarize, brief
from punai.deadline import call_within
from punai.logs import event, log
from punai.models import Delivery, Escalation
from punai.plugin_manager import Business
from punai.ports import NotFound, Quotable, StatusChanged, Store
from punai.promise import reference
from punai.push import push_or_log
from punai.tenant import Tenant

HANDLER_SECONDS = 15.0
BRIEFING_SECONDS = 10.0
"""For reading the conversation and summing it up, before."""
LEASE = timedelta(seconds=60)
BATCH = 20
MOST_ATTEMPTS = 20
"""With the pauses below, half a day: longer than most outages, and a handler that is set up wrong is told."""
QUOTE_SECONDS = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0

Pools = Mapping[tuple[str, str], Executor]
"""Threads by tenant and handler, each its own, so that none waits behind another that hangs."""


def deliver_due(
    store: Store,
    business: Business,
    clock: Callable[[], datetime],
    pools: Pools | None = None,
    summarize: Summarize | None = None,
) -> int:
    """Attempt every due delivery, side by side, each recorded as soon as it ends; how many were begun.

    With pools the attempts go on in them, so that what is due next does not wait for a handler that hangs.
    """

    def attempt(escalation: Escalation, delivery: Delivery) -> None:
        _attempt(store, business, escalation, delivery, clock, summarize)

    due = store.claim_deliveries(business.tenant, now=clock(), lease=LEASE, limit=BATCH)
    if pools is None:
        with ThreadPoolExecutor(max_workers=BATCH, thread_name_prefix="deliver") as own:
            begun = [own.submit(attempt, *item) for item in due]
        for outcome in begun:
            outcome.result()
    else:
        for escalation, delivery in due:
            pool = pools[business.tenant.id, delivery.handler]
            pool.submit(attempt, escalation, delivery).add_done_callback(_log_failure)
    return len(due)


def _log_failure(attempt: "Future[None]") -> None:
    # The store failed: the delivery is due again once its lease ends, under the same escalation id.
    if not attempt.cancelled() and (error := attempt.exception()) is not None:
        log.error("a delivery was not recorded", exc_info=error)


def revive(store: Store, tenant: Tenant, escalation_id: str, now: datetime) -> int:
    """Make the dead deliveries of an escalation due again; how many there were.

    Raises:
        NotFound: there is no such escalation.
    """
    found = next((known for known in store.escalations(tenant) if known.id == escalation_id), None)
    if found is None:
        raise NotFound("there is no such escalation; punai escalations lists them")
    dead = [delivery for delivery in found.deliveries if delivery.status == "dead"]
    for delivery in dead:
        again = {"status": "pending", "attempts": 0, "due_at": now}
        store.record_delivery(tenant, found.id, delivery.model_copy(update=again), seen=delivery)
    return len(dead)


def _attempt(
    store: Store,
    business: Business,
    escalation: Escalation,
    delivery: Delivery,
    clock: Callable[[], datetime],
    summarize: Summarize | None,
) -> None:
    if clock() + timedelta(seconds=BRIEFING_SECONDS + HANDLER_SECONDS) > delivery.due_at:
        return  # It waited so long for a thread that somebody else would claim it before this is done.
    try:
        told = brief(store, business.tenant, escalation, delivery, summarize)
        outcome = _told(business, told, delivery)
    except Exception as error:
        log.warning(
            "an escalation was not delivered", exc_info=True, extra={"fields": {"handler": delivery.handler}}
        )
        outcome = _put_off(delivery.attempts + 1, error, clock())
    done = delivery.model_copy(update=outcome)
    store.record_delivery(business.tenant, escalation.id, done, seen=delivery)
    if done.attempts > delivery.attempts:
        event(
            "escalation delivery",
            tenant=business.tenant.id,
            escalation_id=escalation.id,
            handler=done.handler,
            status=done.status,
            attempts=done.attempts,
        )
    if done.status == "delivered":
        _tell_customer(store, business, escalation, done, clock())


def _tell_customer(
    store: Store, business: Business, escalation: Escalation, done: Delivery, now: datetime
) -> None:
    """The number of the ticket, while the customer waits: stored, then sent through their channel, if any."""
    handler, tenant = business.handlers[done.handler], business.tenant
    if not isinstance(handler, Quotable) or not done.reference:
        return
    try:
        words = call_within(QUOTE_SECONDS, handler.for_customer, done.reference, tenant)
        if not words:
            return
        turn = reference(words, escalation, tenant, now)
        found = store.conversation(tenant, escalation.conversation_id, history=0)
        if found is None or store.turn(tenant, turn.conversation_id, turn.message_id):
            return
        store.record(tenant, turn, expect="waiting")
        if channel := business.channels.get(found.channel):
            push_or_log(channel, turn, tenant)
    except StatusChanged:  # somebody speaks with them already
        return
    except Exception:
        fields = {"tenant": tenant.id, "handler": done.handler}
        log.error("a customer was not told their reference", exc_info=True, extra={"fields": fields})


def _told(business: Business, told: Briefing, delivery: Delivery) -> dict[str, Any]:
    """What comes of telling a handler what is new to it; of telling it nothing, where nothing is."""
    handler = business.handlers[delivery.handler]
    outcome = {"status": "delivered", "last_error": None}
    if not told.is_news:  # the last attempt knew of it already
        return outcome
    returned = call_within(HANDLER_SECONDS, handler, told.escalation, business.tenant)
    return outcome | {
        "attempts": delivery.attempts + 1,
        "reference": str(returned or "")[:500],
        "told": told.marks,
    }


def _put_off(attempts: int, error: Exception, now: datetime) -> dict[str, Any]:
    """What comes of an attempt that failed."""
    outcome = {"attempts": attempts, "last_error": described(error)}
    if attempts >= MOST_ATTEMPTS:
        return outcome | {"status": "dead"}
    return outcome | {"status": "retrying", "due_at": now + (retry_after(error) or pause(attempts))}


def pause(attempts: int) -> timedelta:
    """How long to wait after so many failures: doubled each time, with full jitter on the upper half."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1))
    # Jitter spreads retries; nothing secret hangs on it.
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311


def retry_after(error: Exception) -> timedelta | None:
    """How long the service behind a handler asks to be left alone, if it does; at most `LONGEST_PAUSE`.

    Read from `error.retry_after` (seconds), or from the response that httpx's and botocore's errors carry.
    """
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None)
    if isinstance(response, Mapping):
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders")
    wanted = getattr(error, "retry_after", None) or (headers or {}).get("retry-after")
    try:
        seconds = float(str(wanted))
    except ValueError:
        return None  # none given, or as a date: then our own pause is as good
    return timedelta(seconds=min(seconds, LONGEST_PAUSE)) if seconds > 0 else None


def described(error: Exception) -> str:
    """An error for the owner's eyes: type and first line; of addresses the host, as the rest holds keys."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else ""
    first = re.sub(r"(\w+://)(?:[^\s'\"/@]*@)?([^\s'\"/?#]+)[^\s'\"]*", r"\1\2/…", first)
    return f"{type(error).__name__}: {first}"[:300].rstrip(": ")
