"""The functions that no customer waits for: the schedule, the table's stream."""

import copy
from uuid import uuid4

import pytest

from tests.aws.conftest import Start
from tests.aws.events import tick
from tests.aws.lambda_process import Function
from tests.aws.stage import PHONE, TOKEN, Stage
from tests.aws.test_web import say

POISONED = "49640000000000000000000000000000"


@pytest.fixture(scope="module")
def every_minute(start: Start) -> Function:
    return start("app.every_minute")


@pytest.fixture(scope="module")
def outbox(start: Start) -> Function:
    return start("app.outbox")


def ask_for_a_person(web: Function) -> str:
    """A conversation that waits for one."""
    conversation = uuid4().hex
    assert say(web, "I want to talk to a person", user_id="jo", conversation_id=conversation)["escalation"]
    return conversation


def told(dev: Stage, conversation: str) -> list[str]:
    """The subjects of the e-mails about a conversation."""
    return [mail["Subject"] for mail in dev.mails() if conversation in mail["Message"]]


def test_schedule_brings_an_escalation_to_people(web: Function, every_minute: Function, dev: Stage) -> None:
    conversation = ask_for_a_person(web)
    assert {status for status, _ in dev.deliveries(conversation).values()} == {"pending"}
    assert every_minute.invoke(tick()) is None
    assert {status for status, _ in dev.deliveries(conversation).values()} == {"delivered"}
    assert told(dev, conversation) == ["[Brindlecup] person requested: jo"]


def test_plugins_settings_are_read_from_ssm_and_secrets_manager(
    web: Function, every_minute: Function, dev: Stage
) -> None:
    conversation = ask_for_a_person(web)
    every_minute.invoke(tick())
    assert dev.deliveries(conversation)["pager"] == ("delivered", f"paged {PHONE}")
    assert TOKEN not in every_minute.log


def test_stream_brings_an_escalation_to_people(web: Function, outbox: Function, dev: Stage) -> None:
    conversation = ask_for_a_person(web)
    batch = dev.new_deliveries()
    assert outbox.invoke({"Records": batch}) == {"batchItemFailures": []}
    assert {status for status, _ in dev.deliveries(conversation).values()} == {"delivered"}
    assert told(dev, conversation) == ["[Brindlecup] person requested: jo"]
    assert outbox.invoke({"Records": batch}) == {"batchItemFailures": []}
    assert told(dev, conversation) == []


def test_poisoned_record_is_sent_again_and_costs_no_other(
    web: Function, outbox: Function, dev: Stage
) -> None:
    conversation = ask_for_a_person(web)
    good = dev.new_deliveries()[-3:]
    poisoned = copy.deepcopy(good[0])
    poisoned["dynamodb"]["Keys"]["pk"]["S"] = "T#nobody#E"
    poisoned["dynamodb"]["SequenceNumber"] = POISONED
    given = outbox.invoke({"Records": [poisoned, *good]})
    assert given == {"batchItemFailures": [{"itemIdentifier": POISONED}]}
    assert {status for status, _ in dev.deliveries(conversation).values()} == {"delivered"}
    [line] = [line for line in outbox.lines if line.get("sequence_number")]
    assert (line["message"], line["sequence_number"]) == ("a stream record failed", POISONED)


def test_logs_are_json(every_minute: Function, outbox: Function) -> None:
    for function in (every_minute, outbox):
        assert "escalation delivery" in {line.get("message") for line in function.lines}
