"""The test model server: its script, its records, its connections."""

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import httpx
import openai
import pytest
from langchain_core.runnables import Runnable
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from punai.testing.model_answers import Failure
from punai.testing.openai_server import OpenAIServer

Ask = Callable[..., ChatCompletion]

HELLO: list[Any] = [{"role": "user", "content": "Where is my order?"}]


class Label(BaseModel):
    intent: str


def test_scripted_answers_are_given_in_order_and_then_the_default(server: OpenAIServer, ask: Ask) -> None:
    server.default = "default"
    server.script("first", {"second": 2}, lambda request: request["messages"][0]["content"])
    contents = [ask().choices[0].message.content for _ in range(4)]
    assert contents == ["first", '{"second": 2}', "Where is my order?", "default"]


def test_langchain_parses_a_scripted_answer(server: OpenAIServer, structured: Runnable[Any, Any]) -> None:
    good = {"intent": "order_status", "confidence": 0.9, "reason": None, "reply": "On its way."}
    server.script(good)
    assert structured.invoke("Where is my order?").model_dump() == good


def test_the_official_client_parses_a_scripted_answer(server: OpenAIServer, client: openai.OpenAI) -> None:
    server.script({"intent": "order_status"})
    parsed = client.chat.completions.parse(model="m", messages=HELLO, response_format=Label)
    assert parsed.choices[0].message.parsed == Label(intent="order_status")


def test_requests_are_kept_as_received(server: OpenAIServer, ask: Ask) -> None:
    ask(temperature=0.5)
    ask(model="n")
    assert server.requests[0] == {"model": "m", "messages": HELLO, "temperature": 0.5}
    assert [request["model"] for request in server.requests] == ["m", "n"]
    assert server.calls == 2


def test_a_step_of_another_kind_is_refused_when_scripted(server: OpenAIServer) -> None:
    with pytest.raises(TypeError, match="not 42"):
        server.script(42)  # type: ignore[arg-type]  # the wrong type is what is tested


def test_what_a_callable_step_raises_reaches_the_test() -> None:
    def check(request: dict[str, Any]) -> str:
        assert request["model"] == "another", "wrong model"
        return "ok"

    def ask_once() -> None:
        with OpenAIServer(default=check) as server:
            post(server)

    with pytest.raises(AssertionError, match="wrong model"):
        ask_once()


def test_a_callable_step_that_raises_is_answered_with_a_500() -> None:
    def fail(request: dict[str, Any]) -> str:
        pytest.fail("this request should not have come")

    server = OpenAIServer(default=fail)
    server.__enter__()
    try:
        reply = post(server)
    finally:
        with pytest.raises(pytest.fail.Exception, match="should not have come"):
            server.__exit__(None, None, None)
    assert reply.status_code == 500
    assert reply.json()["error"]["type"] == "server_error"


@pytest.mark.parametrize("key", [None, "sk-wrong"])
def test_a_missing_or_wrong_key_is_401_and_not_shown(server: OpenAIServer, key: str | None) -> None:
    reply = post(server, key)
    assert reply.status_code == 401
    assert reply.json()["error"]["code"] == "invalid_api_key"
    assert "sk-" not in reply.text
    assert server.calls == 1
    assert server.requests == []


def test_the_official_client_sees_an_authentication_error(server: OpenAIServer) -> None:
    wrong = openai.OpenAI(base_url=server.url, api_key="sk-wrong")
    with wrong, pytest.raises(openai.AuthenticationError):
        wrong.chat.completions.create(model="m", messages=HELLO)
    assert server.calls == 1


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/models"), ("POST", "/v1/responses")])
def test_another_address_is_404(server: OpenAIServer, method: str, path: str) -> None:
    reply = httpx.request(method, server.url.removesuffix("/v1") + path, timeout=10)
    assert reply.status_code == 404
    assert path in reply.json()["error"]["message"]
    assert server.calls == 0


def test_a_request_without_length_is_refused_and_the_connection_closed(server: OpenAIServer) -> None:
    with connect(server) as connection:
        connection.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-test\r\n\r\n"
        )
        reply = b""
        while received := connection.recv(65536):
            reply += received
    assert reply.startswith(b"HTTP/1.1 400 ")


def test_twenty_threads_are_all_answered_with_their_own(server: OpenAIServer, ask: Ask) -> None:
    server.default = lambda request: {"echo": request["messages"][0]["content"]}

    def echo(number: int) -> str | None:
        messages = [{"role": "user", "content": str(number)}]
        return ask(messages=messages).choices[0].message.content

    with ThreadPoolExecutor(20) as threads:
        contents = list(threads.map(echo, range(200)))
    assert contents == [json.dumps({"echo": str(number)}) for number in range(200)]
    assert server.calls == len(server.requests) == 200


def test_twenty_slow_answers_take_the_time_of_one(server: OpenAIServer, ask: Ask) -> None:
    server.script(*[Failure.slow(0.3, "late")] * 20)
    started = time.perf_counter()
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: ask(), range(20)))
    assert time.perf_counter() - started < 10 * 0.3


def test_connections_are_kept_alive(server: OpenAIServer) -> None:
    with connect(server) as connection:
        for _ in range(3):
            exchange(server, connection)
    assert server.calls == 3


def test_stopping_is_quick_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with OpenAIServer() as server:
        idle = connect(server)
        exchange(server, idle)
        waiting = connect(server)
        server.script(Failure.slow(60))
        waiting.sendall(raw_request(server))
        while server.calls < 2:
            time.sleep(0.01)
        stopping = time.perf_counter()
    assert time.perf_counter() - stopping < 1
    assert set(threading.enumerate()) <= before
    for connection in (idle, waiting):
        with connection:
            assert connection.recv(1) == b""


def test_nobody_listens_after_the_block() -> None:
    with OpenAIServer() as server:
        pass
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_starting_looks_no_name_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*args: Any) -> None:
        raise AssertionError("a name was looked up")

    for name in ("getfqdn", "gethostbyaddr", "gethostbyname", "getaddrinfo"):
        monkeypatch.setattr(socket, name, look_up)
    with OpenAIServer() as server:
        assert server.url.startswith("http://127.0.0.1:")


def test_the_environment_is_all_a_client_needs(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
    with openai.OpenAI() as client:
        completion = client.chat.completions.create(model="m", messages=HELLO)
    assert completion.choices[0].message.content == "ok"


def test_an_answer_costs_a_fraction_of_a_millisecond(server: OpenAIServer) -> None:
    def timed(connection: socket.socket) -> float:
        started = time.perf_counter()
        exchange(server, connection)
        return time.perf_counter() - started

    with connect(server) as connection:
        times = [timed(connection) for _ in range(300)]
    # 0.25 ms on an idle machine; the rest is for a busy one. A delayed acknowledgement alone is 40 ms.
    assert median(times) < 0.005


def post(server: OpenAIServer, key: str | None = "sk-test") -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = {"model": "m", "messages": HELLO}
    return httpx.post(f"{server.url}/chat/completions", json=body, headers=headers, timeout=10)


def connect(server: OpenAIServer) -> socket.socket:
    host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def raw_request(server: OpenAIServer) -> bytes:
    body = json.dumps({"model": "m", "messages": HELLO}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.api_key}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def exchange(server: OpenAIServer, connection: socket.socket) -> None:
    connection.sendall(raw_request(server))
    assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
