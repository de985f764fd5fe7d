"""Claims about turns: words are durable at once, answered once, and stand in one order."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

from datetime import timedelta
from functools import partial
from statistics import median

import pytest

from punai.models import Answer, Card, Citation, Steps, Text, Usage
from punai.ports import Store, TurnLost
from punai.tenant import Tenant
from punai.testing.store_contract.basis import (
    LEASE,
    NOW,
    SECOND,
    StoreBasis,
    accept,
    at_once,
    exchange,
    message,
    reply,
    said_elsewhere,
)


class TurnClaims(StoreBasis):
    """What a store must hold to about turns."""

    def test_accepted_words_are_durable_before_anybody_is_asked_for_an_answer(
        self, store: Store, tenant: Tenant
    ) -> None:
        accepted = accept(store, tenant, message("Where is my order?", id="m1"))
        second = self.reopen(store)
        kept = second.turn(tenant, accepted.conversation.id, "m1")
        if second is not store:
            second.close()
        assert accepted.state == "new"
        assert kept == accepted.turn
        assert kept.text == "Where is my order?"
        assert kept.answer is None

    def test_a_turn_comes_back_as_it_was_stored(self, store: Store, tenant: Tenant) -> None:
        answer = Answer(
            reply="It left on Monday.\nTrack it here.",
            answered_by="model",
            step="clarified",
            intent="order_status",
            confidence=0.93,
            sentiment="negative",
            citations=(Citation(title="Delivery times", source="delivery.md", quote="Two days"),),
            blocks=(
                Text(text="Hello"),
                Steps(items=("Open", "Look")),
                Card(title="Order", url="https://x.test"),
            ),
            suggestions=("Talk to a person",),
            usage=Usage(model="gpt", input_tokens=812, output_tokens=64, cost=0.00031),
        )
        turn = exchange(store, tenant, message(id="m1"), answer)
        assert turn.answer == answer
        assert turn.at == NOW
        assert store.turn(tenant, turn.conversation_id, "m1") == turn
        conversation = store.conversation(tenant, turn.conversation_id, history=5)
        assert conversation is not None
        assert conversation.turns == (turn,)

    def test_a_message_without_an_id_is_given_one(self, store: Store, tenant: Tenant) -> None:
        first, second = (accept(store, tenant, message("Hello")) for _ in range(2))
        assert first.state == second.state == "new"
        assert first.turn.message_id != second.turn.message_id
        assert store.turn(tenant, first.conversation.id, first.turn.message_id) == first.turn

    def test_a_turn_nobody_wrote_is_not_there(self, store: Store, tenant: Tenant) -> None:
        conversation = accept(store, tenant, message(id="m1")).conversation
        assert store.turn(tenant, conversation.id, "m2") is None
        assert store.turn(tenant, "nowhere", "m1") is None
        assert store.conversation(tenant, "nowhere", history=5) is None

    def test_a_repeat_gets_the_stored_reply(self, store: Store, tenant: Tenant) -> None:
        turn = exchange(store, tenant, message(id="m1"), reply("It is on its way."))
        repeat = accept(store, tenant, message(id="m1", conversation=turn.conversation_id))
        assert repeat.state == "answered"
        assert repeat.turn == turn

    def test_a_repeat_changes_nothing_even_with_other_words(self, store: Store, tenant: Tenant) -> None:
        turn = exchange(store, tenant, message("Where is my order?", id="m1"))
        repeat = accept(store, tenant, message("Cancel my order!", id="m1"))
        assert repeat.turn.text == "Where is my order?"
        assert list(store.turns_of(tenant, "ann")) == [turn]

    def test_a_message_being_answered_is_not_processed_twice(self, store: Store, tenant: Tenant) -> None:
        first = accept(store, tenant, message(id="m1"))
        repeat = accept(store, tenant, message(id="m1"), now=NOW + 10 * SECOND)
        assert repeat.state == "in_flight"
        assert repeat.retry_after == LEASE - 10 * SECOND
        assert repeat.turn == first.turn
        assert list(store.turns_of(tenant, "ann")) == [first.turn]

    def test_after_its_lease_a_turn_goes_to_one_new_holder(self, store: Store, tenant: Tenant) -> None:
        first = accept(store, tenant, message(id="m1"))
        later = NOW + LEASE + SECOND
        retry = partial(accept, store, tenant, message(id="m1"), now=later)
        retries = at_once([retry] * 8)
        assert sorted(retried.state for retried in retries) == ["in_flight"] * 7 + ["new"]
        holder = next(retried for retried in retries if retried.state == "new")
        assert first.turn.attempt == 1
        assert holder.turn == first.turn.model_copy(update={"attempt": 2})
        assert accept(store, tenant, message(id="m1"), now=later + LEASE + SECOND).turn.attempt == 3

    def test_other_words_under_its_id_do_not_take_a_turn_over(self, store: Store, tenant: Tenant) -> None:
        held = accept(store, tenant, message("Where is my order?", id="m1")).turn
        later = NOW + LEASE + SECOND
        mistaken = accept(store, tenant, message("Cancel my order!", id="m1"), now=later)
        assert (mistaken.state, mistaken.turn) == ("in_flight", held)
        assert mistaken.retry_after >= timedelta(0)
        assert accept(store, tenant, message("Where is my order?", id="m1"), now=later).turn.attempt == 2

    def test_an_earlier_holder_cannot_answer_a_turn_that_was_taken_over(
        self, store: Store, tenant: Tenant
    ) -> None:
        earlier = accept(store, tenant, message(id="m1")).turn
        later = NOW + LEASE + SECOND
        holder = accept(store, tenant, message(id="m1"), now=later).turn
        with pytest.raises(TurnLost):
            store.complete(tenant, earlier, reply("Too late."), expect="bot", now=later)
        assert store.turn(tenant, earlier.conversation_id, "m1") == holder
        turn = store.complete(tenant, holder, reply("In time."), expect="bot", now=later)
        assert store.turn(tenant, earlier.conversation_id, "m1") == turn

    def test_a_slow_holder_may_answer_while_nobody_took_the_turn_over(
        self, store: Store, tenant: Tenant
    ) -> None:
        holder = accept(store, tenant, message(id="m1")).turn
        turn = store.complete(tenant, holder, reply("Slow."), expect="bot", now=NOW + 2 * LEASE)
        assert accept(store, tenant, message(id="m1"), now=NOW + 3 * LEASE).turn == turn

    def test_turns_whose_holder_died_are_found_the_longest_overdue_first(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        starts = {"second": NOW + SECOND, "third": NOW + 2 * SECOND, "first": NOW}
        lost = {
            name: accept(store, tenant, message(user=name, conversation=name), now=now).turn
            for name, now in starts.items()
        }
        accept(store, other_tenant, message(conversation="theirs"))
        exchange(store, tenant, message(user="first", conversation="first"))
        store.record(tenant, said_elsewhere("Hello", conversation="first", id="m2", user="first"))
        accept(store, tenant, message(user="alive", conversation="alive"), now=NOW + LEASE)
        later = NOW + LEASE + 2 * SECOND
        assert list(store.unanswered(tenant, now=NOW + LEASE - SECOND, limit=10)) == []
        assert list(store.unanswered(tenant, now=NOW + LEASE, limit=10)) == [lost["first"]]
        overdue = [lost["first"], lost["second"], lost["third"]]
        assert list(store.unanswered(tenant, now=later, limit=10)) == overdue
        assert list(store.unanswered(tenant, now=later, limit=2)) == overdue[:2]

    def test_a_turn_that_is_held_anew_is_not_lost_while_its_new_holder_has_time(
        self, store: Store, tenant: Tenant
    ) -> None:
        accept(store, tenant, message(conversation="c1", id="m1"))
        later = NOW + LEASE + SECOND
        held = accept(store, tenant, message(conversation="c1", id="m1"), now=later).turn
        assert list(store.unanswered(tenant, now=later, limit=10)) == []
        assert list(store.unanswered(tenant, now=later + LEASE, limit=10)) == [held]
        store.complete(tenant, held, reply(), expect="bot", now=later)
        assert list(store.unanswered(tenant, now=later + LEASE, limit=10)) == []

    def test_an_answered_turn_keeps_its_answer(self, store: Store, tenant: Tenant) -> None:
        turn = exchange(store, tenant, message(id="m1"), reply("The first."))
        again = store.complete(tenant, turn, reply("The second."), expect="bot", now=NOW)
        assert again == turn
        assert store.turn(tenant, turn.conversation_id, "m1") == turn

    def test_the_same_message_twenty_times_at_once_is_one_turn(self, store: Store, tenant: Tenant) -> None:
        results = at_once([partial(accept, store, tenant, message(id="m1"))] * 20)
        assert sorted(result.state for result in results) == ["in_flight"] * 19 + ["new"]
        assert len({result.conversation.id for result in results}) == 1
        assert len(list(store.turns_of(tenant, "ann"))) == 1

    def test_a_hundred_messages_at_once_are_all_kept_in_one_order(self, store: Store, tenant: Tenant) -> None:
        sent = [message(f"Message {number}", conversation="c1", id=f"m{number}") for number in range(100)]
        results = at_once([partial(accept, store, tenant, inbound, history=3) for inbound in sent])
        assert {result.state for result in results} == {"new"}
        first, second = (list(store.turns_of(tenant, "ann")) for _ in range(2))
        assert first == second
        assert {turn.text for turn in first} == {inbound.text for inbound in sent}
        assert len(first) == 100

    def test_turns_stand_in_the_order_of_acceptance_whatever_the_clock_says(
        self, store: Store, tenant: Tenant
    ) -> None:
        clocks = [NOW] * 6 + [NOW - number * SECOND for number in range(6)]
        for number, now in enumerate(clocks):
            exchange(store, tenant, message(f"Message {number}", conversation="c1"), now=now)
        conversation = store.conversation(tenant, "c1", history=50)
        assert conversation is not None
        assert [turn.text for turn in conversation.turns] == [f"Message {number}" for number in range(12)]
        assert tuple(store.turns_of(tenant, "ann")) == conversation.turns

    def test_a_message_comes_with_the_last_turns_before_it(self, store: Store, tenant: Tenant) -> None:
        turns = [exchange(store, tenant, message(id=f"m{number}", conversation="c1")) for number in range(8)]
        accepted = accept(store, tenant, message("And now?", id="m8", conversation="c1"), history=3)
        assert accepted.conversation.turns == tuple(turns[-3:])
        repeat = accept(store, tenant, message("And now?", id="m8", conversation="c1"), history=2)
        assert repeat.conversation.turns == tuple(turns[-2:])
        early = accept(store, tenant, message(id="m2", conversation="c1"), history=3)
        assert early.conversation.turns == tuple(turns[:2])

    def test_nobody_reads_more_turns_than_they_ask_for(self, store: Store, tenant: Tenant) -> None:
        turns = [exchange(store, tenant, message(id=f"m{number}", conversation="c1")) for number in range(8)]
        for history in (0, 1, 5, 8, 50):
            conversation = store.conversation(tenant, "c1", history=history)
            assert conversation is not None
            assert conversation.turns == tuple(turns[8 - min(history, 8) :])
        assert accept(store, tenant, message(conversation="c1"), history=0).conversation.turns == ()

    @pytest.mark.parametrize(
        "text",
        ["nul \x00 and \x07 bell", "two\nlines\r\nand a\ttab", "😀" * 4000, "'; DROP TABLE turns; --", "{}"],
        ids=["control characters", "line ends", "the longest", "SQL", "JSON"],
    )
    def test_words_are_kept_to_the_letter(self, store: Store, tenant: Tenant, text: str) -> None:
        turn = exchange(store, tenant, message(text, id="m1"), reply(text))
        kept = store.turn(tenant, turn.conversation_id, "m1")
        assert kept is not None
        assert kept.answer is not None
        assert kept.text == kept.answer.reply == text

    def test_a_late_turn_costs_what_an_early_one_did(self, store: Store, tenant: Tenant) -> None:
        if self.cost(store) is None:
            pytest.skip("the work of this store's database cannot be counted (override `cost`)")

        def cost_of_turns(number: int) -> float:
            before = self.cost(store) or 0
            for inbound in (message(conversation="c1", id=f"{number:06}a"), message(id=f"{number:06}b")):
                held = accept(store, tenant, inbound, history=1)
                assert held.conversation.id == "c1"
                store.complete(tenant, held.turn, reply(), expect="bot", now=NOW)
            return (self.cost(store) or 0) - before

        early = [cost_of_turns(number) for number in range(1, 5)][1:]
        for number in range(9, self.long_conversation):
            store.record(tenant, said_elsewhere("Hello", conversation="c1", id=f"{number:06}"))
        late = [cost_of_turns(self.long_conversation + number) for number in range(3)]
        assert median(early) > 0
        assert median(late) == pytest.approx(median(early), rel=0.05)

    def test_a_store_can_be_prepared_and_asked_for_life_at_any_time(
        self, store: Store, tenant: Tenant
    ) -> None:
        turn = exchange(store, tenant, message(id="m1"))
        store.prepare()
        store.check()
        assert store.name
        assert store.turn(tenant, turn.conversation_id, "m1") == turn
