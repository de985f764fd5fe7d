"""A model server and the two clients PunAI and its plugins speak to it with."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import openai
import pytest
from langchain_core.runnables import Runnable
from langchain_openai import ChatOpenAI
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, Field, SecretStr

from punai.testing.openai_server import OpenAIServer

PATIENT = 10.0  # seconds, so that a busy machine fails no test


class Reply(BaseModel):
    """What the model says."""

    intent: Literal["order_status", "other"]
    confidence: float = Field(ge=0, le=1)
    reason: str | None
    reply: str


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def client(server: OpenAIServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.url, api_key=server.api_key, max_retries=0, timeout=PATIENT) as client:
        yield client


@pytest.fixture
def ask(client: openai.OpenAI) -> Callable[..., ChatCompletion]:
    """Ask where the order is, with these parameters added or in place of the usual ones."""
    usual = {"model": "m", "messages": [{"role": "user", "content": "Where is my order?"}]}

    def ask(**parameters: Any) -> ChatCompletion:
        completion: ChatCompletion = client.chat.completions.create(**{**usual, **parameters})
        return completion

    return ask


@pytest.fixture
def chat(server: OpenAIServer) -> ChatOpenAI:
    key = SecretStr(server.api_key)
    return ChatOpenAI(model="m", base_url=server.url, api_key=key, max_retries=0, timeout=PATIENT)


@pytest.fixture
def structured(chat: ChatOpenAI) -> Runnable[Any, Any]:
    """LangChain with a structured output: gives a Reply."""
    return chat.with_structured_output(Reply)
