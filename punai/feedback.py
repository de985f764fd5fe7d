"""What customers think of answers and conversations: kept, told to plugins, a reason to ask a human."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from punai import escalation as escalating
from punai.logs import event
from punai.memory import TURNS
from punai.models import Conversation, Feedback, IntentMatch, Rating, Status, Turn
from punai.pipeline import Pipeline
from punai.ports import NotFound, StatusChanged, Store
from punai.reception import log_opened
from punai.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Received:
    """How a conversation stands after feedback; `escalation` says whether that brought in a human."""

    status: Status
    escalation: bool = False


def rate(
    store: Store,
    pipeline: Pipeline,
    conversation: Conversation,
    message_id: str,
    feedback: Feedback | None,
    clock: Callable[[], datetime],
) -> Received:
    """Keep what the customer thinks of an answer; None withdraws it. A plugin may want a human for it.

    Raises:
        NotFound: there is no such answer.
    """
    tenant = pipeline.tenant
    turn = store.turn(tenant, conversation.id, message_id)
    if turn is None or turn.answer is None or not turn.answer.reply:
        raise NotFound("there is no such answer")
    store.rate(tenant, conversation.id, message_id, feedback)
    event(
        "feedback",
        tenant=tenant.id,
        conversation_id=conversation.id,
        value=feedback.value if feedback else "none",
        changed=_value(turn.feedback) != _value(feedback),
        commented=bool(feedback and feedback.comment),
        intent=turn.answer.intent,
        answered_by=turn.answer.answered_by,
    )
    if feedback is None:
        return Received(conversation.status)
    # Read only now: of two answers that are voted down at once, the second vote sees the first.
    known = store.conversation(tenant, conversation.id, history=TURNS) or conversation
    rated = turn.model_copy(update={"feedback": feedback})
    reason = pipeline.business.feedback_received(
        feedback=feedback, turn=rated, conversation=known, tenant=tenant
    )
    if reason and known.status == "bot":
        return _bring_in(store, pipeline, known, rated, reason, clock)
    if feedback.comment and known.escalation_id and _asked_because_of_feedback(known, tenant):
        # After the vote, as most comments are written.
        escalating.pass_on(store, tenant, known.escalation_id, clock(), note=feedback.comment)
    return Received(known.status)


def rate_conversation(store: Store, pipeline: Pipeline, conversation: Conversation, rating: Rating) -> None:
    """Keep what the customer thinks of a conversation.

    Raises:
        NotFound: it was erased meanwhile.
    """
    store.rate_conversation(pipeline.tenant, conversation.id, rating)
    event(
        "conversation rated",
        tenant=pipeline.tenant.id,
        conversation_id=conversation.id,
        rating=rating.value,
        changed=conversation.rating is None or conversation.rating.value != rating.value,
        commented=bool(rating.comment),
    )


def _bring_in(
    store: Store,
    pipeline: Pipeline,
    conversation: Conversation,
    rated: Turn,
    reason: str,
    clock: Callable[[], datetime],
) -> Received:
    """Ask for a human and tell the customer so, unless one was asked for already, or all is over."""
    tenant, status = pipeline.tenant, conversation.status
    match = IntentMatch(name=rated.answer.intent) if rated.answer else IntentMatch()
    while status == "bot":
        now = clock()
        told = Turn(
            conversation_id=conversation.id,
            message_id=uuid4().hex,
            user_id=conversation.user_id,
            text="",
            at=now,
        )
        draft = escalating.hand_over(match, reason, tenant)
        # The comment goes along as a note: it is no message, so the transcript does not have it.
        note = {"note": rated.feedback.comment if rated.feedback else None}
        answer, opened = escalating.settle(draft, told, status, tenant, now, conversation.turns, note)
        told = told.model_copy(update={"answer": answer})
        try:
            store.record(tenant, told, expect=status, escalation=opened)
        except StatusChanged as changed:
            status = changed.status
        else:
            if opened:
                log_opened(opened, tenant)
            return Received(answer.status, escalation=True)
    return Received(status)


def _asked_because_of_feedback(conversation: Conversation, tenant: Tenant) -> bool:
    """Whether the conversation's open escalation was opened by words that answer no message."""
    unasked = [turn for turn in conversation.turns if not turn.text]
    return conversation.escalation_id in [escalating.escalation_id(turn, tenant) for turn in unasked]


def _value(feedback: Feedback | None) -> str | None:
    return feedback.value if feedback else None
