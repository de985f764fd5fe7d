"""Every way an answer goes wrong, seen through the clients."""

import json
import time
from collections.abc import Callable
from typing import Any

import openai
import pytest
from langchain_core.runnables import Runnable
from langchain_openai import ChatOpenAI
from langchain_openai.chat_models.base import OpenAIRefusalError
from openai.types.chat import ChatCompletion
from pydantic import ValidationError

from punai.testing.model_answers import Failure
from punai.testing.openai_server import OpenAIServer

Ask = Callable[..., ChatCompletion]

IMPATIENT = 0.3  # seconds
GOOD = {"intent": "order_status", "confidence": 0.9, "reason": None, "reply": "On its way."}


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure.http_error(429), openai.RateLimitError),
        (Failure.http_error(500), openai.InternalServerError),
        (Failure.http_error(503), openai.InternalServerError),
        (Failure.hang_up(), openai.APIConnectionError),
        (Failure.refusal(), OpenAIRefusalError),
        (Failure.truncated(GOOD), openai.LengthFinishReasonError),
        (Failure.rubbish(), ValidationError),
        (Failure.wrong_schema(), ValidationError),
        (Failure.empty(), ValueError),
        # both clients hand the page on as a string, and then miss its attributes
        (Failure.not_json(), AttributeError),
        ({**GOOD, "intent": "invented"}, ValidationError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_each_failure_raises_in_langchain_and_is_over_with_the_next_call(
    server: OpenAIServer, structured: Runnable[Any, Any], failure: Any, error: type[Exception]
) -> None:
    server.script(failure, GOOD)
    with pytest.raises(error):
        structured.invoke("Where is my order?")
    assert structured.invoke("Where is my order?").model_dump() == GOOD
    assert server.calls == 2


def test_a_refusal_has_words_and_no_content(server: OpenAIServer, ask: Ask) -> None:
    server.script(Failure.refusal("No."))
    message = ask().choices[0].message
    assert (message.content, message.refusal) == (None, "No.")


def test_a_truncated_answer_is_half_of_it(server: OpenAIServer, ask: Ask) -> None:
    server.script(Failure.truncated("12345678"))
    choice = ask().choices[0]
    assert (choice.message.content, choice.finish_reason) == ("1234", "length")


def test_an_empty_answer_is_empty(server: OpenAIServer, ask: Ask) -> None:
    server.script(Failure.empty())
    assert ask().choices[0].message.content == ""


def test_an_http_error_has_the_shape_of_openai_and_says_when_to_come_back(
    server: OpenAIServer, ask: Ask
) -> None:
    server.script(Failure.http_error(429, retry_after=2))
    with pytest.raises(openai.RateLimitError) as limited:
        ask()
    assert limited.value.response.headers["retry-after"] == "2"
    assert limited.value.code == "rate_limit_exceeded"
    assert set(limited.value.response.json()["error"]) == {"message", "type", "param", "code"}


def test_a_client_that_tries_again_takes_the_next_step(server: OpenAIServer, client: openai.OpenAI) -> None:
    in_a_moment = 0.01
    server.script(
        Failure.http_error(429, retry_after=in_a_moment),
        Failure.http_error(503, retry_after=in_a_moment),
        "third time lucky",
    )
    persistent = client.with_options(max_retries=2).chat.completions
    completion = persistent.create(model="m", messages=[{"role": "user", "content": "?"}])
    assert completion.choices[0].message.content == "third time lucky"
    assert server.calls == 3


def test_a_slow_answer_is_a_time_out_to_a_client_that_does_not_wait(
    server: OpenAIServer, chat: ChatOpenAI
) -> None:
    server.script(Failure.slow(60), "at once")
    with pytest.raises(openai.APITimeoutError):
        chat.invoke("Where is my order?", timeout=IMPATIENT)
    assert chat.invoke("Where is my order?").content == "at once"


def test_a_slow_answer_comes_late_and_whole(server: OpenAIServer, ask: Ask) -> None:
    server.script(Failure.slow(0.2, "late"))
    started = time.perf_counter()
    assert ask().choices[0].message.content == "late"
    assert time.perf_counter() - started >= 0.2


def test_a_trickle_starts_at_once_and_outlives_the_clients_time_out(
    server: OpenAIServer, client: openai.OpenAI
) -> None:
    server.script(Failure.trickle(2 * IMPATIENT, "drop by drop"))
    started = time.perf_counter()
    impatient = client.with_options(timeout=IMPATIENT).chat.completions.with_streaming_response
    with impatient.create(model="m", messages=[{"role": "user", "content": "?"}]) as response:
        headers_after = time.perf_counter() - started
        body = json.loads(response.read())
    assert headers_after < IMPATIENT
    assert time.perf_counter() - started >= 2 * IMPATIENT
    assert body["choices"][0]["message"]["content"] == "drop by drop"
