"""What every claim about a store starts from: a fixed clock, two businesses, and words to say."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest

from punai.models import Answer, Delivery, Escalation, Inbound, Status, Turn
from punai.ports import Accepted, Store
from punai.tenant import Tenant

Result = TypeVar("Result")

# Ahead of every real clock, so that no database with an expiry of its own removes the rows meanwhile.
NOW = datetime(2040, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


class StoreBasis:
    """The store under test, two businesses, and what a subclass may tell about its database."""

    # The length at which a turn must still cost what the first ones did.
    long_conversation = 300

    @pytest.fixture
    def store(self) -> Store:
        """The store under test, empty and prepared. Every subclass gives its own, and closes it after use."""
        raise NotImplementedError("override the fixture `store`")

    @pytest.fixture
    def tenant(self) -> Tenant:
        """A business."""
        return Tenant(id="shop", name="Shop")

    @pytest.fixture
    def other_tenant(self) -> Tenant:
        """Another business in the same store, with an id that begins like the first one's."""
        return Tenant(id="shop#ann", name="Another shop")

    def reopen(self, store: Store) -> Store:
        """A second opening of the same database; the store itself where there can be no second."""
        return store

    def cost(self, store: Store) -> float | None:
        """The database work this store has done so far, in any unit that counts it: steps, requests, bytes.

        None says that it cannot be counted; the claim about a turn's cost is then skipped.
        """
        return None


def message(
    text: str = "Where is my order?",
    *,
    user: str = "ann",
    conversation: str | None = None,
    id: str | None = None,
    channel: str = "web",
) -> Inbound:
    """A customer's message."""
    return Inbound(user_id=user, text=text, conversation_id=conversation, message_id=id, channel=channel)


def reply(text: str = "It is on its way.", *, status: Status = "bot") -> Answer:
    """The bot's answer."""
    return Answer(reply=text, answered_by="documents", status=status, escalation=status == "waiting")


def accept(
    store: Store, tenant: Tenant, inbound: Inbound, *, now: datetime = NOW, history: int = 20
) -> Accepted:
    """Hand a message to the store, with the usual lease."""
    return store.accept(tenant, inbound, now=now, lease=LEASE, history=history)


def exchange(
    store: Store, tenant: Tenant, inbound: Inbound, answer: Answer | None = None, *, now: datetime = NOW
) -> Turn:
    """A message and its answer."""
    accepted = accept(store, tenant, inbound, now=now)
    expect = accepted.conversation.status
    return store.complete(tenant, accepted.turn, answer or reply(), expect=expect, now=now)


def escalation(turn: Turn, id: str = "e1", *, due_at: datetime = NOW) -> Escalation:
    """A request for a human about a turn, to be delivered by two handlers."""
    return Escalation(
        id=id,
        conversation_id=turn.conversation_id,
        user_id=turn.user_id,
        reason="asked for a person",
        intent="complaint",
        at=turn.at,
        name="Ann Example",
        email="ann@example.com",
        note="calls after six",
        deliveries=(Delivery(handler="log", due_at=due_at), Delivery(handler="sns_email", due_at=due_at)),
    )


def escalate(
    store: Store, tenant: Tenant, inbound: Inbound, id: str = "e1", *, due_at: datetime = NOW
) -> Escalation:
    """A message that brings in a human; the escalation that was stored with its answer."""
    accepted = accept(store, tenant, inbound)
    asked = escalation(accepted.turn, id, due_at=due_at)
    waiting = reply("A colleague will answer you.", status="waiting")
    expect = accepted.conversation.status
    store.complete(tenant, accepted.turn, waiting, expect=expect, now=NOW, escalation=asked)
    return asked


def said_by_agent(text: str, *, conversation: str, id: str, user: str = "ann", at: datetime = NOW) -> Turn:
    """An agent's words."""
    answer = Answer(reply=text, answered_by="human", status="human")
    return Turn(conversation_id=conversation, message_id=id, user_id=user, text="", at=at, answer=answer)


def said_elsewhere(text: str, *, conversation: str, id: str, user: str = "ann", at: datetime = NOW) -> Turn:
    """An exchange that happened in another system."""
    answer = Answer(reply="Noted.", answered_by="elsewhere")
    return Turn(conversation_id=conversation, message_id=id, user_id=user, text=text, at=at, answer=answer)


def at_once(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Make these calls in as many threads, started together; what each returned, in the same order."""
    start = Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result:
        start.wait(timeout=60)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [running.result() for running in [threads.submit(run, call) for call in calls]]


def record(store: Store, tenant: Tenant, id: str, delivery: Delivery) -> None:
    """Record an outcome, having seen the delivery as it is."""
    asked = next((asked for asked in store.escalations(tenant) if asked.id == id), None)
    seen = [found for found in asked.deliveries if found.handler == delivery.handler] if asked else [delivery]
    store.record_delivery(tenant, id, delivery, seen=seen[0])
