"""The number of a ticket: told to the customer who waits, once it is known."""

from typing import Any

import pytest

from punai.desk import Desk
from punai.outbox import LEASE
from tests.house import TEASHOP, House, say, tenant_of, turns_of

PLUGIN = """
class Tickets:
    numbers, words, sent = iter(range(1, 9)), "{number} (https://help.example/{number})", []

    def __call__(self, escalation, tenant):
        return escalation.reference or f"{next(self.numbers)} https://staff.example"

    def for_customer(self, reference, tenant):
        return self.words.replace("{number}", reference.partition(" ")[0])

    def send(self, turn, tenant):
        self.sent.append(turn.answer.reply)
        raise ConnectionError("away")

tickets = Tickets()

def silent(escalation, tenant):
    return "M-1"

@hookimpl
def register_channels(register):
    register("push", tickets)

@hookimpl
def register_escalation_handlers(register):
    register("tickets", tickets)
    register("silent", silent)
"""
TOLD = "Your reference is 1 (https://help.example/1)."
PERSON = "I want to talk to a person"


def replies(desk: Desk) -> list[str]:
    return [turn.answer.reply for turn in turns_of(desk) if turn.answer and not turn.text]


def opened(house: House, *handlers: str, more: str = "", **inbound: Any) -> Desk:
    names = ", ".join(f'"{name}"' for name in handlers)
    house.write_pack(text=f"escalate_to = [{names}]\n{TEASHOP}{more}")
    house.write_plugin("tickets", PLUGIN)
    desk = house.open()
    say(desk, PERSON, **inbound)
    return desk


def test_customer_who_waits_is_told_once(house: House) -> None:
    desk = opened(house, "tickets", "silent")
    desk.deliver_due()
    [told] = [turn for turn in turns_of(desk) if not turn.text]
    assert told.answer is not None
    assert (told.answer.reply, told.answer.status, told.answer.answered_by) == (TOLD, "waiting", "fallback")
    say(desk, "hello?")
    house.clock.forward(seconds=10)
    assert desk.deliver_due() == 2
    assert replies(desk) == [TOLD]


def test_customer_is_told_through_their_channel(house: House) -> None:
    desk = opened(house, "tickets", channel="push")
    desk.deliver_due()  # the channel fails: the words are there, and the delivery is none the worse
    assert house.plugin("tickets").tickets.sent == [TOLD] == replies(desk)


def test_customer_who_asks_again_is_told_again(house: House) -> None:
    desk = opened(house, "tickets")
    first = say(desk, PERSON).reply
    assert "reference" not in first
    desk.deliver_due()
    assert say(desk, PERSON).reply == f"{first} {TOLD}"


def test_customer_who_speaks_with_a_human_is_told_nothing(house: House) -> None:
    desk = opened(house, "tickets")
    desk.take_over("teashop", "c")
    desk.deliver_due()
    assert replies(desk) == []


def test_business_says_it_in_its_own_words(house: House) -> None:
    desk = opened(house, "tickets", more='\n[texts]\nreference = "Ihr Zeichen: {reference}"\n')
    desk.deliver_due()
    assert replies(desk) == ["Ihr Zeichen: 1 (https://help.example/1)"]


@pytest.mark.parametrize(("what", "given"), [("words", ""), ("for_customer", lambda *_: 1 / 0)])
def test_customer_is_told_nothing_where_there_is_nothing_to_tell(
    house: House, what: str, given: object
) -> None:
    desk = opened(house, "tickets")
    setattr(house.plugin("tickets").tickets, what, given)
    desk.deliver_due()
    assert replies(desk) == []
    [found] = desk.store.escalations(tenant_of(desk))
    assert found.deliveries[0].status == "delivered"


def test_an_erased_customer_is_told_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = opened(house, "tickets")
    record = desk.store.record_delivery

    def erase_first(*args: Any, **kwargs: Any) -> None:
        record(*args, **kwargs)
        desk.store.erase(tenant_of(desk), "ada")

    monkeypatch.setattr(desk.store, "record_delivery", erase_first)
    desk.deliver_due()
    assert turns_of(desk) == ()


def test_a_number_that_was_not_told_is_told_with_the_next_update(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = opened(house, "tickets")
    with monkeypatch.context() as patched:
        patched.setattr(desk.store, "record", lambda *_, **_given: 1 / 0)
        desk.deliver_due()
    say(desk, "hello?")
    house.clock.now += LEASE
    desk.deliver_due()
    assert replies(desk) == [TOLD]
