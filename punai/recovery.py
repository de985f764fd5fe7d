"""Messages that were accepted and never answered, because the process that held them died."""

import logging
from collections.abc import Callable
from datetime import datetime

from punai.logs import event, log
from punai.memory import TURNS
from punai.models import Inbound, Turn
from punai.pipeline import Pipeline
from punai.ports import Accepted, InFlight, Store, StoreUnavailable
from punai.push import push_or_log
from punai.reception import LEASE, Reception
from punai.tenant import Tenant

BATCH = 20


def recover(store: Store, reception: Reception, pipeline: Pipeline, clock: Callable[[], datetime]) -> int:
    """Answer the turns whose lease ran out; how many were answered here.

    Where the conversation's channel can push, the answer is sent through it. Where it cannot, nobody may be
    listening any more: the answer is kept for a retry, and a human is brought in.
    """
    recovered = 0
    for lost in store.unanswered(pipeline.tenant, now=clock(), limit=BATCH):
        accepted = _resumed(store, pipeline.tenant, lost, clock())
        if accepted is None:
            continue
        channel = pipeline.business.channels.get(accepted.conversation.channel)
        draft = reception.draft(pipeline, accepted, accepted.conversation.status)
        if channel is None and draft.wants_human is None:
            draft = draft.model_copy(update={"wants_human": "unanswered"})
        try:
            turn = reception.complete(pipeline, accepted, draft)
        except InFlight:  # this took so long that somebody else holds the turn now, or it was erased
            continue
        except StoreUnavailable:
            raise
        except Exception:  # it costs this turn alone, which is tried again
            fields = {"tenant": pipeline.tenant.id}
            log.error("a turn was not recovered", exc_info=True, extra={"fields": fields})
            continue
        if turn.attempt != accepted.turn.attempt:  # and has answered it: the words are theirs to send
            continue
        recovered += 1
        _log(pipeline.tenant, turn)
        if channel is not None and turn.answer and turn.answer.reply:
            push_or_log(channel, turn, pipeline.tenant)
    return recovered


def _resumed(store: Store, tenant: Tenant, lost: Turn, now: datetime) -> Accepted | None:
    """The lost turn, held by us; None where somebody else holds it, or has answered it meanwhile."""
    found = store.conversation(tenant, lost.conversation_id, history=0)
    again = Inbound(
        user_id=lost.user_id,
        text=lost.text,
        conversation_id=lost.conversation_id,
        message_id=lost.message_id,
        channel=found.channel if found else "web",
    )
    accepted = store.accept(tenant, again, now=now, lease=LEASE, history=TURNS)
    return accepted if accepted.state == "new" else None


def _log(tenant: Tenant, turn: Turn) -> None:
    event("turn recovered", level=logging.WARNING, tenant=tenant.id, conversation_id=turn.conversation_id)
