"""A store that fails in the middle of a turn: what the customer's next attempt finds."""

from collections.abc import Callable
from typing import Any

import pytest

from punai.ports import InFlight, StoreUnavailable
from punai.testing import OpenAIServer
from tests.house import (
    MODEL,
    UNDOCUMENTED,
    House,
    answer_of,
    escalations_of,
    proposal,
    say,
    send,
    status_of,
    tenant_of,
    turns_of,
)

AWAY = StoreUnavailable("the store is away")


def fail_once(store: Any, method: str, monkeypatch: pytest.MonkeyPatch, *, after: bool = False) -> None:
    """Let the store's method fail the next time, before it does anything or after it did all of it."""
    original: Callable[..., Any] = getattr(store, method)

    def failing(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(store, method, original)
        if after:
            original(*args, **kwargs)
        raise AWAY

    monkeypatch.setattr(store, method, failing)


def test_words_that_could_not_be_stored_are_not_answered(
    house: House, model: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = house.open(model=MODEL)
    fail_once(desk.store, "accept", monkeypatch)
    with pytest.raises(StoreUnavailable):
        send(desk, UNDOCUMENTED, message_id="m")
    assert model.calls == 0
    assert turns_of(desk) == ()
    assert answer_of(send(desk, UNDOCUMENTED, message_id="m")).answered_by == "model"


def test_an_answer_that_could_not_be_stored_is_not_given(
    house: House, model: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = house.open(model=MODEL, patience=0.1)
    model.script(proposal("lost?"), proposal("second?"))
    fail_once(desk.store, "complete", monkeypatch)
    with pytest.raises(StoreUnavailable):
        send(desk, UNDOCUMENTED, message_id="m")
    assert [turn.text for turn in turns_of(desk)] == [UNDOCUMENTED]  # the words are safe

    house.clock.forward(seconds=10)
    with pytest.raises(InFlight) as told:  # nobody knows yet that nobody is at work
        send(desk, UNDOCUMENTED, message_id="m")
    assert told.value.seconds == 20

    house.clock.forward(seconds=20)
    assert answer_of(send(desk, UNDOCUMENTED, message_id="m")).reply == "second?"
    assert len(turns_of(desk)) == 1


def test_an_answer_that_was_stored_unseen_is_given_to_the_retry(
    house: House, model: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = house.open(model=MODEL)
    model.script(proposal("stored?"), proposal("second?"))
    fail_once(desk.store, "complete", monkeypatch, after=True)
    with pytest.raises(StoreUnavailable):
        send(desk, UNDOCUMENTED, message_id="m")
    assert answer_of(send(desk, UNDOCUMENTED, message_id="m")).reply == "stored?"
    assert model.calls == 1


def test_a_human_is_promised_only_where_the_escalation_is_stored(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = house.open()
    fail_once(desk.store, "complete", monkeypatch)
    with pytest.raises(StoreUnavailable):
        send(desk, "I want to talk to a person", message_id="m")
    assert escalations_of(desk) == []
    assert [turn.answer for turn in turns_of(desk)] == [None]
    assert status_of(desk) == "bot"

    house.clock.forward(seconds=31)
    send(desk, "I want to talk to a person", message_id="m")
    promised = [answer_of(turn).reply == tenant_of(desk).texts.handoff for turn in turns_of(desk)]
    assert promised == [True]
    assert len(escalations_of(desk)) == 1


def test_the_next_message_is_answered_beside_one_that_never_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = house.open()
    fail_once(desk.store, "complete", monkeypatch)
    with pytest.raises(StoreUnavailable):
        send(desk, "hi")
    assert say(desk, "when are you open").answered_by == "reply"
    assert [turn.answer is None for turn in turns_of(desk)] == [True, False]


def test_a_person_erased_while_the_bot_thinks_is_not_written_back(house: House, model: OpenAIServer) -> None:
    desk, staff = house.open(model=MODEL), house.open()

    def erase(request: dict[str, Any]) -> dict[str, Any]:
        assert staff.store.erase(tenant_of(staff), "ada") == 1
        return proposal(needs_human=True)

    model.script(erase)
    with pytest.raises(InFlight):
        send(desk, UNDOCUMENTED)
    assert turns_of(desk) == ()
    assert escalations_of(desk) == []
