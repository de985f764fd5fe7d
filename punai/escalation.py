"""Decide whether a human is needed, commit to it, and tell that human."""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from punai.deadline import call_within
from punai.ladder import NO_QUESTION
from punai.language import guess
from punai.logs import event, log
from punai.models import OTHER, Answer, Delivery, Draft, Escalation, IntentMatch, Status, Turn
from punai.plugin_manager import Business
from punai.ports import NotFound, Store
from punai.promise import handoff, own_address
from punai.routing import Case, handlers
from punai.tenant import Tenant
from punai.transcript import lines

HANDLER_SECONDS = 15.0
LEASE = timedelta(seconds=60)
BATCH = 20
MOST_ATTEMPTS = 20
"""With the pauses below, half a day: longer than most outages, and a handler that is set up wrong is told."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0
TRANSCRIPT_TURNS = 20

Pools = Mapping[tuple[str, str], Executor]
"""Threads by tenant and handler, each its own, so that none waits behind another that hangs."""


def hand_over(match: IntentMatch, reason: str, tenant: Tenant) -> Draft:
    """The draft for a customer who is to get a human: PunAI's own words, no model is asked."""
    answer = Answer(
        reply=tenant.texts.handoff,
        answered_by="fallback",
        step="handed_over",
        intent=match.name,
        confidence=match.confidence,
        sentiment=match.sentiment,
    )
    return Draft(answer=answer, wants_human=reason)


def settle(
    draft: Draft,
    turn: Turn,
    status: Status,
    tenant: Tenant,
    now: datetime,
    before: Sequence[Turn] = (),
    contact: Mapping[str, str | None] | None = None,
) -> tuple[Answer, Escalation | None]:
    """What becomes of a draft in a conversation of this status: an answer to commit, perhaps an escalation.

    A human's conversation keeps the customer's words and gets none of the bot's. A conversation that waits
    for a human already has its escalation. Only here are words added that promise a human.

    Args:
        draft: what the pipeline would answer.
        turn: the customer's words.
        status: the conversation's.
        tenant: the business.
        now: in UTC.
        before: the conversation's last turns.
        contact: what a front end knows of the customer.
    """
    answer = draft.answer
    if status == "human":
        return quiet(answer), None
    waiting = status == "waiting"
    offered_again = waiting and answer.step == "offered_human"  # there is nothing left to offer
    if draft.wants_human is None and not offered_again:
        return answer.model_copy(update={"status": status, "at": now}), None
    known = {"email": own_address(turn.text)} | {
        key: value for key, value in (contact or {}).items() if value
    }
    case = _case(turn, draft.wants_human or "", answer.intent, before, tenant, now)
    closed = handoff(tenant, now, urgent=case.urgent, reachable=bool(known["email"]))
    promise = tenant.texts.still_waiting if waiting else closed
    alone = answer.step != "answered" or promise in answer.reply  # a model may repeat what it saw PunAI say
    handed_over = answer.model_copy(
        update={
            "reply": promise if alone else f"{answer.reply}\n\n{promise}",
            "status": "waiting",
            "step": "handed_over",
            "escalation": True,
            "suggestions": (),
            "at": now,
        }
    )
    if waiting or draft.wants_human is None:
        return handed_over, None
    told = handlers(tenant.routes, tenant.escalate_to, case)
    opened = open_escalation(turn, draft.wants_human, answer.intent, tenant, now, told)
    return handed_over, opened.model_copy(update=known)


def noted(answer: Answer, tenant: Tenant, now: datetime) -> Answer:
    """That the address which a waiting customer leaves is passed on."""
    return Answer(
        reply=tenant.texts.contact_noted,
        answered_by="fallback",
        step="handed_over",
        status="waiting",
        escalation=True,
        usage=answer.usage,
        at=now,
    )


def quiet(answer: Answer | None = None) -> Answer:
    """No words: a human has the conversation."""
    understood = ("intent", "confidence", "sentiment", "usage")  # words that are dropped cost money too
    kept = {name: getattr(answer, name) for name in understood} if answer else {}
    return Answer(reply="", answered_by="human", step="kept", status="human", **kept)


def open_escalation(
    turn: Turn, reason: str, intent: str, tenant: Tenant, now: datetime, told: Sequence[str]
) -> Escalation:
    """A new escalation with one pending delivery for each handler that is told."""
    return Escalation(
        id=escalation_id(turn, tenant),
        conversation_id=turn.conversation_id,
        user_id=turn.user_id,
        reason=reason,
        intent=intent,
        at=now,
        deliveries=tuple(Delivery(handler=name, due_at=now) for name in told),
    )


def _case(
    turn: Turn, reason: str, intent: str, before: Sequence[Turn], tenant: Tenant, now: datetime
) -> Case:
    """What routes may ask. The intent is what the customer came for: "yes, please" has none of its own."""
    asked = [intent, *(past.answer.intent for past in reversed(before) if past.answer)]
    wanted = next((name for name in asked if name not in (*NO_QUESTION, OTHER, "talk_to_human")), intent)
    said = " ".join([*(past.text for past in before), turn.text])
    return Case(
        intent=wanted,
        reason=reason,
        language=guess(said, tenant.languages),
        urgent=any(known.urgent for known in tenant.intents if known.name == wanted),
        open=tenant.hours.are_open(now),
    )


def escalation_id(turn: Turn, tenant: Tenant) -> str:
    """The id of the escalation that this turn opens, if it does: the same whenever the turn is resumed."""
    return f"esc_{uuid5(NAMESPACE_URL, json.dumps([tenant.id, turn.conversation_id, turn.message_id])).hex}"


def deliver_due(
    store: Store, business: Business, clock: Callable[[], datetime], pools: Pools | None = None
) -> int:
    """Attempt every due delivery, side by side, each recorded as soon as it ends; how many were begun.

    With pools the attempts go on in them, so that what is due next does not wait for a handler that hangs.
    """
    due = store.claim_deliveries(business.tenant, now=clock(), lease=LEASE, limit=BATCH)
    if pools is None:
        with ThreadPoolExecutor(max_workers=BATCH, thread_name_prefix="deliver") as own:
            begun = [own.submit(_attempt, store, business, *item, clock) for item in due]
        for attempt in begun:
            attempt.result()
    else:
        for escalation, delivery in due:
            pool = pools[business.tenant.id, delivery.handler]
            attempt = pool.submit(_attempt, store, business, escalation, delivery, clock)
            attempt.add_done_callback(_log_failure)
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
) -> None:
    if clock() + timedelta(seconds=HANDLER_SECONDS) > delivery.due_at:
        return  # It waited so long for a thread that somebody else would claim it before this is done.
    attempts = delivery.attempts + 1
    error: Exception | None = None
    reference = ""
    try:
        handler = business.handlers[delivery.handler]
        full = _as_told(escalation, delivery, store, business.tenant)
        reference = str(call_within(HANDLER_SECONDS, handler, full, business.tenant) or "")[:500]
    except Exception as failure:
        error = failure
        log.warning(
            "an escalation was not delivered", exc_info=True, extra={"fields": {"handler": delivery.handler}}
        )
    outcome: dict[str, Any]
    if error is None:
        outcome = {"status": "delivered", "reference": reference, "last_error": None}
    elif attempts >= MOST_ATTEMPTS:
        outcome = {"status": "dead", "last_error": described(error)}
    else:
        wait = retry_after(error) or pause(attempts)
        outcome = {"status": "retrying", "last_error": described(error), "due_at": clock() + wait}
    done = delivery.model_copy(update={"attempts": attempts, **outcome})
    store.record_delivery(business.tenant, escalation.id, done, seen=delivery)
    event(
        "escalation delivery",
        tenant=business.tenant.id,
        escalation_id=escalation.id,
        handler=done.handler,
        status=done.status,
        attempts=attempts,
    )


def _as_told(escalation: Escalation, delivery: Delivery, store: Store, tenant: Tenant) -> Escalation:
    """With the latest words, and what this handler made of it before."""
    found = store.conversation(tenant, escalation.conversation_id, history=TRANSCRIPT_TURNS)
    said = lines(found.turns) if found else ()
    link = tenant.setting("punai", "link", "").replace(
        "{conversation_id}", quote(escalation.conversation_id, safe="")
    )
    return escalation.model_copy(
        update={
            "transcript": said,
            "summary": _summary([line.text for line in said if line.role == "customer"]),
            "link": link or None,
            "reference": delivery.reference or None,
        }
    )


def _summary(customers_words: Sequence[str]) -> str:
    """The customer's last words: an honest summary until a model writes a better one."""
    return " / ".join(text if len(text) <= 300 else f"{text[:299]}…" for text in customers_words[-3:])


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
