"""Claims about conversations: which one a message joins, and who holds it."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

from functools import partial

import pytest

from punai.models import Conversation, Status, Turn
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
    said_elsewhere,
)


def read(store: Store, tenant: Tenant, conversation_id: str) -> Conversation:
    """The conversation, which is there."""
    conversation = store.conversation(tenant, conversation_id, history=50)
    assert conversation is not None
    return conversation


class ConversationClaims(StoreBasis):
    """What a store must hold to about conversations."""

    def test_a_first_message_starts_a_conversation_held_by_the_bot(
        self, store: Store, tenant: Tenant
    ) -> None:
        started = accept(store, tenant, message(channel="sms")).conversation
        assert started == Conversation(
            id=started.id, user_id="ann", status="bot", channel="sms", created_at=NOW, turns=()
        )
        assert read(store, tenant, started.id).created_at == NOW

    def test_a_message_without_a_conversation_joins_the_last_one(self, store: Store, tenant: Tenant) -> None:
        first = exchange(store, tenant, message("Hello"))
        joined = accept(store, tenant, message("Are you there?"), now=NOW + tenant.idle - SECOND)
        assert joined.conversation.id == first.conversation_id
        assert joined.conversation.turns == (first,)

    def test_the_last_conversation_is_the_one_last_started_or_opened_again(
        self, store: Store, tenant: Tenant
    ) -> None:
        for conversation in ("older", "newer"):
            exchange(store, tenant, message(conversation=conversation))
        assert exchange(store, tenant, message("And now?")).conversation_id == "newer"
        store.change_status(tenant, "older", expect=["bot"], to="closed")
        exchange(store, tenant, message("One more thing", conversation="older"))
        assert exchange(store, tenant, message("And now?")).conversation_id == "older"

    def test_a_conversation_left_idle_is_over(self, store: Store, tenant: Tenant) -> None:
        first = exchange(store, tenant, message("Hello"))
        later = accept(store, tenant, message("Hello again"), now=NOW + tenant.idle + SECOND)
        assert later.conversation.id != first.conversation_id
        assert later.conversation.turns == ()

    def test_an_agents_words_keep_a_conversation_from_being_idle(self, store: Store, tenant: Tenant) -> None:
        first = exchange(store, tenant, message("Hello"))
        halfway = NOW + tenant.idle / 2
        words = said_by_agent("One moment.", conversation=first.conversation_id, id="a1", at=halfway)
        store.record(tenant, words)
        later = accept(store, tenant, message("Still there?"), now=NOW + tenant.idle + SECOND)
        assert later.conversation.id == first.conversation_id

    def test_a_closed_conversation_is_over(self, store: Store, tenant: Tenant) -> None:
        first = exchange(store, tenant, message("Hello"))
        store.change_status(tenant, first.conversation_id, expect=["bot"], to="closed")
        later = accept(store, tenant, message("Hello again"))
        assert later.conversation.id != first.conversation_id
        assert read(store, tenant, first.conversation_id).status == "closed"

    def test_a_closed_conversation_addressed_by_its_id_opens_again(
        self, store: Store, tenant: Tenant
    ) -> None:
        exchange(store, tenant, message("Hello", conversation="c1"))
        store.change_status(tenant, "c1", expect=["bot"], to="closed")
        again = accept(store, tenant, message("One more thing", conversation="c1"))
        assert again.conversation.status == "bot"
        assert read(store, tenant, "c1").status == "bot"
        assert len(again.conversation.turns) == 1

    def test_a_new_id_starts_a_conversation_by_that_name(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message("Hello"))
        named = accept(store, tenant, message("About something else", conversation="my own name"))
        assert named.conversation.id == "my own name"
        assert named.conversation.turns == ()

    def test_another_users_conversation_is_refused_and_nothing_is_stored(
        self, store: Store, tenant: Tenant
    ) -> None:
        turn = exchange(store, tenant, message("Hello", user="ann", conversation="c1", id="m1"))
        for id in ("m1", "m2", None):
            with pytest.raises(NotYours):
                accept(store, tenant, message("What did Ann say?", user="eve", conversation="c1", id=id))
        with pytest.raises(NotYours):
            store.record(tenant, said_elsewhere("Hello", user="eve", conversation="c1", id="m3"))
        assert read(store, tenant, "c1").turns == (turn,)
        assert list(store.turns_of(tenant, "eve")) == []

    def test_customers_do_not_share_message_ids(self, store: Store, tenant: Tenant) -> None:
        for user in ("ann", "bob"):
            for conversation in ("first", "second"):
                inbound = message(user=user, conversation=f"{user}'s {conversation}", id="1")
                assert accept(store, tenant, inbound).state == "new"
        assert accept(store, tenant, message(user="cid", id="1")).state == "new"
        assert len(list(store.turns_of(tenant, "ann"))) == 2

    @pytest.mark.parametrize("ending", ["closed", "idle"])
    def test_a_retry_finds_its_message_in_a_conversation_that_is_over(
        self, store: Store, tenant: Tenant, ending: str
    ) -> None:
        turn = exchange(store, tenant, message("Hello", id="m1"))
        if ending == "closed":
            store.change_status(tenant, turn.conversation_id, expect=["bot"], to="closed")
        now = NOW if ending == "closed" else NOW + tenant.idle + SECOND
        retry = accept(store, tenant, message("Hello", id="m1"), now=now)
        assert retry.state == "answered"
        assert retry.turn == turn
        assert read(store, tenant, turn.conversation_id).status == ("closed" if ending == "closed" else "bot")

    def test_a_message_left_unanswered_opens_its_closed_conversation_when_it_is_retried(
        self, store: Store, tenant: Tenant
    ) -> None:
        lost = accept(store, tenant, message("Hello", id="m1")).turn
        store.change_status(tenant, lost.conversation_id, expect=["bot"], to="closed")
        later = NOW + LEASE + SECOND
        retry = accept(store, tenant, message("Hello", id="m1"), now=later)
        assert (retry.state, retry.conversation.status) == ("new", "bot")
        store.complete(tenant, retry.turn, reply(), expect="bot", now=later)

    def test_a_conversation_follows_the_customer_to_another_channel(
        self, store: Store, tenant: Tenant
    ) -> None:
        exchange(store, tenant, message(conversation="c1", channel="web"))
        moved = accept(store, tenant, message(conversation="c1", channel="sms"))
        assert moved.conversation.channel == "sms"
        assert read(store, tenant, "c1").channel == "sms"

    def test_an_answer_moves_the_conversation_to_its_status(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message(conversation="c1"), reply(status="waiting"))
        assert read(store, tenant, "c1").status == "waiting"
        assert accept(store, tenant, message(conversation="c1")).conversation.status == "waiting"

    def test_a_humans_takeover_beats_the_bots_pending_reply(self, store: Store, tenant: Tenant) -> None:
        held = accept(store, tenant, message(conversation="c1", id="m1")).turn
        store.change_status(tenant, "c1", expect=["bot", "waiting"], to="human")
        with pytest.raises(StatusChanged) as refused:
            store.complete(
                tenant, held, reply(status="waiting"), expect="bot", now=NOW, escalation=escalation(held)
            )
        assert refused.value.status == "human"
        assert read(store, tenant, "c1") == Conversation(
            id="c1", user_id="ann", status="human", created_at=NOW, turns=(held,)
        )
        assert list(store.escalations(tenant)) == []
        assert list(store.claim_deliveries(tenant, now=NOW, lease=LEASE, limit=10)) == []

    def test_a_turn_refused_to_the_bot_can_be_kept_for_the_human(self, store: Store, tenant: Tenant) -> None:
        held = accept(store, tenant, message(conversation="c1", id="m1")).turn
        store.change_status(tenant, "c1", expect=["bot"], to="human")
        with pytest.raises(StatusChanged):
            store.complete(tenant, held, reply(), expect="bot", now=NOW)
        store.complete(tenant, held, reply("", status="human"), expect="human", now=NOW)
        assert accept(store, tenant, message(conversation="c1", id="m1")).state == "answered"

    def test_a_takeover_and_a_reply_at_once_leave_the_human_in_charge(
        self, store: Store, tenant: Tenant
    ) -> None:
        def answer(turn: Turn) -> str:
            try:
                store.complete(tenant, turn, reply(), expect="bot", now=NOW)
            except StatusChanged:
                return "refused"
            return "answered"

        def take_over(turn: Turn) -> str:
            store.change_status(tenant, turn.conversation_id, expect=["bot"], to="human")
            answered = read(store, tenant, turn.conversation_id).turns[0].answer
            return "answered" if answered else "refused"

        for number in range(10):
            held = accept(store, tenant, message(conversation=f"c{number}", id="m1")).turn
            outcome, seen_by_human = at_once([partial(answer, held), partial(take_over, held)])
            conversation = read(store, tenant, held.conversation_id)
            assert conversation.status == "human"
            assert (conversation.turns[0].answer is None) == (outcome == "refused")
            assert seen_by_human == outcome

    def test_a_turn_that_outlasts_a_takeover_can_be_answered_once_the_bot_is_back(
        self, store: Store, tenant: Tenant
    ) -> None:
        held = accept(store, tenant, message(conversation="c1", id="m1")).turn
        store.change_status(tenant, "c1", expect=["bot"], to="human")
        with pytest.raises(StatusChanged):
            store.complete(tenant, held, reply(), expect="bot", now=NOW)
        store.change_status(tenant, "c1", expect=["human"], to="bot")
        turn = store.complete(tenant, held, reply(), expect="bot", now=NOW)
        assert read(store, tenant, "c1").turns == (turn,)

    def test_a_status_is_changed_from_the_expected_one_only(self, store: Store, tenant: Tenant) -> None:
        exchange(store, tenant, message(conversation="c1"))
        store.change_status(tenant, "c1", expect=["bot", "waiting"], to="human")
        with pytest.raises(StatusChanged) as refused:
            store.change_status(tenant, "c1", expect=["bot", "waiting"], to="closed")
        assert refused.value.status == "human"
        assert read(store, tenant, "c1").status == "human"
        with pytest.raises(NotFound):
            store.change_status(tenant, "nowhere", expect=["bot"], to="human")

    def test_of_two_takeovers_at_once_one_wins(self, store: Store, tenant: Tenant) -> None:
        def take_over() -> bool:
            try:
                store.change_status(tenant, "c1", expect=["bot"], to="human")
            except StatusChanged:
                return False
            return True

        exchange(store, tenant, message(conversation="c1"))
        assert sorted(at_once([take_over] * 5)) == [False] * 4 + [True]

    @pytest.mark.parametrize("to", ["bot", "closed"])
    def test_an_escalation_ends_when_the_conversation_is_handed_back_or_closed(
        self, store: Store, tenant: Tenant, to: Status
    ) -> None:
        escalate(store, tenant, message(conversation="c1"))
        store.change_status(tenant, "c1", expect=["waiting"], to="human")
        assert [asked.status for asked in store.escalations(tenant)] == ["taken"]
        assert read(store, tenant, "c1").escalation_id == "e1"
        store.change_status(tenant, "c1", expect=["human"], to=to)
        assert [asked.status for asked in store.escalations(tenant)] == ["closed"]
        assert read(store, tenant, "c1").escalation_id is None

    def test_an_agents_words_are_kept_once(self, store: Store, tenant: Tenant) -> None:
        asked = exchange(store, tenant, message(conversation="c1"))
        store.change_status(tenant, "c1", expect=["bot"], to="human")
        words = said_by_agent("Ben here.", conversation="c1", id="a1")
        assert store.record(tenant, words, expect="human") == words
        assert read(store, tenant, "c1").turns == (asked, words)
        store.change_status(tenant, "c1", expect=["human"], to="bot")
        other_words = said_by_agent("Ben again.", conversation="c1", id="a1")
        assert store.record(tenant, other_words, expect="human") == words
        assert read(store, tenant, "c1").turns == (asked, words)

    def test_an_agents_words_are_refused_where_the_status_is_another(
        self, store: Store, tenant: Tenant
    ) -> None:
        asked = exchange(store, tenant, message(conversation="c1"))
        with pytest.raises(StatusChanged) as refused:
            store.record(tenant, said_by_agent("Ben here.", conversation="c1", id="a1"), expect="human")
        assert refused.value.status == "bot"
        assert read(store, tenant, "c1").turns == (asked,)

    def test_an_exchange_from_elsewhere_starts_a_conversation_and_never_moves_one(
        self, store: Store, tenant: Tenant
    ) -> None:
        first = store.record(tenant, said_elsewhere("Hello", conversation="c1", id="m1"))
        assert read(store, tenant, "c1") == Conversation(
            id="c1", user_id="ann", created_at=NOW, turns=(first,)
        )
        store.change_status(tenant, "c1", expect=["bot"], to="human")
        store.record(tenant, said_elsewhere("Hello again", conversation="c1", id="m2"))
        assert read(store, tenant, "c1").status == "human"
