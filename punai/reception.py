"""One message, from its acceptance to its committed answer."""

import itertools
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from punai import escalation as escalating
from punai.logs import event, log
from punai.memory import TURNS
from punai.models import Answer, Draft, Escalation, Inbound, IntentMatch, Status, Turn
from punai.pipeline import Pipeline
from punai.ports import Accepted, InFlight, MessageMismatch, StatusChanged, Store, TurnLost
from punai.promise import left_address
from punai.tenant import Tenant

LEASE = timedelta(seconds=30)
PATIENCE = 20.0
POLL = 0.05


class Reception:
    """Takes a message in, has it answered, and commits what came of it."""

    def __init__(self, store: Store, clock: Callable[[], datetime], patience: float = PATIENCE) -> None:
        """`patience`: seconds that a repeated message waits for the answer to the first."""
        self._store, self._clock, self._patience = store, clock, patience

    def accept(self, tenant: Tenant, inbound: Inbound) -> Accepted:
        """Store the words; while another is answering the same message, wait for that answer."""
        if inbound.message_id is None:
            inbound = inbound.model_copy(update={"message_id": uuid4().hex})
        deadline = time.monotonic() + self._patience
        while True:
            accepted = self._store.accept(tenant, inbound, now=self._clock(), lease=LEASE, history=TURNS)
            if accepted.turn.text != inbound.text:
                raise MessageMismatch("message_id was used before for another message; send a new one")
            if accepted.state != "in_flight":
                return accepted
            if time.monotonic() >= deadline:
                raise InFlight(max(1, math.ceil(accepted.retry_after.total_seconds())))
            time.sleep(POLL)

    def answer(self, pipeline: Pipeline, accepted: Accepted, *, human: bool = False) -> Turn:
        """Draft and commit the answer of a turn that the caller holds: the answered turn.

        With `human` it brings in a human, and waits for no other message to do so.
        """
        whole = accepted if human else self._burst(pipeline.tenant, accepted)
        if whole is None:
            draft = Draft(answer=Answer(reply="", answered_by="fallback", step="joined"))
        else:
            draft = self.draft(pipeline, whole, accepted.conversation.status, human=human)
        return self.complete(pipeline, accepted, draft)

    def _burst(self, tenant: Tenant, accepted: Accepted) -> Accepted | None:
        """The turn with the words of the burst that it ends; None where a later message goes on with it."""
        if not tenant.conversation.join_seconds or accepted.conversation.status == "human":
            return accepted
        # What comes next cannot be known without waiting for it: that is why a business has to ask for this.
        time.sleep(tenant.conversation.join_seconds)
        found = self._store.conversation(tenant, accepted.conversation.id, history=TURNS)
        said = [turn for turn in found.turns if turn.text and not _was_elsewhere(turn)] if found else []
        ids = [turn.message_id for turn in said]
        if accepted.turn.message_id not in ids:  # more has been said since than is read, or all is erased
            return accepted
        here = ids.index(accepted.turn.message_id)
        if here + 1 < len(said):
            return None
        burst = list(itertools.takewhile(_goes_on, reversed(said[:here])))[::-1]
        words = "\n".join(turn.text for turn in (*burst, accepted.turn))
        before = tuple(turn for turn in accepted.conversation.turns if turn not in burst)
        return replace(
            accepted,
            turn=accepted.turn.model_copy(update={"text": words}),
            conversation=accepted.conversation.model_copy(update={"turns": before}),
        )

    def draft(self, pipeline: Pipeline, accepted: Accepted, status: Status, *, human: bool = False) -> Draft:
        """Understand, recall, decide, answer. Whatever goes wrong in here costs the answer, not the turn."""
        conversation, message = accepted.conversation, accepted.turn.text
        match, wish = IntentMatch(), "person_requested" if human else None
        try:
            if status == "human":
                return Draft(answer=escalating.quiet(), wants_human=wish)
            match = pipeline.understand(message, conversation)
            if wish:
                return escalating.hand_over(match, wish, pipeline.tenant)
            passages = pipeline.recall(message, conversation, match)
            reason = pipeline.business.should_escalate(
                message=message,
                intent=match,
                passages=passages,
                conversation=conversation,
                tenant=pipeline.tenant,
            )
            if reason:
                return escalating.hand_over(match, reason, pipeline.tenant)
            return pipeline.answer(message, conversation, match, passages)
        except Exception:
            log.error("the pipeline failed", exc_info=True, extra={"fields": {"tenant": pipeline.tenant.id}})
            return escalating.hand_over(match, "outage", pipeline.tenant)

    def complete(
        self,
        pipeline: Pipeline,
        accepted: Accepted,
        draft: Draft,
        contact: Mapping[str, str | None] | None = None,
    ) -> Turn:
        """Commit the draft as the conversation's status allows, which somebody may change at any moment."""
        tenant, status, turn = pipeline.tenant, accepted.conversation.status, accepted.turn
        while True:
            now = self._clock()
            before = accepted.conversation.turns
            answer, opened = escalating.settle(draft, turn, status, tenant, now, before, contact)
            try:
                # First, so that what was said before an outage, or before a process died, is passed on too.
                if status in ("waiting", "human") and self._passed_on(tenant, accepted, status, now):
                    answer = escalating.noted(answer, tenant, now)
                done = self._store.complete(tenant, turn, answer, expect=status, now=now, escalation=opened)
            except StatusChanged as changed:
                status = changed.status
                if draft.answer.step == "kept":  # the human has just handed back: nobody answered this yet
                    wish, draft = draft.wants_human, self.draft(pipeline, accepted, status)
                    draft = draft.model_copy(update={"wants_human": draft.wants_human or wish})
            except TurnLost:
                return self._answered_by_another(tenant, turn)
            else:
                if opened:
                    log_opened(opened, tenant)
                return done

    def _passed_on(self, tenant: Tenant, accepted: Accepted, status: Status, now: datetime) -> bool:
        """Have those who were asked for help hear what the customer adds; whether that is an address."""
        conversation = accepted.conversation
        escalation_id = conversation.escalation_id
        if conversation.status != status:  # a human was asked for, or came, only after this was read
            found = self._store.conversation(tenant, conversation.id, history=0)
            escalation_id = found.escalation_id if found else None
        if not escalation_id:
            return False
        email = left_address(accepted.turn.text, conversation, tenant) if status == "waiting" else None
        return escalating.pass_on(self._store, tenant, escalation_id, now, email=email) and email is not None

    def _answered_by_another(self, tenant: Tenant, turn: Turn) -> Turn:
        """This holder was so slow that its lease ran out: the answer is the next holder's."""
        stored = self._store.turn(tenant, turn.conversation_id, turn.message_id)
        if stored is None or stored.answer is None:
            raise InFlight(math.ceil(LEASE.total_seconds()))
        return stored


def log_opened(opened: Escalation, tenant: Tenant) -> None:
    """Say that a human was asked for, and why."""
    event(
        "escalation opened",
        tenant=tenant.id,
        escalation_id=opened.id,
        conversation_id=opened.conversation_id,
        reason=opened.reason,
    )


def _was_elsewhere(turn: Turn) -> bool:
    return turn.answer is not None and turn.answer.answered_by == "elsewhere"


def _goes_on(turn: Turn) -> bool:
    return turn.answer is None or turn.answer.step == "joined"
