"""The model that a business asks for, made by LangChain and asked over real HTTP."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from punai import Tenant
from punai.builtin.language_model import chat_model
from punai.ports import ConfigurationError
from punai.testing import Failure, OpenAIServer


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("OPENAI_", "ANTHROPIC_")):
            monkeypatch.delenv(name)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A model server that `openai:...` is sent to."""
    with OpenAIServer(default="hello") as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        yield server


def acme(**model: Any) -> Tenant:
    return Tenant(id="acme", name="Acme", settings={"model": model})


def refusal(tenant: Tenant) -> str:
    with pytest.raises(ConfigurationError) as refused:
        chat_model(tenant)
    assert len(str(refused.value).splitlines()) == 1
    return str(refused.value)


def test_there_is_no_model_unless_one_is_asked_for() -> None:
    assert chat_model(Tenant(id="acme", name="Acme")) is None
    assert chat_model(acme(name="local")) is None


def test_model_is_asked_by_chat_completions(server: OpenAIServer) -> None:
    model = chat_model(acme(name="openai:gpt-4.1-mini", timeout="10"))
    assert model is not None
    assert model.invoke("hi").text == "hello"
    [request] = server.requests
    assert request["model"] == "gpt-4.1-mini"
    assert request["messages"] == [{"role": "user", "content": "hi"}]


def test_reasoning_model_is_asked_by_chat_completions_too(server: OpenAIServer) -> None:
    model = chat_model(acme(name="openai:gpt-5-mini"))
    assert model is not None
    assert model.invoke("hi").text == "hello"
    assert server.calls == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_model_that_fails_is_asked_once(server: OpenAIServer, status: int) -> None:
    server.script(Failure.http_error(status))
    model = chat_model(acme(name="openai:gpt-4.1-mini"))
    assert model is not None
    with pytest.raises(Exception, match=str(status)):
        model.invoke("hi")
    assert server.calls == 1


def test_server_of_ones_own_needs_no_key(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    server.api_key = "none"
    model = chat_model(acme(name="openai:llama"))
    assert model is not None
    assert model.invoke("hi").text == "hello"


def test_openai_without_a_key_is_refused_with_the_variables_name() -> None:
    message = "the model 'openai:gpt-4.1-mini' needs the environment variable OPENAI_API_KEY"
    assert refusal(acme(name="openai:gpt-4.1-mini")) == message


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nobody:heard-of-it", "cannot be set up: "),
        ("no-provider-known", "cannot be set up: "),
        (":", "cannot be set up: "),
        ("anthropic:claude", "needs a package: "),
    ],
)
def test_model_that_cannot_be_made_is_refused_with_its_name(name: str, complaint: str) -> None:
    assert refusal(acme(name=name)).startswith(f"the model {name!r} {complaint}")


def test_timeout_that_is_no_number_is_refused(server: OpenAIServer) -> None:
    assert "'soon'" in refusal(acme(name="openai:gpt-4.1-mini", timeout="soon"))
    assert server.calls == 0
