"""A plugin that changes what it is handed changes it for no other plugin, and for no later turn."""

import logging
from typing import Any

import pytest

from punai.models import Answer
from punai.ports import ConfigurationError
from punai.testing import OpenAIServer
from tests.house import DOCUMENTED, MODEL, TEASHOP, UNDOCUMENTED, House, escalations_of, say, tenant_of

PACK = f"""{TEASHOP}
[settings.crm]
url = "https://crm.example"
queues = ["tea", "coffee"]
[[settings.crm.offices]]
town = "Leeds"
"""

WITNESS = """
seen = []

def words(turns):
    return [(turn.text, turn.answer.reply) for turn in turns]

@hookimpl(tryfirst=True)
def classify_message(message, history, intents, tenant):
    seen.append((message, words(history), dict(intents), repr(tenant)))

@hookimpl(tryfirst=True)
def should_escalate(message, intent, passages, conversation, tenant):
    seen.append((intent, list(passages), conversation.status, words(conversation.turns), repr(tenant)))
"""
"""Looks before any other plugin at what a turn hands to all of them, and leaves the rest to them."""

TENANT = {
    "setting set": "tenant.settings['crm']['url'] = 'https://evil.example'",
    "setting removed": "del tenant.settings['crm']['url']",
    "settings emptied": "tenant.settings.clear()",
    "section added": "tenant.settings['new'] = {}",
    "section updated": "tenant.settings['crm'].update(url='')",
    "list within the settings": "tenant.settings['crm']['queues'].append('milk')",
    "table within a list": "tenant.settings['crm']['offices'][0]['town'] = 'York'",
    "name": "tenant.name = 'Coffeeshop'",
    "handlers": "tenant.escalate_to.clear()",
    "texts": "tenant.texts.handoff = 'Go away.'",
    "thresholds": "tenant.thresholds.intent = 0",
    "intent": "tenant.intents[0].escalate = True",
}
CLASSIFYING = {
    **TENANT,
    "intents emptied": "intents.clear()",
    "intent added": "intents['new'] = intents['allergy']",
    "intent replaced": "intents['order_status'] = intents['allergy']",
    "intent removed": "del intents['order_status']",
    "intent taken out": "intents.pop('order_status')",
    "intents joined": "intents |= {}; intents.update(order_status=None)",
    "intent's reply": "intents['order_status'].reply = 'No idea.'",
    "intent's examples": "intents['order_status'].examples.append('hm')",
    "history emptied": "history.clear()",
    "history's first": "history[0] = None",
    "history's words": "history[0].text = 'I hate you'",
    "history's answer": "history[0].answer.reply = 'Go away.'",
}
DECIDING = {
    **TENANT,
    "intent's name": "intent.name = 'allergy'",
    "rivals": "intent.rivals.append(('allergy', 1.0))",
    "passages emptied": "passages.clear()",
    "passage's text": "passages[0].text = 'Throw it away.'",
    "turns": "conversation.turns.clear()",
    "status": "conversation.status = 'human'",
}


def failures(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record)["fields"] for record in caplog.records if record.levelno >= logging.ERROR]


def three_turns(house: House, conversation_id: str) -> tuple[list[Answer], list[Any]]:
    """What a customer was answered in a new conversation, and what the witness saw."""
    house.write_plugin("witness", WITNESS)
    desk = house.open()
    texts = ("hi", UNDOCUMENTED, DOCUMENTED)
    answers = [say(desk, text, conversation_id=conversation_id) for text in texts]
    return answers, house.plugin("witness").seen


def assert_it_costs_itself(
    house: House, caplog: pytest.LogCaptureFixture, hook: str, arguments: str, change: str
) -> None:
    house.write_pack(text=PACK)
    undisturbed = three_turns(house, "undisturbed")
    assert failures(caplog) == []
    house.write_plugin("meddler", f"@hookimpl\ndef {hook}({arguments}):\n    {change}\n")
    assert three_turns(house, "meddled with") == undisturbed
    assert {"plugin": "meddler", "hook": hook, "failure": "raised"} in failures(caplog)
    assert {fields["plugin"] for fields in failures(caplog)} == {"meddler"}


@pytest.mark.parametrize("what", CLASSIFYING)
def test_a_classifier_cannot_change_what_it_is_handed(
    house: House, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    arguments = "message, history, intents, tenant"
    assert_it_costs_itself(house, caplog, "classify_message", arguments, CLASSIFYING[what])


@pytest.mark.parametrize("what", DECIDING)
def test_a_rule_cannot_change_what_it_is_handed(
    house: House, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    arguments = "message, intent, passages, conversation, tenant"
    assert_it_costs_itself(house, caplog, "should_escalate", arguments, DECIDING[what])


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("what", ["setting set", "name"])
def test_a_wrapper_of_the_prompt_cannot_change_what_it_is_handed(
    house: House, model: OpenAIServer, caplog: pytest.LogCaptureFixture, what: str, place: str
) -> None:
    house.write_pack(text=PACK)
    say(house.open(model=MODEL), UNDOCUMENTED, conversation_id="undisturbed")
    amending = (
        f"{TENANT[what]}\n    asked = yield" if place == "before" else f"asked = yield\n    {TENANT[what]}"
    )
    house.write_plugin(
        "meddler",
        f"@hookimpl(wrapper=True)\ndef system_prompt(tenant):\n    {amending}\n    return asked\n",
    )
    desk = house.open(model=MODEL)
    for _ in range(2):
        say(desk, UNDOCUMENTED)
    told = [request["messages"][0]["content"] for request in model.requests]
    assert len(set(told)) == 1
    assert [fields["plugin"] for fields in failures(caplog)] == ["meddler"] * 2


@pytest.mark.parametrize("what", ["setting set", "settings emptied"])
def test_a_source_cannot_change_the_tenant(house: House, caplog: pytest.LogCaptureFixture, what: str) -> None:
    house.write_pack(text=PACK)
    undisturbed = three_turns(house, "undisturbed")
    house.write_plugin(
        "meddler",
        f"def search(question, topic, tenant):\n    {TENANT[what]}\n    return ()\n\n"
        "@hookimpl\ndef register_knowledge(register):\n    register('meddling', search)\n",
    )
    assert three_turns(house, "meddled with") == undisturbed
    assert {fields["source"] for fields in failures(caplog)} == {"meddling"}


@pytest.mark.parametrize(
    "change", ["escalation.deliveries.clear()", "escalation.reason = 'nothing'", TENANT["setting set"]]
)
def test_a_handler_cannot_change_what_the_next_is_handed(house: House, change: str) -> None:
    house.write_pack(text=f'escalate_to = ["meddling", "honest"]\n{PACK}')
    house.write_plugin(
        "handlers",
        f"""
seen = []

def meddle(escalation, tenant):
    {change}
    return "changed"

def note(escalation, tenant):
    seen.append((escalation.reason, len(escalation.deliveries), tenant.settings["crm"]["url"]))
    return "noted"

@hookimpl
def register_escalation_handlers(register):
    register("meddling", meddle)
    register("honest", note)
""",
    )
    desk = house.open()
    say(desk, "I want to talk to a person")
    desk.deliver_due()
    house.clock.forward(hours=1)
    desk.deliver_due()
    assert house.plugin("handlers").seen == [("person_requested", 2, "https://crm.example")]
    meddled, noted = escalations_of(desk)[0].deliveries
    assert (meddled.handler, meddled.status, meddled.attempts) == ("meddling", "retrying", 2)
    assert (noted.status, noted.reference) == ("delivered", "noted")


def test_a_plugin_that_keeps_its_register_changes_nothing_later(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    undisturbed = three_turns(house, "undisturbed")
    house.write_plugin(
        "meddler",
        """
kept = []

@hookimpl
def register_intents(register):
    kept.append(register)

@hookimpl
def register_knowledge(register):
    kept.append(register)

@hookimpl
def classify_message(message):
    register_an_intent, register_a_source = kept
    intent = Intent(name="late", description="too late", examples=(message,), escalate=True)
    register_an_intent("late", intent)
    passage = Passage(id="late", title="Late", source="late", text="Late.", score=1)
    register_a_source("late", lambda *asked: [passage])
""",
    )
    assert three_turns(house, "meddled with") == undisturbed
    assert failures(caplog) == []


def test_a_plugin_that_changes_the_tenant_at_start_stops_the_start(house: House) -> None:
    house.write_pack(text=PACK)
    house.write_plugin("meddler", f"@hookimpl\ndef chat_model(tenant):\n    {TENANT['setting set']}\n")
    with pytest.raises(ConfigurationError, match=r"^plugin meddler: chat_model raised TypeError: "):
        house.open()


def test_settings_read_as_they_were_written(house: House) -> None:
    house.write_pack(text=PACK)
    tenant = tenant_of(house.open())
    assert tenant.setting("crm", "url") == "https://crm.example"
    assert list(tenant.settings["crm"]["queues"]) == ["tea", "coffee"]
    assert tenant.settings["crm"]["offices"][0]["town"] == "Leeds"
