"""Decide whether a human is needed, and what becomes of a draft then."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from punai.ladder import NO_QUESTION
from punai.language import guess
from punai.models import OTHER, Answer, Delivery, Draft, Escalation, IntentMatch, Status, Turn
from punai.ports import NotFound, Store
from punai.promise import handoff, own_address, told_reference
from punai.routing import Case, handlers
from punai.tenant import Tenant


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
    offered_again = status == "waiting" and answer.step == "offered_human"  # there is nothing left to offer
    if draft.wants_human is None and not offered_again:
        return answer.model_copy(update={"status": status, "at": now}), None
    if status == "waiting":
        return _promising(answer, tenant.texts.still_waiting, now, told_reference(before)), None
    reason = draft.wants_human or ""
    known = {"email": own_address(turn.text)} | {
        key: value for key, value in (contact or {}).items() if value
    }
    case = _case(turn, reason, answer.intent, before, tenant, now)
    promise = handoff(tenant, now, urgent=case.urgent, reachable=bool(known["email"]))
    told = handlers(tenant.routes, tenant.escalate_to, case)
    opened = open_escalation(turn, reason, answer.intent, tenant, now, told)
    return _promising(answer, promise, now), opened.model_copy(update=known)


def _promising(answer: Answer, promise: str, now: datetime, more: str = "") -> Answer:
    """The answer with the words that promise a human; alone, where it answers nothing."""
    alone = answer.step != "answered" or promise in answer.reply  # a model may repeat what it saw PunAI say
    words = f"{promise} {more}".strip()
    return answer.model_copy(
        update={
            "reply": words if alone else f"{answer.reply}\n\n{words}",
            "status": "waiting",
            "step": "handed_over",
            "escalation": True,
            "suggestions": (),
            "at": now,
        }
    )


def pass_on(
    store: Store,
    tenant: Tenant,
    escalation_id: str,
    now: datetime,
    *,
    email: str | None = None,
    note: str | None = None,
) -> bool:
    """Have those who were told hear what the customer adds: an address at once, words together with what
    follows them; False where the escalation was erased."""
    pause = timedelta(seconds=0 if email else tenant.conversation.update_seconds)
    try:
        store.amend_escalation(tenant, escalation_id, due_at=now + pause, email=email, note=note)
    except NotFound:
        return False
    return True


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
