"""Handing a conversation to a person and back, as a state machine that Hypothesis searches for a way out."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from punai import Inbound
from punai.bootstrap import read_tenants
from punai.desk import Desk
from punai.plugin_manager import PluginManager
from tests.desk.handoff import HANDLERS, MINDS, MOVES, PACK, PLUGIN, TEXTS, Died, Stage, Talk, message
from tests.desk.handoff_desk import HAPPENINGS, CheckedDesk
from tests.house import DOCUMENTED, House

EXAMPLES, STEPS = 250, 40

USERS = ("ada", "ben")
Sent = tuple[Inbound, Talk]
users = st.sampled_from(USERS)
places = st.sampled_from([None, "{user}'s", "everybody's"])
channels = st.sampled_from(["web", "push"])
texts = st.one_of([st.sampled_from(group) for group in TEXTS])
minds = st.one_of(st.just("answers"), st.sampled_from([*MINDS, "fails", "dies"]))
happenings = st.lists(st.sampled_from(HAPPENINGS), max_size=3)
failures = st.dictionaries(st.sampled_from(HANDLERS), st.sampled_from([RuntimeError("away"), Died()]))


class Handoff(RuleBasedStateMachine):
    """Customers, agents, handlers and the clock in any order; what must hold after each of their steps."""

    sent: Bundle[Sent] = Bundle("sent")

    def __init__(self, open_desk: Callable[..., Desk], stage: Stage) -> None:
        super().__init__()
        self._open_desk, self._stage = open_desk, stage

    @initialize(tenant=st.sampled_from(["teashop", "keyless"]))
    def open(self, tenant: str) -> None:
        self.desk = CheckedDesk(self._open_desk, tenant, self._stage)

    def teardown(self) -> None:
        self.desk.close()

    @rule(target=sent, user=users, place=places, channel=channels, text=texts, mind=minds)
    def customer_writes(self, user: str, place: str | None, channel: str, text: str, mind: str) -> Any:
        return self._customer_writes(user, place, channel, text, mind=mind)

    @rule(
        target=sent,
        user=users,
        place=places,
        channel=channels,
        text=texts,
        mind=minds,
        thinking=happenings,
        committing=happenings,
    )
    def customer_writes_while_much_happens(
        self, user: str, place: str | None, channel: str, text: str, **circumstances: Any
    ) -> Any:
        return self._customer_writes(user, place, channel, text, **circumstances)

    def _customer_writes(
        self, user: str, place: str | None, channel: str, text: str, **circumstances: Any
    ) -> Any:
        inbound = Inbound(
            user_id=user,
            text=text,
            conversation_id=place and place.format(user=user),
            message_id=uuid4().hex,
            channel=channel,
        )
        talk = self.desk.send(inbound, **circumstances)
        return (inbound, talk) if talk else multiple()

    @rule(sent=sent, named=st.booleans(), mind=minds)
    def customer_repeats(self, sent: Sent, named: bool, mind: str) -> None:
        inbound, talk = sent
        place = talk.id if named else inbound.conversation_id
        self.desk.send(inbound.model_copy(update={"conversation_id": place}), mind=mind)

    @rule(sent=sent)
    def customer_uses_an_id_again(self, sent: Sent) -> None:
        inbound, talk = sent
        self.desk.send(inbound.model_copy(update={"text": "other words", "conversation_id": talk.id}))

    @rule(sent=sent, committing=happenings)
    def front_end_escalates(self, sent: Sent, committing: list[str]) -> None:
        _, talk = sent
        self.desk.send(message(talk, "help"), email=f"{talk.user}@example.com", committing=committing)

    @rule(sent=sent, what=st.sampled_from([*MOVES, "agent_replies"]))
    def agent_acts(self, sent: Sent, what: str) -> None:
        inbound, talk = sent
        self.desk.happen(what, talk, inbound)

    @rule(seconds=st.sampled_from([31, 61, 2 * 3600, 25 * 3600]))
    def time_passes(self, seconds: int) -> None:
        self.desk.time += timedelta(seconds=seconds)

    @precondition(lambda self: any(talk.escalations for talk in self.desk.books.talks))
    @rule(failing=failures)
    def escalations_are_delivered(self, failing: dict[str, BaseException]) -> None:
        self.desk.deliver(failing)

    @precondition(lambda self: self.desk.books.overdue(self.desk.time))
    @rule(mind=minds, thinking=happenings, committing=happenings)
    def what_was_left_is_recovered(self, **circumstances: Any) -> None:
        self.desk.recover(self.desk.desk, **circumstances)

    @precondition(lambda self: self.desk.books.talks)
    @rule()
    def desk_restarts(self) -> None:
        self.desk.restart()

    @invariant()
    def every_message_is_stored_and_answered_once_and_in_order(self) -> None:
        store, tenant, talks = self.desk.staff.store, self.desk.tenant, self.desk.books.talks
        for user in USERS:
            told = Counter(said.message_id for talk in talks if talk.user == user for said in talk.said)
            assert Counter(turn.message_id for turn in store.turns_of(tenant, user)) == told
        for talk in talks:
            found = store.conversation(tenant, str(talk.id), history=1000)
            assert found is not None
            assert (found.user_id, found.status) == (talk.user, talk.status)
            assert [(turn.message_id, turn.text, turn.answer) for turn in found.turns] == [
                (said.message_id, said.text, said.turn and said.turn.answer) for said in talk.said
            ]

    @invariant()
    def an_escalation_follows_its_conversation_and_is_the_only_open_one(self) -> None:
        for talk in self.desk.books.talks:
            statuses = [escalation.status for escalation in self.desk.escalations(talk)]
            assert statuses == talk.escalations
            assert statuses.count("open") == (talk.status == "waiting")
            assert statuses.count("taken") <= (talk.status == "human")

    @invariant()
    def each_handler_hears_each_word_once(self) -> None:
        for talk in self.desk.books.talks:
            for number, escalation in enumerate(self.desk.escalations(talk)):
                assert tuple(delivery.handler for delivery in escalation.deliveries) == HANDLERS
                asked = {said.turn.at for said in talk.said if said.turn and said.asked == number}
                for delivery in escalation.deliveries:
                    key = (escalation.id, delivery.handler)
                    heard = self._stage.heard[key]
                    assert delivery.status != "delivered" or asked <= heard.keys()
                    assert key in self._stage.lost or set(heard.values()) <= {1}
                    assert key in self._stage.lost or delivery.reference == self._stage.references.get(key)

    @invariant()
    def what_can_be_pushed_is_pushed_once(self) -> None:
        assert self._stage.pushed == self.desk.pushed


@pytest.fixture
def machine(house: House) -> Callable[[], Handoff]:
    """Makes machines on businesses that are read once, each with a database of its own."""
    for name in ("teashop", "keyless"):
        house.write_pack(name, PACK)
    house.write_plugin("stage", PLUGIN)
    tenants = read_tenants(house.settings(business="teashop"))
    plugins = PluginManager(house.plugins, packs=tenants)
    businesses = {name: plugins.business(tenant) for name, tenant in tenants.items()}

    def make() -> Handoff:
        database = house.database.with_name(f"{uuid4().hex}.db")

        def open_desk(tenant: str, clock: Callable[[], datetime]) -> Desk:
            store = plugins.open_store(f"sqlite:///{database}")
            return Desk(store, plugins, {tenant: businesses[tenant]}, tenant, clock=clock, patience=0)

        return Handoff(open_desk, house.plugin("stage").stage)

    return make


def test_a_handoff_keeps_its_promises_whatever_happens(
    machine: Callable[[], Handoff], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A model that fails, thousands of times, is what this is about.
    monkeypatch.setattr(logging.getLogger("punai"), "disabled", True)
    run_state_machine_as_test(
        machine,  # type: ignore[arg-type]  # declared for classes; a function that makes one will do, it says
        settings=settings(
            derandomize=True,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
        ),
    )


# What it found, once each


@pytest.fixture
def state(machine: Callable[[], Handoff]) -> Iterator[Handoff]:
    """A machine of a business with a model; at the end everything has to hold."""
    state = machine()
    state.open(tenant="teashop")
    yield state
    state.every_message_is_stored_and_answered_once_and_in_order()
    state.an_escalation_follows_its_conversation_and_is_the_only_open_one()
    state.what_can_be_pushed_is_pushed_once()
    state.teardown()


def ask(state: Handoff, *, channel: str = "web", mind: str = "answers", thinking: Sequence[str] = ()) -> Sent:
    inbound = Inbound(user_id="ada", text=DOCUMENTED, message_id=uuid4().hex, channel=channel)
    talk = state.desk.send(inbound, mind=mind, thinking=thinking)
    assert talk is not None
    return inbound, talk


@pytest.mark.parametrize("mind", ["repeats a promise", "repeats another promise"])
def test_a_promise_that_the_model_repeats_is_kept(state: Handoff, mind: str) -> None:
    _, talk = ask(state, mind=mind)
    assert [escalation.reason for escalation in state.desk.escalations(talk)] == ["model"]


def test_an_address_is_kept_though_another_answered_the_message_meanwhile(state: Handoff) -> None:
    state.front_end_escalates(sent=ask(state), committing=["lease_ends", "recovered"])


def test_an_address_is_kept_though_another_message_brought_the_human(state: Handoff) -> None:
    state.front_end_escalates(sent=ask(state), committing=["another_asks_for_a_person"])


def test_a_human_comes_for_what_is_recovered_right_after_another_handed_back(state: Handoff) -> None:
    _, talk = ask(state, thinking=["take_over", "dies"])
    state.time_passes(seconds=31)
    state.what_was_left_is_recovered(mind="answers", thinking=[], committing=["hand_back"])
    assert talk.escalations == ["open"]


def test_what_another_answered_is_not_pushed_by_whoever_recovers_it(state: Handoff) -> None:
    ask(state, channel="push", mind="dies")
    state.time_passes(seconds=31)
    state.what_was_left_is_recovered(mind="answers", thinking=["lease_ends", "repeated"], committing=[])
    assert state.desk.pushed == []
