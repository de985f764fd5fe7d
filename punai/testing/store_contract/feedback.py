"""Claims about feedback: what customers think of answers and of conversations, and the pages they read."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

from functools import partial

import pytest

from punai.models import Answer, Feedback, Rating, Turn
from punai.ports import NotFound, NotYours, StatusChanged, Store
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
    exchange,
    message,
    reply,
    said_by_agent,
)
from punai.testing.store_contract.conversations import read

UP = Feedback(value="up", at=NOW + SECOND)
DOWN = Feedback(value="down", comment="No. 😀\nIt is lost; see 'DROP TABLE'.", at=NOW + 2 * SECOND)
RATING = Rating(value=4, comment="Quick, but cold", at=NOW + SECOND)


def told(conversation: str = "c1", *, id: str = "told", user: str = "ann") -> Turn:
    """What PunAI says when it brings in a human without having been written to."""
    answer = Answer(
        reply="A colleague will answer you.", answered_by="fallback", status="waiting", escalation=True
    )
    return Turn(conversation_id=conversation, message_id=id, user_id=user, text="", at=NOW, answer=answer)


def rating_of(store: Store, tenant: Tenant, conversation: str = "c1") -> Rating | None:
    """What is stored of what the customer thinks of the conversation."""
    return read(store, tenant, conversation).rating


class FeedbackClaims(StoreBasis):
    """What a store must hold to about feedback, and about reading a conversation page by page."""

    def test_feedback_stands_with_its_turn_wherever_the_turn_is_read(
        self, store: Store, tenant: Tenant
    ) -> None:
        exchange(store, tenant, message(conversation="c1", id="m1"))
        store.rate(tenant, "c1", "m1", DOWN)
        rated = store.turn(tenant, "c1", "m1")
        assert rated is not None
        assert rated.feedback == DOWN
        assert read(store, tenant, "c1").turns == (rated,)
        assert list(store.turns_of(tenant, "ann")) == [rated]
        assert list(store.turns(tenant, since=NOW)) == [rated]
        assert accept(store, tenant, message(conversation="c1", id="m1")).turn == rated
        assert accept(store, tenant, message(conversation="c1", id="m2")).conversation.turns == (rated,)

    def test_feedback_is_one_a_turn_and_can_be_changed_and_withdrawn(
        self, store: Store, tenant: Tenant
    ) -> None:
        turn = exchange(store, tenant, message(conversation="c1", id="m1"))
        other = exchange(store, tenant, message(conversation="c1", id="m2"))
        for feedback in (UP, DOWN, UP, UP, None, None):
            store.rate(tenant, "c1", "m1", feedback)
            assert read(store, tenant, "c1").turns == (turn.model_copy(update={"feedback": feedback}), other)

    def test_an_agents_words_can_be_rated_too(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message(conversation="c1"))
        words = store.record(tenant, said_by_agent("Ben here.", conversation="c1", id="a1"))
        store.rate(tenant, "c1", "a1", UP)
        assert read(store, tenant, "c1").turns[-1] == words.model_copy(update={"feedback": UP})

    def test_what_was_not_answered_or_is_not_there_cannot_be_rated(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        held = accept(store, tenant, message(conversation="c1", id="m1")).turn
        for business, conversation, id in (
            (tenant, "c1", "m1"),
            (tenant, "c1", "m2"),
            (tenant, "nowhere", "m1"),
            (other_tenant, "c1", "m1"),
        ):
            for feedback in (DOWN, None):
                with pytest.raises(NotFound):
                    store.rate(business, conversation, id, feedback)
        assert read(store, tenant, "c1").turns == (held,)
        store.complete(tenant, held, reply(), expect="bot", now=NOW)
        with pytest.raises(NotFound):
            store.rate(other_tenant, "c1", "m1", DOWN)
        for business, conversation in ((tenant, "nowhere"), (other_tenant, "c1")):
            with pytest.raises(NotFound):
                store.rate_conversation(business, conversation, RATING)
        assert store.conversation(tenant, "nowhere", history=1) is None

    def test_a_conversation_has_one_rating_that_can_be_changed(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message(conversation="c1"))
        exchange(store, tenant, message(conversation="c2"))
        assert rating_of(store, tenant) is None
        for rating in (RATING, Rating(value=1, at=NOW)):
            store.rate_conversation(tenant, "c1", rating)
            assert rating_of(store, tenant) == rating
        assert rating_of(store, tenant, "c2") is None

    def test_a_business_gets_every_conversation_that_has_a_rating(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        for business, name in ((tenant, "c1"), (tenant, "c#2"), (tenant, "c3"), (other_tenant, "c1")):
            exchange(store, business, message(conversation=name, user=f"{name}'s"))
        for name in ("c1", "c#2"):
            store.rate_conversation(tenant, name, RATING)
        found = {conversation.id: conversation for conversation in store.rated(tenant)}
        assert {id: each.rating for id, each in found.items()} == {"c1": RATING, "c#2": RATING}
        assert (found["c1"].user_id, found["c1"].turns) == ("c1's", ())
        assert list(store.rated(other_tenant)) == []

    def test_a_rating_outlasts_whatever_happens_to_its_conversation(
        self, store: Store, tenant: Tenant
    ) -> None:
        exchange(store, tenant, message(conversation="c1"))
        store.rate_conversation(tenant, "c1", RATING)
        escalate(store, tenant, message(conversation="c1"))
        store.change_status(tenant, "c1", expect=["waiting"], to="human")
        store.record(tenant, said_by_agent("Ben here.", conversation="c1", id="a1"))
        store.change_status(tenant, "c1", expect=["human"], to="closed")
        exchange(store, tenant, message(conversation="c1", channel="sms"), now=NOW + tenant.idle)
        assert rating_of(store, tenant) == RATING

    def test_ratings_and_a_takeover_at_once_are_all_kept(self, store: Store, tenant: Tenant) -> None:
        held = [
            accept(store, tenant, message(conversation="c1", id=f"m{number}")).turn for number in range(4)
        ]
        turns = [store.complete(tenant, turn, reply(), expect="bot", now=NOW) for turn in held]
        rate = [partial(store.rate, tenant, "c1", turn.message_id, DOWN) for turn in turns]
        take_over = partial(store.change_status, tenant, "c1", expect=["bot"], to="human")
        at_once([*rate, take_over, partial(store.rate_conversation, tenant, "c1", RATING)])
        conversation = read(store, tenant, "c1")
        assert (conversation.status, conversation.rating) == ("human", RATING)
        assert [turn.feedback for turn in conversation.turns] == [DOWN] * 4

    def test_a_rated_conversation_goes_on_as_any_other(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message(conversation="c1", id="m1"))
        held = accept(store, tenant, message(conversation="c1", id="m2")).turn
        store.rate(tenant, "c1", "m1", DOWN)
        store.rate_conversation(tenant, "c1", RATING)
        done = store.complete(tenant, held, reply(), expect="bot", now=NOW)
        assert read(store, tenant, "c1").turns[-1] == done

    def test_feedback_is_erased_with_its_person(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message(conversation="c1", id="m1"))
        store.rate(tenant, "c1", "m1", DOWN)
        store.rate_conversation(tenant, "c1", RATING)
        assert store.erase(tenant, "ann") == 1
        exchange(store, tenant, message(conversation="c1", id="m1"))
        conversation = read(store, tenant, "c1")
        assert conversation.rating is None
        assert [turn.feedback for turn in conversation.turns] == [None]

    def test_an_agents_name_stands_with_the_words(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message(conversation="c1"))
        words = said_by_agent("Ben here.", conversation="c1", id="a1")
        assert words.answer is not None
        named = words.model_copy(update={"answer": words.answer.model_copy(update={"agent": "Ben"})})
        store.record(tenant, named)
        assert store.turn(tenant, "c1", "a1") == named

    def test_words_without_a_message_can_bring_in_a_human(self, store: Store, tenant: Tenant) -> None:
        asked = exchange(store, tenant, message(conversation="c1"))
        words = told()
        opened = escalation(words)
        assert store.record(tenant, words, expect="bot", escalation=opened) == words
        conversation = read(store, tenant, "c1")
        assert (conversation.status, conversation.escalation_id) == ("waiting", "e1")
        assert conversation.turns == (asked, words)
        assert list(store.escalations(tenant)) == [opened]
        assert len(store.claim_deliveries(tenant, now=NOW, lease=LEASE, limit=10)) == 2
        store.change_status(tenant, "c1", expect=["waiting"], to="human")
        assert [known.status for known in store.escalations(tenant)] == ["taken"]
        store.change_status(tenant, "c1", expect=["human"], to="bot")
        assert store.erase(tenant, "ann") == 2
        assert list(store.escalations(tenant)) == []

    def test_words_come_once_and_their_escalation_with_them(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message(conversation="c1"))
        for _ in range(2):
            store.record(tenant, told(), expect="bot", escalation=escalation(told()))
        assert len(read(store, tenant, "c1").turns) == 2
        assert len(store.escalations(tenant)) == 1

    def test_of_many_escalations_at_once_one_is_opened(self, store: Store, tenant: Tenant) -> None:
        def bring_in(id: str) -> bool:
            words = told(id=id)
            try:
                store.record(tenant, words, expect="bot", escalation=escalation(words, id))
            except StatusChanged:
                return False
            return True

        exchange(store, tenant, message(conversation="c1"))
        assert sorted(at_once([partial(bring_in, f"e{number}") for number in range(4)])) == [False] * 3 + [
            True
        ]
        assert len(store.escalations(tenant)) == 1
        assert len(read(store, tenant, "c1").turns) == 2

    def test_nothing_is_stored_of_an_escalation_that_is_refused(self, store: Store, tenant: Tenant) -> None:
        asked = exchange(store, tenant, message(conversation="c1"))
        store.change_status(tenant, "c1", expect=["bot"], to="human")
        with pytest.raises(StatusChanged):
            store.record(tenant, told(), expect="bot", escalation=escalation(told()))
        with pytest.raises(NotYours):
            store.record(tenant, told(user="eve"), expect="human", escalation=escalation(told()))
        assert read(store, tenant, "c1").turns == (asked,)
        assert list(store.escalations(tenant)) == []

    def test_a_conversation_is_read_back_page_by_page(self, store: Store, tenant: Tenant) -> None:
        turns = [exchange(store, tenant, message(id=f"m{number}", conversation="c1")) for number in range(8)]
        exchange(store, tenant, message(id="m1", conversation="c2"))
        found: list[Turn] = []
        while page := self._page(store, tenant, found[0].message_id if found else None):
            assert len(page) <= 3
            found[:0] = page
        assert found == turns
        before_all = store.conversation(tenant, "c1", history=3, before="m0")
        assert before_all is not None
        assert (before_all.id, before_all.turns) == ("c1", ())
        nothing = store.conversation(tenant, "c1", history=0, before="m5")
        assert nothing is not None
        assert nothing.turns == ()

    def test_a_page_before_a_message_that_is_not_there_is_refused(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        exchange(store, tenant, message(id="m1", conversation="c1"))
        exchange(store, tenant, message(id="m2", conversation="c2"))
        for wrong in ("m2", "nothing"):
            with pytest.raises(NotFound):
                store.conversation(tenant, "c1", history=5, before=wrong)
        assert store.conversation(tenant, "nowhere", history=5, before="m1") is None
        assert store.conversation(other_tenant, "c1", history=5, before="m1") is None

    def test_a_users_last_conversation_is_the_one_the_next_message_may_join(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        assert store.last_conversation(tenant, "ann") is None
        first = exchange(store, tenant, message("Hello"))
        assert store.last_conversation(tenant, "ann") == first.conversation_id
        exchange(store, tenant, message(conversation="newer"))
        exchange(store, tenant, message(user="bob", conversation="bob's"))
        assert store.last_conversation(tenant, "ann") == "newer"
        store.change_status(tenant, "newer", expect=["bot"], to="closed")
        assert store.last_conversation(tenant, "ann") == "newer"
        assert store.last_conversation(other_tenant, "ann") is None
        store.erase(tenant, "ann")
        assert store.last_conversation(tenant, "ann") is None

    def _page(self, store: Store, tenant: Tenant, before: str | None) -> tuple[Turn, ...]:
        conversation = store.conversation(tenant, "c1", history=3, before=before)
        assert conversation is not None
        return conversation.turns
