"""Who is told depends on the pack's routes; who comes when nobody is there learns when somebody is."""

import pytest

from punai import Inbound
from punai.desk import Desk
from punai.ports import ConfigurationError
from tests.house import TEASHOP, House, escalations_of, say

TWO = """
@hookimpl
def register_escalation_handlers(register):
    register("night", lambda escalation, tenant: "told")
    register("pager", lambda escalation, tenant: "told")
"""
CLOSED_NOW = '[hours]\ntime_zone = "Europe/Berlin"\ntuesday = "09:00-17:00"\n'
"""The house's clock shows a Monday."""
HUMAN = "I want to talk to a human"


def open_with(house: House, more: str, text: str = TEASHOP) -> Desk:
    house.write_plugin("two", TWO)
    house.write_pack(text=f"{text}\n{more}")
    return house.open()


def told(desk: Desk) -> list[str]:
    (found,) = escalations_of(desk)
    return [delivery.handler for delivery in found.deliveries]


def test_without_a_route_that_fits_escalate_to_is_told(house: House) -> None:
    desk = open_with(house, '[[routes]]\nopen = false\nto = ["night"]\n')
    say(desk, HUMAN)
    assert told(desk) == ["log"]


def test_outside_of_the_hours_others_are_told(house: House) -> None:
    desk = open_with(house, CLOSED_NOW + '[[routes]]\nopen = false\nto = ["night", "log"]\n')
    say(desk, HUMAN)
    assert told(desk) == ["night", "log"]


def test_an_urgent_intent_goes_its_own_way(house: House) -> None:
    text = TEASHOP.replace("escalate = true", "escalate = true\nurgent = true")
    desk = open_with(house, '[[routes]]\nurgent = true\nto = ["pager"]\n', text)
    say(desk, "your tea made me ill")
    assert told(desk) == ["pager"]


def test_the_language_that_the_customer_writes_decides(house: House) -> None:
    text = f'languages = ["en", "de"]\n{TEASHOP}'
    routes = '[[routes]]\nlanguages = ["de"]\nto = ["night"]\n'
    desk = open_with(house, routes, text)
    desk.escalate("teashop", german(), name=None, email=None, note=None)
    assert told(desk) == ["night"]


def german() -> Inbound:
    return Inbound(user_id="uwe", text="Ich möchte bitte mit einem Menschen sprechen, das ist nicht gut")


def test_who_comes_when_nobody_is_there_learns_when_somebody_is(house: House) -> None:
    answer = say(open_with(house, CLOSED_NOW), HUMAN)
    assert "they are back on Tuesday at 09:00 CET" in answer.reply
    assert "e-mail address" in answer.reply
    assert answer.status == "waiting"


def test_within_the_hours_nothing_is_said_of_them(house: House) -> None:
    desk = open_with(house, CLOSED_NOW)
    house.clock.forward(days=1)
    assert "Tuesday" not in say(desk, HUMAN).reply


def test_an_address_that_is_left_reaches_those_who_were_asked(house: House) -> None:
    desk = open_with(house, CLOSED_NOW)
    say(desk, HUMAN)
    desk.deliver_due()
    answer = say(desk, "it's ann.smith+tea@mail.example.com, thanks")
    assert (answer.reply, answer.status) == ("Thank you, I have passed on how to reach you.", "waiting")
    (found,) = escalations_of(desk)
    assert found.email == "ann.smith+tea@mail.example.com"
    assert [delivery.status for delivery in found.deliveries] == ["pending"]  # to be told again


def test_an_address_that_comes_with_the_request_is_known_at_once(house: House) -> None:
    desk = open_with(house, CLOSED_NOW)
    answer = say(desk, "get me a human, write to ann@mail.example.com")
    (found,) = escalations_of(desk)
    assert found.email == "ann@mail.example.com"
    assert "e-mail address" not in answer.reply


def test_an_address_that_nobody_asked_for_changes_nothing(house: House) -> None:
    desk = open_with(house, "")
    desk.escalate("teashop", german(), name=None, email="uwe@mail.example.com", note=None)
    answer = desk.receive("teashop", Inbound(user_id="uwe", text="bob@mail.example.com")).answer
    assert answer
    assert "passed on" not in answer.reply
    (found,) = escalations_of(desk)
    assert found.email == "uwe@mail.example.com"


def test_who_agrees_to_a_human_is_routed_by_what_they_came_for(house: House) -> None:
    text = TEASHOP.replace(
        'description = "where an order is"', 'description = "where an order is"\nurgent = true'
    )
    desk = open_with(house, '[[routes]]\nurgent = true\nto = ["pager"]\n', text)
    assert say(desk, "where is my order").step == "offered_human"
    say(desk, "yes, please")
    assert told(desk) == ["pager"]


@pytest.mark.parametrize("language", ["tr", "ar", "el", "ro", "ta", "xx"])
def test_any_language_of_a_pack_gets_its_human(house: House, language: str) -> None:
    desk = open_with(house, "", f'languages = ["{language}", "en"]\n{TEASHOP}')
    assert say(desk, HUMAN).status == "waiting"
    assert told(desk) == ["log"]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ('[[routes]]\nto = ["nobody"]\n', "routes: nothing is called 'nobody'"),
        ('[[routes]]\nto = ["night"]\nintents = ["order_statsu"]\n', "did you mean 'order_status'"),
        ("[[routes]]\nto = []\n", r"routes\[0\]\.to: is empty; give at least one"),
        ('[[routes]]\nto = ["night"]\nurgnet = true\n', "did you mean 'urgent'"),
        ('[hours]\nmonday = "9-17"\n', r"business\.toml:\d+: hours\.monday.*write one such as"),
        ('[hours]\nholidays = ["2026-12-25"]\n', "names no day"),
        ('[hours]\ntime_zone = "Berlin"\n', "hours.time_zone: .*Europe/Berlin"),
        ('[routes]\nto = ["night"]\n', r"needs a list: a line \[\[routes\]\]"),
    ],
)
def test_what_is_wrong_stops_the_start(house: House, more: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        open_with(house, more)


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ('reasons = ["person_request"]', None),  # a reason's beginning will do
        ('reasons = ["intent"]', None),
        ('reasons = ["intent:allergy"]', None),
        ('reasons = ["angry"]', "reasons: nothing is called 'angry'; did you mean 'anger'?"),
        ('reasons = ["intent:alergy"]', "did you mean 'intent:allergy'?"),
        ('languages = ["de"]', "languages: nothing is called 'de'; there are: en"),
        ('languages = ["en"]', None),
    ],
)
def test_a_route_that_can_never_fit_stops_the_start(house: House, route: str, told: str | None) -> None:
    more = f'[[routes]]\n{route}\nto = ["night"]\n'
    if told is None:
        open_with(house, more)
        return
    with pytest.raises(ConfigurationError) as refused:
        open_with(house, more)
    assert "business.toml: routes: " in str(refused.value)
    assert str(refused.value).endswith(told)


def test_a_plugin_has_reasons_of_its_own(house: House) -> None:
    house.write_plugin("fraud", "@hookimpl\ndef should_escalate(message):\n    return 'fraud'\n")
    desk = open_with(house, '[[routes]]\nreasons = ["fraud"]\nto = ["night"]\n')
    say(desk, "hi")
    assert told(desk) == ["night"]
