"""What a customer writes on after a human was asked for: it reaches who was told, together, once."""

from typing import Any

import pytest

from punai.desk import Desk
from punai.models import Escalation
from punai.outbox import LEASE
from tests.escalation.test_delivery import deliveries, open_with
from tests.house import DOCUMENTED, House, escalations_of, say, tenant_of

PERSON = "I want to talk to a person"


def news(told: Escalation) -> list[str]:
    return [line.text for line in told.news if line.role == "customer"]


def asked_and_told(house: House, **settings: Any) -> Desk:
    desk = open_with(house, "bell", **settings)
    say(desk, PERSON)
    desk.deliver_due()
    return desk


def test_the_first_time_everything_is_new(house: House) -> None:
    asked_and_told(house)
    [first] = house.plugin("handlers").good
    assert first.news == first.transcript
    assert first.reference is None


def test_further_words_of_a_burst_are_told_once_and_together(house: House) -> None:
    desk = asked_and_told(house)
    for text in ("hello?", "the lid is missing too", "are you there"):
        say(desk, text)
        house.clock.forward(seconds=2)
        assert desk.deliver_due() == 0
    house.clock.forward(seconds=4)
    assert desk.deliver_due() == 1
    _, update = house.plugin("handlers").good
    assert news(update) == ["hello?", "the lid is missing too", "are you there"]
    assert update.reference == "bell-1"
    assert [line.text for line in update.transcript if line.role == "customer"] == [PERSON, *news(update)]
    house.clock.forward(days=1)
    assert desk.deliver_due() == 0
    assert deliveries(desk)["bell"].reference == "bell-2"


def test_a_business_says_how_long_a_burst_is_waited_for(house: House) -> None:
    desk = asked_and_told(house)
    house.write_pack(
        text=(house.plugins / "teashop" / "business.toml").read_text()
        + "\n[conversation]\nupdate_seconds = 300"
    )
    patient = house.open()
    say(patient, "hello?")
    house.clock.forward(seconds=299)
    assert desk.deliver_due() == 0
    house.clock.forward(seconds=1)
    assert desk.deliver_due() == 1


def test_words_to_a_human_who_has_the_conversation_reach_them(house: House) -> None:
    desk = asked_and_told(house)
    desk.take_over("teashop", "c")
    assert say(desk, "my order is 4711").reply == ""
    house.clock.forward(seconds=10)
    desk.deliver_due()
    assert news(house.plugin("handlers").good[1]) == ["my order is 4711"]


def test_words_to_the_bot_are_nobody_elses(house: House) -> None:
    desk = asked_and_told(house)
    desk.hand_back("teashop", "c")
    say(desk, DOCUMENTED)
    house.clock.forward(hours=1)
    assert desk.deliver_due() == 0


def test_words_that_the_first_telling_held_are_not_told_again(house: House) -> None:
    desk = open_with(house, "bell")
    say(desk, PERSON)
    say(desk, "hello?")
    desk.deliver_due()
    house.clock.forward(hours=1)
    desk.deliver_due()
    [only] = house.plugin("handlers").good
    assert news(only) == [PERSON, "hello?"]


def test_words_that_come_while_somebody_is_told_are_told_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_with(house, "bell")
    say(desk, PERSON)
    record = desk.store.record_delivery

    def write_first(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(desk.store, "record_delivery", record)
        say(desk, "hello?")
        record(*args, **kwargs)

    monkeypatch.setattr(desk.store, "record_delivery", write_first)
    desk.deliver_due()
    assert deliveries(desk)["bell"].reference == "bell-1"
    house.clock.forward(seconds=10)
    assert desk.deliver_due() == 1
    _, update = house.plugin("handlers").good
    assert (news(update), update.reference) == (["hello?"], "bell-1")


def test_an_address_that_comes_while_somebody_is_told_costs_no_reference(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_with(house, "bell")
    say(desk, PERSON)
    record = desk.store.record_delivery

    def amend_first(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(desk.store, "record_delivery", record)
        [found] = escalations_of(desk)
        desk.store.amend_escalation(tenant_of(desk), found.id, due_at=house.clock(), email="a@example.com")
        record(*args, **kwargs)

    monkeypatch.setattr(desk.store, "record_delivery", amend_first)
    assert [desk.deliver_due() for _ in range(3)] == [1, 1, 0]
    first, update = house.plugin("handlers").good
    assert (first.email, update.email) == (None, "a@example.com")
    assert (update.reference, update.news) == ("bell-1", ())


def test_what_could_not_be_told_for_long_is_told_whole(house: House) -> None:
    desk = asked_and_told(house)
    texts = [f"hello {number}" for number in range(30)]
    for text in texts:
        say(desk, text)
    house.clock.forward(seconds=10)
    desk.deliver_due()
    assert news(house.plugin("handlers").good[1]) == texts


def test_an_update_that_fails_is_tried_again_with_all_that_is_new(house: House) -> None:
    desk = asked_and_told(house)
    handlers: Any = house.plugin("handlers")
    say(desk, "hello?")
    house.clock.forward(seconds=10)
    before, handlers.good = handlers.good, None  # what it appends to
    desk.deliver_due()
    assert deliveries(desk)["bell"].status == "retrying"
    handlers.good = before
    say(desk, "still there?")
    house.clock.forward(minutes=1)
    desk.deliver_due()
    assert news(handlers.good[1]) == ["hello?", "still there?"]
    house.clock.forward(hours=1)
    assert desk.deliver_due() == 0


def test_words_of_a_process_that_dies_after_them_are_told_when_they_are_recovered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = asked_and_told(house)
    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "amend_escalation", lambda *_, **_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            say(desk, "hello?")
    house.clock.now += LEASE
    assert desk.recover() == 1
    house.clock.forward(seconds=10)
    desk.deliver_due()
    assert news(house.plugin("handlers").good[1]) == ["hello?"]


def test_words_to_the_bot_take_no_call_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = open_with(house, "bell")
    monkeypatch.setattr(desk.store, "amend_escalation", lambda *_, **_given: 1 / 0)
    say(desk, DOCUMENTED)
    assert say(desk, PERSON).escalation


def test_words_to_another_bot_reach_the_human_who_was_asked_for(house: House) -> None:
    desk = asked_and_told(house)
    house.clock.forward(seconds=1)
    desk.record_elsewhere("teashop", conversation_id="c", at=house.clock(), text="hello?", reply="Hi.")
    house.clock.forward(seconds=10)
    desk.deliver_due()
    assert news(house.plugin("handlers").good[1]) == ["hello?"]
