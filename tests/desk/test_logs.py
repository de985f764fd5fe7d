"""What is logged about customers: who, what became of it, how long it took; never their words."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from punai import logs
from punai.models import Inbound
from punai.testing import Failure, OpenAIServer
from tests.house import DOCUMENTED, MODEL, TEASHOP, UNDOCUMENTED, House, proposal, say, send

WORDS = "zanzibar"
"""A word of the customer's that stands nowhere else."""

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logged() -> Iterator[Lines]:
    """The lines logged at INFO so far, parsed; none may hold the customer's word, nor a traceback."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level, logs.log.level
    logs.configure("INFO", stream)

    def read() -> list[dict[str, Any]]:
        text = stream.getvalue()
        assert WORDS not in text.lower()
        assert "Traceback" not in text
        return [json.loads(line) for line in text.splitlines()]

    yield read
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    logs.log.setLevel(before[2])


def only(lines: list[dict[str, Any]], message: str) -> dict[str, Any]:
    (found,) = [line for line in lines if line["message"] == message]
    return found


def test_a_turn_by_the_model_is_one_line_with_what_it_cost(
    house: House, model: OpenAIServer, logged: Lines
) -> None:
    model.script(
        proposal(f"About {WORDS}, yes?", intent="order_status", evidence=UNDOCUMENTED, confidence=0.87654)
    )
    inbound = Inbound(user_id="ada", text=f"{UNDOCUMENTED} {WORDS}", conversation_id="c")
    turn = house.open(model=MODEL).receive("teashop", inbound, request_id="r-1")

    (line,) = logged()
    assert turn.answer is not None
    assert turn.answer.usage is not None
    assert line.pop("time").endswith("+00:00")
    assert 0 < line.pop("latency_ms") < 60_000
    assert line == {
        "level": "INFO",
        "message": "turn",
        "request_id": "r-1",
        "tenant": "teashop",
        "conversation_id": "c",
        "repeated": False,
        "answered_by": "model",
        "step": "answered",
        "intent": "order_status",
        "confidence": round(turn.answer.confidence, 3),
        "status": "bot",
        "escalation": False,
        "model": "gpt-4.1-mini",
        "input_tokens": turn.answer.usage.input_tokens,
        "output_tokens": turn.answer.usage.output_tokens,
        "cost": turn.answer.usage.cost,
    }
    assert line["input_tokens"] > 100
    assert line["output_tokens"] > 10


def test_a_model_call_is_one_line_for_who_wants_to_know_more(
    house: House, model: OpenAIServer, logged: Lines
) -> None:
    logs.log.setLevel("DEBUG")
    model.script(proposal(f"{WORDS}?"))
    say(house.open(model=MODEL), f"{UNDOCUMENTED} {WORDS}")
    call, turn = logged()
    assert (call["level"], call["message"], call["tenant"]) == ("DEBUG", "model call", "teashop")
    assert 0 < call["latency_ms"] <= turn["latency_ms"]
    for field in ("model", "input_tokens", "output_tokens", "cost"):
        assert call[field] == turn[field]


def test_a_repeat_is_logged_as_one(house: House, logged: Lines) -> None:
    desk = house.open()
    for _ in range(2):
        send(desk, f"{DOCUMENTED} {WORDS}", message_id="m")
    assert [line["repeated"] for line in logged()] == [False, True]


def test_feedback_is_logged_without_the_comment(house: House, logged: Lines) -> None:
    desk = house.open()
    send(desk, "thanks", message_id="m")
    desk.rate("teashop", "ada", "c", "m", "down", comment=WORDS)
    desk.rate_conversation("teashop", "ada", "c", 2, comment=WORDS)
    _, voted, rated = logged()
    whose = {"level": "INFO", "tenant": "teashop", "conversation_id": "c", "changed": True, "commented": True}
    del voted["time"], rated["time"]
    about = {"intent": "gratitude", "answered_by": "reply"}
    assert voted == {"message": "feedback", "value": "down", **about, **whose}
    assert rated == {"message": "conversation rated", "rating": 2, **whose}


def test_an_escalation_and_its_delivery_are_logged_without_words(house: House, logged: Lines) -> None:
    desk = house.open()
    say(desk, f"I want to talk to a person about {WORDS}")
    desk.deliver_due()
    opened, turn, told, delivered = logged()
    assert (opened["message"], opened["reason"]) == ("escalation opened", "person_requested")
    assert opened["escalation_id"] == told["escalation_id"]
    assert (turn["message"], turn["escalation"], turn["status"]) == ("turn", True, "waiting")
    assert (told["level"], told["reason"]) == ("WARNING", "person_requested")
    assert (delivered["handler"], delivered["status"], delivered["attempts"]) == ("log", "delivered", 1)
    assert told["escalation_id"] == delivered["escalation_id"]


def test_a_failing_handler_is_logged_without_words(house: House, logged: Lines) -> None:
    house.write_pack(text=f'escalate_to = ["broken"]\n{TEASHOP}')
    house.write_plugin(
        "broken",
        """
def fail(escalation, tenant):
    raise ValueError(f"cannot send {escalation.summary}")

@hookimpl
def register_escalation_handlers(register):
    register("broken", fail)
""",
    )
    desk = house.open()
    say(desk, f"I want to talk to a person about {WORDS}")
    desk.deliver_due()
    failed = only(logged(), "an escalation was not delivered")
    assert (failed["level"], failed["exception"], failed["handler"]) == ("WARNING", "ValueError", "broken")
    assert "broken.py:" in failed["at"][-1]


def test_a_failing_plugin_and_a_failing_source_are_logged_without_words(house: House, logged: Lines) -> None:
    house.write_plugin(
        "clumsy",
        """
@hookimpl
def should_escalate(message):
    raise ValueError(message)

@hookimpl
def classify_message(message):
    return message

def search(question, topic, tenant):
    raise KeyError(question)

@hookimpl
def register_knowledge(register):
    register("clumsy", search)
""",
    )
    say(house.open(), f"when are you open {WORDS}")
    failures = {(line.get("hook"), line.get("exception")) for line in logged() if line["level"] == "ERROR"}
    assert failures >= {("should_escalate", "ValueError"), ("classify_message", None), (None, "KeyError")}


@pytest.mark.parametrize(
    "failure",
    [
        Failure.http_error(500),
        Failure.refusal(f"I will not talk about {WORDS}."),
        Failure.truncated(proposal(f"{WORDS} " * 50)),
        proposal(f"About {WORDS}", intent=WORDS),
        proposal(f"About {WORDS}", sentiment=WORDS),
        f"{WORDS}, said the model",
    ],
)
def test_a_failing_model_is_logged_without_words(
    house: House, model: OpenAIServer, logged: Lines, failure: Any
) -> None:
    model.script(failure)
    say(house.open(model=MODEL), f"{UNDOCUMENTED} {WORDS}")
    lines = logged()
    failed = only(lines, "the model gave no usable answer")
    assert (failed["level"], failed["tenant"]) == ("ERROR", "teashop")
    assert failed["exception"]
    assert only(lines, "turn")["answered_by"] == "fallback"


def test_a_turn_without_a_model_names_no_tokens(house: House, logged: Lines) -> None:
    say(house.open(), "hi")
    (line,) = logged()
    assert line["answered_by"] == "reply"
    assert not line.keys() & {"model", "input_tokens", "output_tokens", "cost", "request_id"}
