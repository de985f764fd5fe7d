"""The desk: where messages come in and are answered, and the only way to that."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from punai import escalation as escalating
from punai import outbox
from punai.conversations import Conversations
from punai.logs import event
from punai.models import OTHER, Answer, Conversation, Inbound, IntentMatch, Turn
from punai.pipeline import Pipeline
from punai.plugin_manager import Business, PluginManager
from punai.ports import Store
from punai.reception import PATIENCE, Reception
from punai.recovery import recover
from punai.tenant import Tenant


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Desk(Conversations):
    """Everything that can be asked of PunAI. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        plugins: PluginManager,
        businesses: Mapping[str, Business],
        default_tenant: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        patience: float = PATIENCE,
    ) -> None:
        """Put a store and businesses together.

        Args:
            store: where everything is kept; `store.prepare()` has been called.
            plugins: what was loaded, for those who ask.
            businesses: by tenant id.
            default_tenant: the business of those who name none.
            clock: the time in UTC.
            patience: seconds that a repeated message waits for the answer to the first.
        """
        super().__init__(store, {name: Pipeline(business) for name, business in businesses.items()}, clock)
        self.plugins, self.default_tenant = plugins, default_tenant
        self._reception = Reception(store, clock, patience)

    @property
    def tenants(self) -> Mapping[str, Tenant]:
        """The businesses, by id."""
        return {name: pipeline.tenant for name, pipeline in self.pipelines.items()}

    def channels(self, tenant: str) -> frozenset[str]:
        """The channels that a business can reach customers by; `web` clients poll."""
        return frozenset({"web", *self.pipelines[tenant].business.channels})

    @property
    def model_name(self) -> str:
        """The model of the default business, or `local`."""
        pipeline = self.pipelines[self.default_tenant]
        return pipeline.tenant.setting("model", "name", "local") if pipeline.business.model else "local"

    def warm_up(self) -> None:
        """Build what is built on first use, such as indexes, before a customer waits for it."""
        nothing = Conversation(id="-", user_id="-", created_at=self._clock())
        for pipeline in self.pipelines.values():
            pipeline.recall("hello", nothing, pipeline.understand("hello", nothing))

    def receive(self, tenant: str, inbound: Inbound, *, human: bool = False, request_id: str = "") -> Turn:
        """Answer a customer's message, once: the answered turn, for a repeat the stored one. With `human` it
        brings in a human, whatever it says.

        Raises:
            NotFound: there is no such tenant.
            NotYours: the conversation belongs to another user.
            MessageMismatch: the message id was used for other words.
            InFlight: the same message is still being answered.
            StoreUnavailable: the words could not be stored; nothing was.
        """
        started = time.perf_counter()
        pipeline = self._pipeline(tenant)
        accepted = self._reception.accept(pipeline.tenant, inbound)
        turn = accepted.turn
        if accepted.state == "new":
            turn = self._reception.answer(pipeline, accepted, human=human)
        self._log(turn, tenant, accepted.state, request_id, started)
        return turn

    def escalate(
        self,
        tenant: str,
        inbound: Inbound,
        *,
        name: str | None,
        email: str | None,
        note: str | None,
        request_id: str = "",
    ) -> Turn:
        """Bring in a human because a front end asks for one, with what it knows of the customer.

        Raises:
            The same as `receive`.
        """
        started = time.perf_counter()
        pipeline = self._pipeline(tenant)
        accepted = self._reception.accept(pipeline.tenant, self._as_owner(pipeline.tenant, inbound))
        turn = accepted.turn
        if accepted.state == "new":
            draft = escalating.hand_over(IntentMatch(), "person_requested", pipeline.tenant)
            contact = {"name": name, "email": email, "note": note}
            turn = self._reception.complete(pipeline, accepted, draft, contact)
            if any(contact.values()):
                self._amend(pipeline.tenant, turn, accepted.turn.attempt, contact)
        self._log(turn, tenant, accepted.state, request_id, started)
        return turn

    def record_elsewhere(
        self,
        tenant: str,
        *,
        conversation_id: str,
        at: datetime,
        text: str,
        reply: str,
        intent: str = OTHER,
        confidence: float = 0.0,
    ) -> Turn:
        """Keep an exchange that happened outside PunAI. The same one again is kept once.

        Args:
            tenant: the business.
            conversation_id: a conversation, started here if it is new; its user is then called the same.
            at: when it happened.
            text: the customer's words.
            reply: what was answered.
            intent: what the other system took it for.
            confidence: how sure that system was, in 0..1.
        """
        business = self._pipeline(tenant).tenant
        found = self.store.conversation(business, conversation_id, history=0)
        content = json.dumps([at.isoformat(), text, reply])
        turn = Turn(
            conversation_id=conversation_id,
            message_id=f"elsewhere-{hashlib.sha256(content.encode()).hexdigest()[:32]}",
            user_id=found.user_id if found else conversation_id,
            text=text,
            at=at,
            answer=Answer(reply=reply, answered_by="elsewhere", intent=intent, confidence=confidence),
        )
        if found and found.escalation_id:  # first, as in `Reception.complete`; the words are read only later
            escalating.pass_on(self.store, business, found.escalation_id, self._clock())
        return self.store.record(business, turn)

    def recover(self) -> int:
        """Answer what was accepted and never answered, because its holder died; how many turns were.

        Where a channel can push, the answer is sent through it. Where it cannot, nobody may be listening any
        more: the answer is kept for a retry, and a human is brought in.
        """
        return sum(
            recover(self.store, self._reception, pipeline, self._clock)
            for pipeline in self.pipelines.values()
        )

    def retry_escalation(self, tenant: str, escalation_id: str) -> int:
        """Make the dead deliveries of an escalation due again; how many there were.

        Raises:
            NotFound: there is no such escalation.
        """
        return outbox.revive(self.store, self._pipeline(tenant).tenant, escalation_id, self._clock())

    def deliver_due(self, pools: outbox.Pools | None = None, *, tenant: str | None = None) -> int:
        """Attempt what is due for every business, or for one, in the pools if there are any; how many began.

        Raises:
            NotFound: there is no such business.
        """
        pipelines = self.pipelines.values() if tenant is None else [self._pipeline(tenant)]
        return sum(
            outbox.deliver_due(self.store, pipeline.business, self._clock, pools, pipeline.summarize)
            for pipeline in pipelines
        )

    def _amend(self, tenant: Tenant, turn: Turn, attempt: int, contact: Mapping[str, str | None]) -> None:
        """Add the contact details to an escalation that was opened without them: by another turn, or by
        another holder of this one."""
        found = self.store.conversation(tenant, turn.conversation_id, history=0)
        opened = found.escalation_id if found else None
        with_them = opened == escalating.escalation_id(turn, tenant) and turn.attempt == attempt
        if opened and not with_them:
            self.store.amend_escalation(tenant, opened, due_at=self._clock(), **contact)

    def _as_owner(self, tenant: Tenant, inbound: Inbound) -> Inbound:
        """The message as its conversation's own user's, where that is a session whose person nobody knew.

        `record_elsewhere` starts such conversations; everybody else's stay closed to those who know their id.
        """
        if inbound.conversation_id is None:
            return inbound
        found = self.store.conversation(tenant, inbound.conversation_id, history=0)
        if found is None or found.user_id != found.id:
            return inbound
        return inbound.model_copy(update={"user_id": found.user_id})

    def _log(self, turn: Turn, tenant: str, state: str, request_id: str, started: float) -> None:
        answer = turn.answer
        if answer is None:
            return
        usage = answer.usage
        event(
            "turn",
            request_id=request_id or None,
            tenant=tenant,
            conversation_id=turn.conversation_id,
            repeated=state == "answered",
            latency_ms=round((time.perf_counter() - started) * 1000, 1),
            answered_by=answer.answered_by,
            step=answer.step,
            intent=answer.intent,
            confidence=round(answer.confidence, 3),
            status=answer.status,
            escalation=answer.escalation,
            model=usage.model if usage else None,
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
            cost=usage.cost if usage else None,
        )
