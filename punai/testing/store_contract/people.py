"""Claims about people: whose words are whose, given back on request, and gone when erased."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

from datetime import timedelta
from functools import partial
from itertools import groupby

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
    exchange,
    message,
    record,
    reply,
    said_by_agent,
    said_elsewhere,
)

A_YEAR = timedelta(days=365)
# Identifiers that tend to collide or break where keys are put together, cut, trimmed, folded or escaped.
ODD_IDENTIFIERS = [
    *(
        "a",
        "A",
        "a ",
        " a",
        "a b",
        "a#",
        "#a",
        "a#a",
        "a##a",
        "a/a",
        "a:a",
        "a|a",
        "a%23a",
        "a\\",
        "a'",
        'a"',
    ),
    *("a\n", "a\x00", "a\x00a", "é", "e\u0301", "%", "_", "..", "null", "None", "0", "-1", "{}"),
    *("😀", "😀#😀", "😀" * 127, "😀" * 128, "x" * 128),
]


class PeopleClaims(StoreBasis):
    """What a store must hold to about people and businesses."""

    def test_no_business_sees_anothers_rows(self, store: Store, tenant: Tenant, other_tenant: Tenant) -> None:
        asked = escalate(store, tenant, message(conversation="c1", id="m1"))
        held = accept(store, tenant, message("Hello?", conversation="c1", id="m2")).turn
        assert store.conversation(other_tenant, "c1", history=5) is None
        assert store.turn(other_tenant, "c1", "m1") is None
        assert list(store.escalations(other_tenant)) == []
        assert list(store.claim_deliveries(other_tenant, now=NOW, lease=LEASE, limit=10)) == []
        assert list(store.turns_of(other_tenant, "ann")) == []
        assert list(store.turns(other_tenant, since=NOW - A_YEAR)) == []
        assert store.erase(other_tenant, "ann") == 0
        assert store.expire(other_tenant, now=NOW + timedelta(days=1)) == 0
        with pytest.raises(NotFound):
            store.change_status(other_tenant, "c1", expect=["waiting"], to="human")
        with pytest.raises(TurnLost):
            store.complete(other_tenant, held, reply(), expect="waiting", now=NOW)
        assert store.turn(tenant, "c1", "m2") == held
        assert list(store.escalations(tenant)) == [asked]

    def test_a_business_has_one_signing_key_for_good(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        keys = [bytes([number]) * 32 for number in range(8)]
        seen = at_once([partial(store.signing_key, tenant, key) for key in keys])
        [kept] = set(seen)
        assert kept in keys
        exchange(store, tenant, message())
        store.erase(tenant, "ann")
        store.expire(tenant, now=NOW + 20 * A_YEAR)
        assert self.reopen(store).signing_key(tenant, b"another") == kept
        assert store.signing_key(other_tenant, b"theirs\x00\xff") == b"theirs\x00\xff"
        assert store.signing_key(tenant, b"another") == kept

    def test_two_businesses_may_use_the_same_ids(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        ours = escalate(store, tenant, message("Ours", conversation="c1", id="m1"))
        theirs = escalate(store, other_tenant, message("Theirs", conversation="c1", id="m1"))
        store.change_status(other_tenant, "c1", expect=["waiting"], to="closed")
        delivered = Delivery(handler="log", status="delivered", due_at=NOW)
        record(store, other_tenant, theirs.id, delivered)
        store.record(other_tenant, said_by_agent("Bye", conversation="c1", id="a1"))
        assert list(store.escalations(tenant)) == [ours]
        assert [turn.text for turn in store.turns_of(tenant, "ann")] == ["Ours"]
        assert len(store.claim_deliveries(tenant, now=NOW, lease=LEASE, limit=10)) == 2
        assert store.erase(tenant, "ann") == 1
        assert [turn.text for turn in store.turns_of(other_tenant, "ann")] == ["Theirs", ""]

    def test_a_person_gets_every_turn_conversation_by_conversation(
        self, store: Store, tenant: Tenant
    ) -> None:
        for number in range(3):
            for conversation in ("first", "second"):
                exchange(store, tenant, message(f"{number}", conversation=conversation))
        store.record(tenant, said_by_agent("Ben here.", conversation="first", id="a1"))
        store.record(tenant, said_elsewhere("3", conversation="third", id="m1"))
        exchange(store, tenant, message("Not Ann's", user="bob"))
        turns = list(store.turns_of(tenant, "ann"))
        texts = {
            conversation: [turn.text for turn in its_turns]
            for conversation, its_turns in groupby(turns, key=lambda turn: turn.conversation_id)
        }
        assert texts == {"first": ["0", "1", "2", ""], "second": ["0", "1", "2"], "third": ["3"]}
        assert len(turns) == 8

    def test_everything_a_person_said_is_given_back_and_erased_however_much_it_is(
        self, store: Store, tenant: Tenant
    ) -> None:
        texts = [f"{number:03}" + "😀" * 3997 for number in range(90)]  # 1.4 MB in UTF-8
        for number, text in enumerate(texts):
            store.record(tenant, said_elsewhere(text, conversation="c1", id=f"m{number}"))
        assert [turn.text for turn in store.turns_of(tenant, "ann")] == texts
        assert store.erase(tenant, "ann") == len(texts)
        assert list(store.turns_of(tenant, "ann")) == []

    def test_a_business_gets_every_turn_since_a_time_answered_or_not(
        self, store: Store, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        exchange(store, tenant, message("Too early", conversation="c1", id="m0"), now=NOW - SECOND)
        escalate(store, tenant, message("A human!", conversation="c1", id="m1"))
        turns = [
            store.turn(tenant, "c1", "m1"),
            store.record(tenant, said_by_agent("Ben here.", conversation="c1", id="a1")),
            exchange(
                store, tenant, message("Hello", user="bob", conversation="b#1", id="m1"), now=NOW + SECOND
            ),
            store.record(tenant, said_elsewhere("Hi", user="cy", conversation="elsewhere", id="m1")),
            accept(store, tenant, message("Hello?", user="bob", conversation="b#1", id="m2")).turn,
        ]
        exchange(store, other_tenant, message("Theirs", conversation="c1", id="m1"))
        found = sorted(store.turns(tenant, since=NOW), key=turns.index)
        assert found == turns
        assert [turn.text for turn in store.turns(other_tenant, since=NOW)] == ["Theirs"]
        assert list(store.turns(tenant, since=NOW + 2 * SECOND)) == []

    def test_a_business_gets_every_turn_however_many_there_are(self, store: Store, tenant: Tenant) -> None:
        texts = [f"{number:03}" + "😀" * 3997 for number in range(70)]  # 1.1 MB in UTF-8
        for number, text in enumerate(texts):
            store.record(tenant, said_elsewhere(text, conversation=f"c{number % 7}", id=f"m{number}"))
        assert sorted(turn.text for turn in store.turns(tenant, since=NOW)) == texts

    def test_an_erased_person_is_gone_everywhere_and_nobody_else(self, store: Store, tenant: Tenant) -> None:
        escalate(store, tenant, message(conversation="ann's", id="m1"), "e1")
        exchange(store, tenant, message(conversation="ann's other", id="m1"))
        bobs = escalate(store, tenant, message(user="bob", conversation="bob's", id="m1"), "e2")
        assert store.erase(tenant, "ann") == 2
        assert store.conversation(tenant, "ann's", history=5) is None
        assert store.turn(tenant, "ann's", "m1") is None
        assert list(store.turns_of(tenant, "ann")) == []
        assert list(store.escalations(tenant)) == [bobs]
        due = store.claim_deliveries(tenant, now=NOW, lease=LEASE, limit=10)
        assert {asked.id for asked, _ in due} == {"e2"}
        assert len(list(store.turns_of(tenant, "bob"))) == 1
        assert [turn.user_id for turn in store.turns(tenant, since=NOW)] == ["bob"]
        assert store.erase(tenant, "ann") == 0

    def test_an_erased_person_starts_afresh(self, store: Store, tenant: Tenant) -> None:
        before = exchange(store, tenant, message("Hello", id="m1"))
        store.erase(tenant, "ann")
        after = accept(store, tenant, message("Hello", id="m1"))
        assert after.state == "new"
        assert after.conversation.id != before.conversation_id
        assert after.conversation.turns == ()

    def test_an_answer_that_comes_after_an_erasure_brings_nothing_back(
        self, store: Store, tenant: Tenant
    ) -> None:
        held = accept(store, tenant, message(conversation="c1", id="m1")).turn
        store.erase(tenant, "ann")
        assert list(store.unanswered(tenant, now=NOW + LEASE, limit=10)) == []
        with pytest.raises(TurnLost):
            store.complete(tenant, held, reply(), expect="bot", now=NOW)
        assert store.conversation(tenant, "c1", history=5) is None
        assert store.turn(tenant, "c1", "m1") is None
        assert list(store.turns_of(tenant, "ann")) == []

    def test_what_is_young_does_not_expire(self, store: Store, tenant: Tenant) -> None:
        asked = escalate(store, tenant, message(conversation="c1", id="m1"))
        assert store.expire(tenant, now=NOW + timedelta(days=tenant.retain_days - 1)) == 0
        assert store.turn(tenant, "c1", "m1") is not None
        assert list(store.escalations(tenant)) == [asked]

    def test_odd_identifiers_neither_collide_nor_break(self, store: Store, tenant: Tenant) -> None:
        turns = {
            id: exchange(store, tenant, message(user=id, conversation=id, id=id)) for id in ODD_IDENTIFIERS
        }
        for id, turn in turns.items():
            assert list(store.turns_of(tenant, id)) == [turn]
            assert store.turn(tenant, id, id) == turn
            assert accept(store, tenant, message("Again", user=id)).conversation.id == id

    def test_odd_identifiers_serve_a_whole_escalation(self, store: Store, tenant: Tenant) -> None:
        odd = ["😀" * 128, "a#b", "a", "b#a"]
        for id in odd:
            escalate(store, tenant, message(user=id, conversation=id, id=id), id)
        for id in odd:
            store.change_status(tenant, id, expect=["waiting"], to="human")
            store.record(tenant, said_by_agent("Hello", user=id, conversation=id, id="a#a"))
            record(store, tenant, id, Delivery(handler="log", status="dead", due_at=NOW))
        assert [asked.id for asked in store.escalations(tenant)] == odd[::-1]
        assert store.erase(tenant, "a") == 2
        assert [asked.id for asked in store.escalations(tenant)] == ["b#a", "a#b", "😀" * 128]
