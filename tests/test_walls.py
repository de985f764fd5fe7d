"""Walls: what the house stands, whatever a model does."""

import socket
import time
from typing import Any

import pytest

from punai.desk import Desk
from punai.models import Answer
from punai.testing import Failure, OpenAIServer
from tests.house import (
    DOCUMENTED,
    MODEL,
    UNCLEAR,
    UNDOCUMENTED,
    House,
    escalations_of,
    proposal,
    say,
    status_of,
    tenant_of,
    turns_of,
)

BROKEN = "Blorptastic"
"""A word of the model's, in every answer that must not reach the customer."""

SAYS_IT = proposal(f"{BROKEN}! " * 40)

BAD_ANSWERS: dict[str, Any] = {
    "slow": Failure.slow(5, SAYS_IT),
    "trickling": Failure.trickle(5, SAYS_IT),
    "hanging up": Failure.hang_up(),
    "too many requests": Failure.http_error(429),
    "too many requests, retry at once": Failure.http_error(429, retry_after=0.01),
    "an error of its own": Failure.http_error(500),
    "unavailable": Failure.http_error(503),
    "refusing": Failure.refusal(f"{BROKEN}, I can't help with that."),
    "truncated": Failure.truncated(SAYS_IT),
    "rubbish": Failure.rubbish(),
    "plain words": f"{BROKEN} is all I have to say.",
    "words before the JSON": f"Sure! Here it is: {proposal(BROKEN)}",
    "another schema": Failure.wrong_schema(),
    "empty": Failure.empty(),
    "null": "null",
    "a list": "[]",
    "not JSON at all": Failure.not_json(),
    "deeply nested": "[" * 100_000,
    "an intent outside the list": proposal(BROKEN, intent="world_domination"),
    "an empty intent": proposal(BROKEN, intent=""),
    "a mood outside the list": proposal(BROKEN, sentiment="furious"),
    "no reply": proposal(""),
    "a blank reply": proposal(" \n\t "),
    "a missing reply": {"intent": "other", "confidence": 0.9},
    "a reply that is null": proposal() | {"reply": None},
    "a reply that is a list": proposal() | {"reply": [BROKEN]},
    "a confidence in words": proposal(BROKEN, confidence="quite sure"),
    "a confidence that is null": proposal(BROKEN, confidence=None),
    "passages that are no list": proposal(BROKEN, citations=7),
    "a wish in words": proposal(BROKEN, needs_human="perhaps"),
}


@pytest.fixture
def desk(house: House, model: OpenAIServer) -> Desk:
    """A desk that waits half a second for its model."""
    return house.open(model=MODEL, model_timeout=0.5)


def assert_no_word_of_the_model(desk: Desk, answer: Answer) -> None:
    everything = "".join(turn.model_dump_json() for turn in turns_of(desk)) + answer.model_dump_json()
    for word in (BROKEN, "Sure!", "Here is the JSON", "unexpected", "doctype"):
        assert word not in everything


@pytest.mark.parametrize("what", BAD_ANSWERS)
def test_a_bad_model_leaves_the_answer_to_the_documents(desk: Desk, model: OpenAIServer, what: str) -> None:
    model.script(BAD_ANSWERS[what], proposal("a second call"))
    started = time.perf_counter()
    answer = say(desk, DOCUMENTED)
    assert time.perf_counter() - started < 4
    assert (answer.answered_by, answer.step, answer.status) == ("documents", "answered", "bot")
    assert [citation.source for citation in answer.citations] == ["storage.md"]
    assert model.calls == 1
    assert escalations_of(desk) == []
    assert_no_word_of_the_model(desk, answer)


@pytest.mark.parametrize("what", BAD_ANSWERS)
def test_a_bad_model_without_a_document_brings_a_human(desk: Desk, model: OpenAIServer, what: str) -> None:
    model.script(BAD_ANSWERS[what], proposal("a second call"))
    answer = say(desk, UNDOCUMENTED)
    assert (answer.answered_by, answer.step) == ("fallback", "handed_over")
    assert (answer.status, answer.escalation) == ("waiting", True)
    assert answer.reply == tenant_of(desk).texts.handoff
    assert model.calls == 1
    assert [found.reason for found in escalations_of(desk)] == ["outage"]
    assert_no_word_of_the_model(desk, answer)


@pytest.mark.parametrize("text", [DOCUMENTED, UNDOCUMENTED])
def test_a_model_that_is_gone_is_stood_in_for(
    house: House, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    desk = house.open(model=MODEL)
    assert say(desk, text).answered_by == ("documents" if text == DOCUMENTED else "fallback")
    assert [found.reason for found in escalations_of(desk)] == ([] if text == DOCUMENTED else ["outage"])


def test_a_wrong_key_is_an_outage_and_not_shown(
    house: House, model: OpenAIServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-secret")
    desk = house.open(model=MODEL)
    assert say(desk, UNDOCUMENTED).status == "waiting"
    assert "wrong-secret" not in caplog.text + str(escalations_of(desk)) + str(turns_of(desk))


def test_an_outage_that_goes_on_opens_one_escalation(desk: Desk, model: OpenAIServer) -> None:
    model.default = Failure.http_error(503)
    replies = [say(desk, text).reply for text in (UNDOCUMENTED, *UNCLEAR)]
    texts = tenant_of(desk).texts
    assert replies == [texts.handoff] + [texts.still_waiting] * len(UNCLEAR)
    assert len(escalations_of(desk)) == 1
    assert model.calls == len(replies)


def test_a_model_that_comes_back_answers_again(desk: Desk, model: OpenAIServer) -> None:
    model.script(Failure.http_error(503), proposal("Here I am?"))
    say(desk, DOCUMENTED)
    assert say(desk, DOCUMENTED).reply == "Here I am?"
    assert status_of(desk) == "bot"


def test_a_bad_model_changes_nothing_about_what_needs_none(desk: Desk, model: OpenAIServer) -> None:
    model.default = Failure.http_error(500)
    assert say(desk, "hi").answered_by == "reply"
    assert say(desk, "when are you open").answered_by == "reply"
    assert say(desk, "I want to talk to a person").status == "waiting"
    assert model.calls == 0
