"""What is counted, and the lines that CloudWatch reads it from: held against its specification."""

import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat

from punai import logs, metrics
from punai.desk import Desk
from punai.models import Inbound
from punai.outbox import MOST_ATTEMPTS
from punai.reception import LEASE
from punai.testing import Failure, OpenAIServer
from tests.house import DOCUMENTED, MODEL, TEASHOP, UNDOCUMENTED, House, proposal, say, send, tenant_of

WORDS = "zanzibar"
SERVICE = "punai-dev"

Name = Annotated[str, Field(min_length=1, max_length=255)]
Written = Callable[[], list[dict[str, Any]]]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class Definition(Strict):
    Name: Name
    Unit: Literal["Count", "Milliseconds", "None"]


class Directive(Strict):
    Namespace: Name
    Dimensions: Annotated[list[Annotated[list[Name], Field(max_length=9)]], Field(min_length=1)]
    Metrics: Annotated[list[Definition], Field(min_length=1, max_length=100)]


class Metadata(Strict):
    Timestamp: int
    CloudWatchMetrics: Annotated[list[Directive], Field(min_length=1)]


class Document(BaseModel):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""

    model_config = ConfigDict(strict=True, extra="allow")
    aws: Metadata = Field(alias="_aws")


class Values(BaseModel):
    """What a metric refers to: numbers, at most a hundred."""

    model_config = ConfigDict(strict=True)
    values: Annotated[list[NonNegativeFloat], Field(min_length=1, max_length=100)]


def valid(line: str) -> dict[str, Any]:
    """The line, after it was held against the specification."""
    assert len(line.encode()) < 256 * 1024
    found: dict[str, Any] = json.loads(line)
    document = Document.model_validate(found).aws
    assert abs(document.Timestamp / 1000 - time.time()) < 60
    for directive in document.CloudWatchMetrics:
        for name in {name for dimensions in directive.Dimensions for name in dimensions}:
            assert isinstance(found[name], str)
            assert found[name].isascii()
        for metric in directive.Metrics:
            Values(values=found[metric.Name])
    return found


def named(document: dict[str, Any]) -> dict[str, float]:
    """The metrics of a document, each of which has one value."""
    [directive] = document["_aws"]["CloudWatchMetrics"]
    return {
        metric["Name"]: value for metric in directive["Metrics"] for [value] in [document[metric["Name"]]]
    }


@pytest.fixture
def written() -> Iterator[Written]:
    """What was written for CloudWatch so far; at no level of the log does that depend."""
    stream, level = io.StringIO(), logs.log.level
    logs.log.setLevel("ERROR")
    metrics.start(stream, SERVICE)

    def documents() -> list[dict[str, Any]]:
        assert WORDS not in stream.getvalue().lower()
        assert "ada" not in stream.getvalue()
        return [valid(line) for line in stream.getvalue().splitlines()]

    yield documents
    logs.listeners.clear()
    logs.log.setLevel(level)


def totals(documents: list[dict[str, Any]], tenant: str = "teashop") -> dict[str, float]:
    """The sums of a tenant's metrics, but for what is timed."""
    sums: dict[str, float] = {}
    for document in documents:
        if document["tenant"] == tenant:
            for name, value in named(document).items():
                sums[name] = sums.get(name, 0) + value
    return {name: value for name, value in sums.items() if not name.endswith("Latency")}


def test_a_turn_is_counted_for_the_service_and_for_the_tenant(house: House, written: Written) -> None:
    say(house.open(), f"{DOCUMENTED} {WORDS}")
    [document] = written()
    [directive] = document["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "PunAI"
    assert directive["Dimensions"] == [["service"], ["service", "tenant"]]
    assert (document["service"], document["tenant"]) == (SERVICE, "teashop")
    measured = named(document)
    assert 0 < measured.pop("TurnLatency") < 60_000
    assert measured == {"Turns": 1, "AnsweredByDocuments": 1, "Fallbacks": 0}


def test_nothing_stands_in_a_document_but_metrics_and_dimensions(house: House, written: Written) -> None:
    say(house.open(), DOCUMENTED)
    [document] = written()
    assert document.keys() == {"_aws", "service", "tenant", *named(document)}


def test_units_are_told(house: House, model: OpenAIServer, written: Written) -> None:
    model.script(proposal())
    say(house.open(model=MODEL), UNDOCUMENTED)
    told = {
        metric["Name"]: metric["Unit"]
        for document in written()
        for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }
    assert told == {name: metrics.UNITS[name] for name in told}
    assert told["TurnLatency"] == told["ModelLatency"] == "Milliseconds"


@pytest.mark.parametrize(
    ("message", "counted"),
    [
        ("thank you", {"AnsweredByReply": 1, "Fallbacks": 0}),
        (DOCUMENTED, {"AnsweredByDocuments": 1, "Fallbacks": 0}),
        ("qwertz uiop", {"Fallbacks": 1}),
    ],
)
def test_who_answered_is_counted(
    house: House, written: Written, message: str, counted: dict[str, float]
) -> None:
    say(house.open(), message)
    assert totals(written()) == {"Turns": 1, **counted}


def test_a_message_to_a_human_is_counted_as_the_humans(house: House, written: Written) -> None:
    desk = house.open()
    say(desk, "thank you")
    desk.take_over("teashop", "c")
    say(desk, "are you there?")
    assert totals(written()) == {"Turns": 2, "AnsweredByReply": 1, "AnsweredByHuman": 1, "Fallbacks": 0}


def test_a_repeat_is_not_counted_again(house: House, written: Written) -> None:
    desk = house.open()
    for _ in range(3):
        send(desk, DOCUMENTED, message_id="m")
    assert totals(written())["Turns"] == 1


def test_a_message_that_a_later_one_goes_on_with_is_no_fallback(written: Written) -> None:
    logs.event(
        "turn",
        tenant="teashop",
        repeated=False,
        latency_ms=400.0,
        answered_by="fallback",
        step="joined",
    )
    assert totals(written()) == {"Turns": 1, "Fallbacks": 0}


def test_a_model_call_is_timed_and_its_tokens_and_dollars_counted(
    house: House, model: OpenAIServer, written: Written
) -> None:
    model.script(Failure.slow(0.05, proposal(f"{WORDS}?")))
    usage = say(house.open(model=MODEL), UNDOCUMENTED).usage
    called, turn = written()
    assert usage is not None
    measured = named(called)
    assert 50 <= measured.pop("ModelLatency") <= named(turn)["TurnLatency"]
    assert measured == {
        "InputTokens": usage.input_tokens,
        "OutputTokens": usage.output_tokens,
        "Cost": pytest.approx(usage.cost),
    }
    assert usage.cost
    assert totals([turn]) == {"Turns": 1, "AnsweredByModel": 1, "Fallbacks": 0}


def test_an_answer_that_cannot_be_used_has_cost_money_all_the_same(
    house: House, model: OpenAIServer, written: Written
) -> None:
    model.script(proposal(intent="nobody's"))
    assert say(house.open(model=MODEL), UNDOCUMENTED).usage is None
    assert totals(written())["Cost"] > 0


def test_an_answer_that_rests_on_nothing_is_counted_and_paid_for(
    house: House, model: OpenAIServer, written: Written
) -> None:
    model.script(proposal(f"{WORDS}."))
    assert say(house.open(model=MODEL), UNDOCUMENTED).usage is not None
    counted = totals(written())
    assert counted["Ungrounded"] == 1
    assert counted["Cost"] > 0
    assert "AnsweredByModel" not in counted


def test_a_model_that_does_not_answer_has_cost_time(
    house: House, model: OpenAIServer, written: Written
) -> None:
    model.script(Failure.slow(2.0, proposal()))
    say(house.open(model=MODEL, model_timeout=0.2), UNDOCUMENTED)
    called, opened, turn = written()
    assert named(called).keys() == {"ModelLatency"}
    assert named(called)["ModelLatency"] >= 200
    assert totals([opened, turn]) == {"Turns": 1, "Fallbacks": 1, "Escalations": 1}


def test_an_escalation_is_counted_once_and_not_with_each_message_that_waits(
    house: House, written: Written
) -> None:
    desk = house.open()
    for _ in range(3):
        say(desk, f"I want to talk to a person about {WORDS}")
    assert totals(written()) == {"Turns": 3, "Fallbacks": 3, "Escalations": 1}


def test_feedback_is_counted_when_it_is_another_than_before(house: House, written: Written) -> None:
    desk = house.open()
    for number in range(2):
        send(desk, "thanks", message_id=f"m{number}")
    before = len(written())
    for value in ("up", "up", "down", None, "down"):
        desk.rate("teashop", "ada", "c", "m0", value, comment=f"{WORDS}!" if value else None)
    desk.rate("teashop", "ada", "c", "m1", "up")
    for rating in (4, 4, 2):
        desk.rate_conversation("teashop", "ada", "c", rating, comment=WORDS)
    found = written()[before:]
    assert totals(found) == {"ThumbsUp": 2, "ThumbsDown": 2, "Rating": 6}
    assert [named(each)["Rating"] for each in found if "Rating" in named(each)] == [4, 2]


def test_a_delivery_is_counted_when_it_is_given_up(house: House, written: Written) -> None:
    house.write_pack(text=f'escalate_to = ["broken"]\n{TEASHOP}')
    house.write_plugin(
        "broken",
        "def fail(escalation, tenant):\n    raise ValueError(escalation.summary)\n\n"
        "@hookimpl\ndef register_escalation_handlers(register):\n    register('broken', fail)\n",
    )
    desk = house.open()
    say(desk, "I want to talk to a person")
    for _ in range(MOST_ATTEMPTS):
        assert "DeadDeliveries" not in totals(written())
        house.clock.forward(hours=2)
        desk.deliver_due()
    assert totals(written())["DeadDeliveries"] == 1


def test_what_is_recovered_is_counted_as_such_and_its_model_call_paid_for(
    house: House, model: OpenAIServer, written: Written
) -> None:
    model.script(proposal())
    desk = house.open(model=MODEL)
    lost = Inbound(user_id="ada", text=UNDOCUMENTED, conversation_id="c", message_id="lost")
    desk.store.accept(tenant_of(desk), lost, now=house.clock.now, lease=LEASE, history=20)
    house.clock.now += LEASE + timedelta(seconds=1)
    assert desk.recover() == 1
    counted = totals(written())
    assert counted.pop("Cost") > 0
    assert counted.pop("InputTokens") > 0
    assert counted.pop("OutputTokens") > 0
    assert counted == {"RecoveredTurns": 1, "Escalations": 1}


def test_each_tenants_own_are_kept_apart_in_one_run(house: House, written: Written) -> None:
    def lose(desk: Desk, tenant: str, *messages: str) -> None:
        for text in messages:
            lost = Inbound(user_id="ada", text=DOCUMENTED, conversation_id=text, message_id=text)
            desk.store.accept(desk.tenants[tenant], lost, now=house.clock.now, lease=LEASE, history=20)

    house.write_pack("coffeeshop", TEASHOP.replace("Teashop", "Coffeeshop"))
    desk = house.open(business="teashop")
    lose(desk, "teashop", "a", "b")
    lose(desk, "coffeeshop", "a", "b", "c")
    house.clock.now += LEASE + timedelta(seconds=1)
    assert desk.recover() == 5
    documents = written()
    assert totals(documents, "teashop") == {"RecoveredTurns": 2, "Escalations": 2}
    assert totals(documents, "coffeeshop") == {"RecoveredTurns": 3, "Escalations": 3}


def test_what_cannot_be_written_costs_no_answer(house: House, caplog: pytest.LogCaptureFixture) -> None:
    stream = io.StringIO()
    metrics.start(stream, SERVICE)
    stream.close()
    try:
        assert say(house.open(), "thank you").answered_by == "reply"
    finally:
        logs.listeners.clear()
    assert {record.message for record in caplog.records} == {"an event was not counted"}


def test_nothing_is_counted_unless_it_was_asked_for(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    say(house.open(), DOCUMENTED)
    assert not logs.listeners
    assert "_aws" not in capsys.readouterr().out
