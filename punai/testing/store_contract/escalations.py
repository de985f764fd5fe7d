"""Claims about escalations: stored with the answer that promised them, delivered by one worker at a time."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import pytest

from punai.models import Delivery
from punai.ports import NotFound, Store, TurnLost
from punai.tenant import Tenant
from punai.testing.store_contract.basis import (
    LEASE,
    NOW,
    SECOND,
    StoreBasis,
    accept,
    at_once,
    escalate,
    escalation,
    message,
    record,
    reply,
)


def claim(store: Store, tenant: Tenant, *, now: datetime = NOW, limit: int = 100) -> Sequence[str]:
    """Which deliveries a worker gets, as `escalation/handler`."""
    claimed = store.claim_deliveries(tenant, now=now, lease=LEASE, limit=limit)
    return sorted(f"{asked.id}/{delivery.handler}" for asked, delivery in claimed)


class EscalationClaims(StoreBasis):
    """What a store must hold to about escalations and their deliveries."""

    def test_an_escalation_is_stored_with_its_answer_and_its_deliveries(
        self, store: Store, tenant: Tenant
    ) -> None:
        asked = escalate(store, tenant, message(conversation="c1", id="m1"))
        assert list(store.escalations(tenant)) == [asked]
        conversation = store.conversation(tenant, "c1", history=5)
        assert conversation is not None
        assert (conversation.status, conversation.escalation_id) == ("waiting", asked.id)
        assert conversation.turns[0].answer == reply("A colleague will answer you.", status="waiting")

    def test_an_answer_refused_to_an_earlier_holder_escalates_nothing(
        self, store: Store, tenant: Tenant
    ) -> None:
        earlier = accept(store, tenant, message(conversation="c1", id="m1")).turn
        later = NOW + LEASE + SECOND
        accept(store, tenant, message(conversation="c1", id="m1"), now=later)
        with pytest.raises(TurnLost):
            store.complete(
                tenant,
                earlier,
                reply(status="waiting"),
                expect="bot",
                now=later,
                escalation=escalation(earlier),
            )
        conversation = store.conversation(tenant, "c1", history=5)
        assert conversation is not None
        assert (conversation.status, conversation.escalation_id) == ("bot", None)
        assert list(store.escalations(tenant)) == []
        assert claim(store, tenant, now=later) == []

    def test_an_answered_turn_escalates_nothing_more(self, store: Store, tenant: Tenant) -> None:
        asked = escalate(store, tenant, message(conversation="c1", id="m1"))
        turn = store.turn(tenant, "c1", "m1")
        assert turn is not None
        store.complete(tenant, turn, reply(), expect="waiting", now=NOW, escalation=escalation(turn, "e2"))
        assert list(store.escalations(tenant)) == [asked]

    def test_an_open_escalation_stays_with_the_conversation_through_later_answers(
        self, store: Store, tenant: Tenant
    ) -> None:
        escalate(store, tenant, message(conversation="c1"))
        next_turn = accept(store, tenant, message("Hello?", conversation="c1"))
        assert next_turn.conversation.escalation_id == "e1"
        store.complete(tenant, next_turn.turn, reply(status="waiting"), expect="waiting", now=NOW)
        assert accept(store, tenant, message("Hello?", conversation="c1")).conversation.escalation_id == "e1"

    def test_the_newest_escalation_comes_first(self, store: Store, tenant: Tenant) -> None:
        for id in ("b", "c", "a"):
            escalate(store, tenant, message(conversation="c1"), id)
            store.change_status(tenant, "c1", expect=["waiting"], to="bot")
        assert [asked.id for asked in store.escalations(tenant)] == ["a", "c", "b"]

    def test_a_due_delivery_goes_to_one_worker(self, store: Store, tenant: Tenant) -> None:
        for number in range(6):
            escalate(store, tenant, message(user=f"user {number}"), f"e{number}")
        claimed = at_once([lambda: claim(store, tenant)] * 2)
        left = claim(store, tenant)
        everything = [f"e{number}/{handler}" for number in range(6) for handler in ("log", "sns_email")]
        assert sorted([*claimed[0], *claimed[1], *left]) == everything

    def test_a_claimed_delivery_is_due_again_when_its_lease_is_over(
        self, store: Store, tenant: Tenant
    ) -> None:
        escalate(store, tenant, message())
        assert claim(store, tenant) == ["e1/log", "e1/sns_email"]
        assert claim(store, tenant, now=NOW + LEASE - SECOND) == []
        assert claim(store, tenant, now=NOW + LEASE + SECOND) == ["e1/log", "e1/sns_email"]

    def test_a_worker_gets_no_more_deliveries_than_it_asked_for(self, store: Store, tenant: Tenant) -> None:
        for number in range(3):
            escalate(store, tenant, message(user=f"user {number}"), f"e{number}")
        claimed = [claim(store, tenant, limit=4) for _ in range(3)]
        assert [len(some) for some in claimed] == [4, 2, 0]

    def test_a_delivery_waits_until_it_is_due(self, store: Store, tenant: Tenant) -> None:
        escalate(store, tenant, message(), due_at=NOW + 60 * SECOND)
        assert claim(store, tenant, now=NOW + 59 * SECOND) == []
        assert claim(store, tenant, now=NOW + 60 * SECOND) == ["e1/log", "e1/sns_email"]

    def test_a_claimed_delivery_comes_with_what_the_handler_needs(self, store: Store, tenant: Tenant) -> None:
        asked = escalate(store, tenant, message())
        found, delivery = store.claim_deliveries(tenant, now=NOW, lease=LEASE, limit=1)[0]
        assert found.model_copy(update={"deliveries": ()}) == asked.model_copy(update={"deliveries": ()})
        assert (delivery.status, delivery.attempts, delivery.due_at) == ("pending", 0, NOW + LEASE)

    def test_the_outcome_of_an_attempt_is_kept(self, store: Store, tenant: Tenant) -> None:
        escalate(store, tenant, message())
        delivered = Delivery(handler="log", status="delivered", attempts=1, reference="T-1", due_at=NOW)
        failed = Delivery(
            handler="sns_email",
            status="retrying",
            attempts=2,
            last_error="timed out",
            due_at=NOW + 60 * SECOND,
        )
        record(store, tenant, "e1", failed)
        record(store, tenant, "e1", delivered)
        assert store.escalations(tenant)[0].deliveries == (delivered, failed)

    def test_what_failed_is_due_again_and_what_is_settled_never(self, store: Store, tenant: Tenant) -> None:
        for id in ("e1", "e2"):
            escalate(store, tenant, message(user=id), id)
        assert len(claim(store, tenant)) == 4
        due_at = NOW + 60 * SECOND
        record(store, tenant, "e1", Delivery(handler="log", status="delivered", due_at=NOW))
        record(store, tenant, "e1", Delivery(handler="sns_email", status="dead", due_at=NOW))
        record(store, tenant, "e2", Delivery(handler="log", status="retrying", due_at=due_at))
        record(store, tenant, "e2", Delivery(handler="sns_email", status="delivered", due_at=NOW))
        assert claim(store, tenant, now=due_at - SECOND) == []
        assert claim(store, tenant, now=due_at) == ["e2/log"]
        assert claim(store, tenant, now=due_at + 1000 * LEASE) == ["e2/log"]

    def test_a_delivery_that_was_given_up_can_be_made_due_again(self, store: Store, tenant: Tenant) -> None:
        escalate(store, tenant, message())
        for handler in ("log", "sns_email"):
            record(store, tenant, "e1", Delivery(handler=handler, status="dead", due_at=NOW))
        record(store, tenant, "e1", Delivery(handler="log", due_at=NOW + SECOND))
        assert claim(store, tenant) == []
        assert claim(store, tenant, now=NOW + SECOND) == ["e1/log"]

    def test_what_becomes_known_of_the_customer_is_added_and_told_again(
        self, store: Store, tenant: Tenant
    ) -> None:
        asked = escalate(store, tenant, message())
        delivered = Delivery(handler="log", status="delivered", attempts=3, reference="T-1", due_at=NOW)
        dead = Delivery(handler="sns_email", status="dead", attempts=20, last_error="away", due_at=NOW)
        record(store, tenant, "e1", delivered)
        record(store, tenant, "e1", dead)
        later = NOW + 60 * SECOND
        store.amend_escalation(tenant, "e1", due_at=later, name="Ann B.", email=None, note=None)
        again = {"status": "pending", "attempts": 0, "due_at": later}
        deliveries = (delivered.model_copy(update=again), dead.model_copy(update=again))
        amended = asked.model_copy(update={"name": "Ann B.", "deliveries": deliveries})
        assert list(store.escalations(tenant)) == [amended]
        assert claim(store, tenant, now=later - SECOND) == []
        found, _ = store.claim_deliveries(tenant, now=later, lease=LEASE, limit=1)[0]
        assert (found.id, found.name, found.email) == ("e1", "Ann B.", "ann@example.com")

    def test_an_amendment_brings_no_retry_forward(self, store: Store, tenant: Tenant) -> None:
        escalate(store, tenant, message())
        due_at = NOW + 60 * SECOND
        failed = Delivery(handler="log", status="retrying", attempts=2, last_error="away", due_at=due_at)
        record(store, tenant, "e1", failed)
        assert claim(store, tenant) == ["e1/sns_email"]
        store.amend_escalation(tenant, "e1", due_at=NOW, name="Ann", email="a@example.com", note="Now!")
        [amended] = store.escalations(tenant)
        assert (amended.name, amended.email, amended.note) == ("Ann", "a@example.com", "Now!")
        assert amended.deliveries[0].model_copy(update={"more_at": None}) == failed
        assert "e1/log" not in claim(store, tenant, now=due_at - SECOND)

    def test_what_becomes_known_while_somebody_is_told_is_told_once_more_and_costs_no_reference(
        self, store: Store, tenant: Tenant
    ) -> None:
        escalate(store, tenant, message())
        claimed = store.claim_deliveries(tenant, now=NOW, lease=LEASE, limit=2)
        for seconds in (20, 10, 30):
            store.amend_escalation(tenant, "e1", due_at=NOW + seconds * SECOND, name=f"Ann {seconds}")
        for told, seen in claimed:
            outcome = {"status": "delivered", "attempts": 1, "reference": "T-1", "told": ("m1", "m2")}
            store.record_delivery(tenant, told.id, seen.model_copy(update=outcome), seen=seen)
        assert claim(store, tenant, now=NOW + 9 * SECOND) == []
        again = store.claim_deliveries(tenant, now=NOW + 10 * SECOND, lease=LEASE, limit=3)
        assert [found.name for found, _ in again] == ["Ann 30"] * 2
        for told, seen in again:
            assert (seen.attempts, seen.reference, seen.told) == (0, "T-1", ("m1", "m2"))
            store.record_delivery(tenant, told.id, seen.model_copy(update={"status": "dead"}), seen=seen)
        assert claim(store, tenant, now=NOW + 1000 * LEASE) == []

    def test_words_that_come_while_an_attempt_fails_are_told_with_its_next(
        self, store: Store, tenant: Tenant
    ) -> None:
        escalate(store, tenant, message())
        [(told, seen)] = store.claim_deliveries(tenant, now=NOW, lease=LEASE, limit=1)
        store.amend_escalation(tenant, "e1", due_at=NOW + SECOND)
        due_at = NOW + 60 * SECOND
        failed = seen.model_copy(update={"status": "retrying", "attempts": 1, "due_at": due_at})
        store.record_delivery(tenant, told.id, failed, seen=seen)
        assert f"e1/{seen.handler}" not in claim(store, tenant, now=due_at - SECOND)
        [again] = [
            found
            for _, found in store.claim_deliveries(tenant, now=due_at, lease=LEASE, limit=9)
            if found.handler == seen.handler
        ]
        assert (again.status, again.more_at) == ("retrying", None)

    def test_further_words_make_those_who_were_told_due_once_for_a_burst(
        self, store: Store, tenant: Tenant
    ) -> None:
        asked = escalate(store, tenant, message())
        for delivery in asked.deliveries:
            record(store, tenant, "e1", delivery.model_copy(update={"status": "delivered"}))
        for seconds in (10, 11, 12):
            store.amend_escalation(tenant, "e1", due_at=NOW + seconds * SECOND)
        [amended] = store.escalations(tenant)
        assert (amended.name, amended.email, amended.note) == (asked.name, asked.email, asked.note)
        assert claim(store, tenant, now=NOW + 9 * SECOND) == []
        claimed = store.claim_deliveries(tenant, now=NOW + 10 * SECOND, lease=LEASE, limit=9)
        assert len(claimed) == 2
        for told, seen in claimed:
            store.record_delivery(tenant, told.id, seen.model_copy(update={"status": "delivered"}), seen=seen)
        assert claim(store, tenant, now=NOW + 1000 * LEASE) == []

    def test_who_lost_a_claim_settles_nothing(self, store: Store, tenant: Tenant) -> None:
        escalate(store, tenant, message())
        [(_, lost)] = store.claim_deliveries(tenant, now=NOW, lease=LEASE, limit=1)
        later = NOW + LEASE + SECOND
        held = dict.fromkeys(claim(store, tenant, now=later))
        store.record_delivery(tenant, "e1", lost.model_copy(update={"status": "dead"}), seen=lost)
        assert {delivery.status for delivery in store.escalations(tenant)[0].deliveries} == {"pending"}
        assert list(held) == claim(store, tenant, now=later + LEASE + SECOND)

    def test_an_unknown_escalation_cannot_be_amended(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        escalate(store, tenant, message())
        for business, id in ((tenant, "e2"), (other_tenant, "e1")):
            with pytest.raises(NotFound):
                store.amend_escalation(business, id, due_at=NOW, name="Eve", email=None, note=None)
        assert store.escalations(tenant)[0].name == "Ann Example"

    def test_an_outcome_that_comes_after_an_erasure_brings_nothing_back(
        self, store: Store, tenant: Tenant
    ) -> None:
        escalate(store, tenant, message())
        store.erase(tenant, "ann")
        with suppress(NotFound):
            record(store, tenant, "e1", Delivery(handler="log", status="retrying", due_at=NOW))
        assert list(store.escalations(tenant)) == []
        assert claim(store, tenant) == []
