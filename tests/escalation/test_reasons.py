"""Why a human is brought in: each reason once, and one open escalation at a time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from punai.desk import Desk
from punai.models import Inbound
from punai.testing import Failure, OpenAIServer
from tests.house import (
    MODEL,
    UNCLEAR,
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

BY_RULE = [
    ("I want to talk to a person", "person_requested"),
    ("can I speak to your manager please", "person_requested"),
    ("connect me to customer service", "intent:talk_to_human"),
    ("you will hear from my lawyer", "threat"),
    ("this is outrageous", "anger"),
    ("WHERE IS MY ORDER YOU PEOPLE", "anger"),
    ("your tea made me ill", "intent:allergy"),
]


@pytest.mark.parametrize(("text", "reason"), BY_RULE)
def test_rules_bring_a_human(house: House, text: str, reason: str) -> None:
    desk = house.open()
    answer = say(desk, text)
    assert (answer.status, answer.escalation, answer.step) == ("waiting", True, "handed_over")
    assert answer.reply == tenant_of(desk).texts.handoff
    (found,) = escalations_of(desk)
    assert (found.reason, found.status, found.user_id, found.conversation_id) == (reason, "open", "ada", "c")
    assert status_of(desk) == "waiting"


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (proposal(needs_human=True), "model"),
        (proposal(intent="allergy"), "intent:allergy"),
        (Failure.http_error(503), "outage"),
    ],
)
def test_the_models_answer_or_its_absence_brings_a_human(
    house: House, model: OpenAIServer, step: Any, reason: str
) -> None:
    model.script(step)
    desk = house.open(model=MODEL)
    assert say(desk, "my face is swollen since breakfast").status == "waiting"
    assert [found.reason for found in escalations_of(desk)] == [reason]


def test_a_plugins_own_reason_brings_a_human(house: House) -> None:
    house.write_plugin(
        "vip",
        """
@hookimpl
def should_escalate(message, tenant):
    return f"vip of {tenant.id}" if "platinum" in message else None
""",
    )
    desk = house.open()
    assert say(desk, "my platinum tin is empty").status == "waiting"
    assert [found.reason for found in escalations_of(desk)] == ["vip of teashop"]
    assert say(desk, "hi", conversation_id="another").status == "bot"


def test_a_plugin_that_escalates_intents_of_its_own_brings_a_human(house: House) -> None:
    house.write_plugin(
        "recall",
        """
@hookimpl
def register_intents(register):
    examples = ("is my batch recalled", "recall of the green tea")
    register("recall", Intent(name="recall", description="a recall", examples=examples, escalate=True))
""",
    )
    desk = house.open()
    assert say(desk, "is my batch recalled").status == "waiting"
    assert [found.reason for found in escalations_of(desk)] == ["intent:recall"]


def test_what_follows_while_waiting_opens_nothing(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    say(desk, "I want to talk to a person")
    model.script(proposal("May I see?", needs_human=True), Failure.http_error(500))
    texts = tenant_of(desk).texts

    replies = [say(desk, text).reply for text in ("I am furious", UNDOCUMENTED, UNCLEAR[0])]
    assert replies == [texts.still_waiting, f"May I see?\n\n{texts.still_waiting}", texts.still_waiting]
    assert say(desk, "when are you open").reply == "We are open from nine to five, every day."
    assert len(escalations_of(desk)) == 1
    assert status_of(desk) == "waiting"


def test_the_escalation_of_a_turn_is_its_conversations(house: House) -> None:
    desk = house.open()
    say(desk, "I want to talk to a person")
    conversation = desk.store.conversation(tenant_of(desk), "c", history=0)
    assert conversation is not None
    assert conversation.escalation_id == escalations_of(desk)[0].id


def test_twenty_at_once_who_want_a_human_open_one_escalation(house: House) -> None:
    desks = [house.open(), house.open()]

    def ask(number: int) -> str:
        return say(desks[number % 2], "I want to talk to a person", message_id=f"m{number}").reply

    with ThreadPoolExecutor(20) as threads:
        replies = list(threads.map(ask, range(20)))
    texts = tenant_of(desks[0]).texts
    assert sorted(replies) == sorted([texts.handoff] + [texts.still_waiting] * 19)
    assert len(escalations_of(desks[0])) == 1


def test_a_human_is_promised_once_for_each_escalation_stored(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    model.default = proposal("Hm.", needs_human=True)
    for text in (UNDOCUMENTED, "I am furious", UNCLEAR[0], "thanks"):
        say(desk, text)
        say(desk, text, conversation_id="another")
    desk.hand_back("teashop", "c")
    say(desk, UNCLEAR[1])

    handoff = tenant_of(desk).texts.handoff
    promises = [
        turn.conversation_id
        for conversation_id in ("c", "another")
        for turn in turns_of(desk, conversation_id)
        if handoff in answer_of(turn).reply
    ]
    escalated = [found.conversation_id for found in escalations_of(desk)]
    assert sorted(promises) == sorted(escalated) == ["another", "c", "c"]


def test_a_front_end_may_ask_for_a_human_with_what_it_knows(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    turn = ask_for_a_human(desk)
    assert answer_of(turn).status == "waiting"
    (found,) = escalations_of(desk)
    assert (found.name, found.email, found.note) == ("Ada", "ada@example.org", "wrote from the app")
    assert found.reason == "person_requested"
    assert model.calls == 0


def test_asking_for_a_human_again_with_the_same_id_opens_one(house: House) -> None:
    desk = house.open()
    assert ask_for_a_human(desk) == ask_for_a_human(desk)
    assert len(escalations_of(desk)) == 1


def test_asking_for_a_human_who_is_there_already_opens_none(house: House) -> None:
    desk = house.open()
    send(desk, "hi")
    desk.take_over("teashop", "c")
    assert answer_of(ask_for_a_human(desk)).status == "human"
    assert escalations_of(desk) == []


def ask_for_a_human(desk: Desk) -> Any:
    inbound = Inbound(user_id="ada", text="Please help", conversation_id="c", message_id="m")
    return desk.escalate("teashop", inbound, name="Ada", email="ada@example.org", note="wrote from the app")
