"""How the test server answers one request, and every way that can go wrong."""

import json
from dataclasses import dataclass
from typing import Any, Self

from punai.testing.chat_completions import (
    Request,
    completion,
    error_body,
    plainest_content,
    server_sent_events,
)


@dataclass(frozen=True)
class ModelAnswer:
    """How one request is answered. `content` None stands for the smallest answer that fits the request."""

    content: str | None = None
    refused_with: str | None = None
    is_cut: bool = False
    page: str | None = None
    status: int = 200
    retry_after: float | None = None
    seconds_before: float = 0.0
    seconds_of_body: float = 0.0
    hangs_up: bool = False


class Failure(ModelAnswer):
    """An answer that goes wrong, made by one of the constructors below. Times are in seconds.

    `content`, where it is taken, is a dict (sent as JSON) or a string (sent as it is). The official client
    repeats a request after 429, 5xx and a lost connection, twice by default: each attempt takes a step of the
    script.
    """

    @classmethod
    def http_error(cls, status: int, retry_after: float | None = None) -> Self:
        """An HTTP error in OpenAI's shape: 429, 500, 503; with a `Retry-After` header if given."""
        return cls(status=status, retry_after=retry_after)

    @classmethod
    def slow(cls, seconds: float, content: dict[str, Any] | str | None = None) -> Self:
        """Silence for so long, then the whole answer."""
        return cls(content=as_text(content), seconds_before=seconds)

    @classmethod
    def trickle(cls, seconds: float, content: dict[str, Any] | str | None = None) -> Self:
        """Headers at once, then the body in small pieces over so long: no single read times out."""
        return cls(content=as_text(content), seconds_of_body=seconds)

    @classmethod
    def hang_up(cls) -> Self:
        """The connection closes without an answer."""
        return cls(hangs_up=True)

    @classmethod
    def refusal(cls, words: str = "I'm sorry, I can't help with that.") -> Self:
        """The model declines: `message.refusal` is set and `content` is null."""
        return cls(refused_with=words)

    @classmethod
    def truncated(cls, content: dict[str, Any] | str | None = None) -> Self:
        """The token limit strikes: half of the content, `finish_reason` "length"."""
        return cls(content=as_text(content), is_cut=True)

    @classmethod
    def rubbish(cls) -> Self:
        """Content that is not JSON."""
        return cls(content="Sure! Here is the JSON you asked for: {reply: ok,,")

    @classmethod
    def wrong_schema(cls) -> Self:
        """Content that is JSON of another shape."""
        return cls(content='{"unexpected": [1, 2, 3]}')

    @classmethod
    def empty(cls) -> Self:
        """Content of no characters."""
        return cls(content="")

    @classmethod
    def not_json(cls) -> Self:
        """HTTP 200 with a page of HTML, as a proxy in the way sends it."""
        return cls(page="<!doctype html><title>Welcome</title><p>Please sign in to the network.")


def as_text(content: dict[str, Any] | str | None) -> str | None:
    """The content of a message: a dict as JSON, the rest as it is."""
    return json.dumps(content) if isinstance(content, dict) else content


def compose_body(request: Request, number: int, answer: ModelAnswer) -> tuple[str, bytes]:
    """The content type and the body that carry an answer; `number` makes the completion's id.

    Raises ValueError or RecursionError where nothing built in fits the request's schema.
    """
    if answer.page is not None:
        return "text/html; charset=utf-8", answer.page.encode()
    if answer.status != 200:
        kind, code = ("requests", "rate_limit_exceeded") if answer.status == 429 else ("server_error", None)
        error = error_body(f"The test server was told to answer {answer.status}.", kind, code=code)
        return "application/json", json.dumps(error).encode()
    content = None
    if answer.refused_with is None:
        content = plainest_content(request) if answer.content is None else answer.content
        content = content[: len(content) // 2] if answer.is_cut else content
    finish_reason = "length" if answer.is_cut else "stop"
    whole = completion(request, number, content, answer.refused_with, finish_reason)
    if request.get("stream"):
        return "text/event-stream", server_sent_events(request, whole)
    return "application/json", json.dumps(whole).encode()
