"""What the endpoint takes, and what it sends back."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from langchain_openai import ChatOpenAI
from openai.types.chat import ChatCompletion

from punai.testing.openai_server import OpenAIServer

Ask = Callable[..., ChatCompletion]

HELLO: list[Any] = [{"role": "user", "content": "Where is my order?"}]


def json_schema(schema: Any, name: str = "reply", strict: bool = True) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": name, "strict": strict, "schema": schema}}


def post(server: OpenAIServer, body: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.api_key}"}
    return httpx.post(f"{server.url}/chat/completions", content=body, headers=headers, timeout=10)


def test_a_chat_without_script_is_answered_ok(ask: Ask) -> None:
    completion = ask()
    assert completion.choices[0].message.content == "ok"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "m"


def test_the_reply_is_a_completion_to_the_official_client(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model="m", messages=HELLO)
    ChatCompletion.model_validate_json(raw.content, strict=True)


def test_a_strict_schema_without_script_gets_a_valid_answer(structured: Runnable[Any, Any]) -> None:
    answer = structured.invoke("Where is my order?").model_dump()
    assert answer == {"intent": "order_status", "confidence": 0.9, "reason": "ok?", "reply": "ok?"}


def test_json_mode_is_answered_with_an_object(ask: Ask) -> None:
    messages = [{"role": "system", "content": "Answer in JSON."}, *HELLO]
    completion = ask(messages=messages, response_format={"type": "json_object"})
    assert completion.choices[0].message.content == "{}"


def test_usage_is_a_quarter_of_the_characters(server: OpenAIServer, ask: Ask) -> None:
    server.script("y" * 401, "")
    usage = ask(messages=[{"role": "user", "content": "x" * 80}]).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (20, 100, 120)
    usage = ask(messages=[{"role": "user", "content": [{"type": "text", "text": "hi"}]}]).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (1, 1, 2)


def test_langchain_sees_the_usage(server: OpenAIServer, chat: ChatOpenAI) -> None:
    server.script("y" * 40)
    message = chat.invoke("x" * 80)
    assert isinstance(message, AIMessage)
    assert message.usage_metadata is not None
    assert message.usage_metadata["total_tokens"] == 30


def test_a_stream_carries_the_same_content_and_ends(server: OpenAIServer, client: openai.OpenAI) -> None:
    server.script("On its way.")
    stream = client.chat.completions.create(
        model="m", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert [chunk.choices[0].delta.content for chunk in chunks if chunk.choices] == ["On its way.", None]
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices] == [None, "stop"]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 2


def test_langchain_streams(server: OpenAIServer, chat: ChatOpenAI) -> None:
    server.script("On its way.")
    assert "".join(str(chunk.content) for chunk in chat.stream("Where is my order?")) == "On its way."


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(server: OpenAIServer, body: bytes) -> None:
    reply = post(server, body)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": ["hello"]}, "messages[0]"),
        ({"messages": [*HELLO, {"role": "robot", "content": "x"}]}, "messages[1].role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_object"}}, "messages"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"response_format": json_schema({}, name="two words")}, "response_format.json_schema.name"),
        ({"response_format": json_schema({}, name="x" * 65)}, "response_format.json_schema.name"),
        ({"response_format": json_schema(None)}, "response_format.json_schema.schema"),
        ({"response_format": json_schema({"type": "array"})}, "response_format"),
    ],
)
def test_a_malformed_request_is_refused_with_the_name_of_the_parameter(
    server: OpenAIServer, ask: Ask, parameters: dict[str, Any], param: str
) -> None:
    server.script("kept for a request that is taken")
    with pytest.raises(openai.BadRequestError) as refused:
        ask(**parameters)
    assert refused.value.type == "invalid_request_error"
    assert refused.value.param == param
    assert ask().choices[0].message.content == "kept for a request that is taken"
    assert len(server.requests) == 2


def test_a_schema_that_breaks_strict_mode_is_refused_with_its_path(ask: Ask) -> None:
    schema = {
        "type": "object",
        "properties": {"tone": {"type": "string", "default": "warm"}},
        "required": ["tone"],
        "additionalProperties": False,
    }
    with pytest.raises(openai.BadRequestError) as refused:
        ask(response_format=json_schema(schema))
    assert refused.value.response.json()["error"]["message"] == (
        "Invalid schema for response_format 'reply': "
        "In context=('properties', 'tone'), 'default' is not permitted."
    )


def test_a_schema_that_is_not_strict_is_not_checked(ask: Ask) -> None:
    schema = {"type": "object", "properties": {"tone": {"type": "string", "default": "warm"}}}
    completion = ask(response_format=json_schema(schema, strict=False))
    assert json.loads(completion.choices[0].message.content or "") == {"tone": "ok?"}


def test_a_schema_nested_beyond_all_measure_is_refused(server: OpenAIServer) -> None:
    schema = {
        "type": "object",
        "properties": {"x": "UNION"},
        "required": ["x"],
        "additionalProperties": False,
    }
    request = {"model": "m", "messages": HELLO, "response_format": json_schema(schema)}
    union = '{"anyOf":[' * 5_000 + '{"type":"string"}' + "]}" * 5_000
    body = json.dumps(request).replace('"UNION"', union).encode()
    assert post(server, body).status_code == 400
