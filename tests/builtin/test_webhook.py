"""An agent's words, posted to a shop's own back end: a real HTTP server."""

import base64
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from punai import Answer, Channel, Escalation, EscalationHandler, Tenant, Turn
from punai.builtin import webhook
from punai.builtin.webhook import (
    SignedWebhook,
    Webhook,
    payload,
    register_channels,
    register_escalation_handlers,
    signed,
)


class BackEnd(ThreadingHTTPServer):
    """Keeps what it is sent, and answers with `status` once `ready`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 204
        self.ready = Event()
        self.ready.set()
        self.received: list[tuple[str, str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/words?key=s3cret"


class Handler(BaseHTTPRequestHandler):
    server: BackEnd

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.server.ready.wait(30)
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: it would hold the address."""


@pytest.fixture
def back_end() -> Iterator[BackEnd]:
    with BackEnd() as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.ready.set()
        server.shutdown()
        thread.join(10)


def acme(url: str) -> Tenant:
    return Tenant(id="acme", name="Acme", settings={"webhook": {"url": url}})


def turn(answer: Answer | None) -> Turn:
    at = datetime(2026, 1, 31, tzinfo=UTC)
    return Turn(conversation_id="c", message_id="m", user_id="jo", text="", at=at, answer=answer)


WORDS = turn(Answer(reply="It's on its way, José 👍", answered_by="human"))


def test_channel_is_registered_as_webhook() -> None:
    found: dict[str, Channel] = {}
    register_channels(found.__setitem__)
    assert list(found) == ["webhook"]
    assert isinstance(found["webhook"], Channel)


def test_words_arrive_with_who_they_are_for(back_end: BackEnd) -> None:
    Webhook().send(WORDS, acme(back_end.url))
    words = {"user_id": "jo", "conversation_id": "c", "message_id": "m", "reply": "It's on its way, José 👍"}
    assert back_end.received == [("/words?key=s3cret", "application/json", words)]


def test_address_may_be_a_reference(back_end: BackEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACK_END", back_end.url)
    Webhook().send(turn(None), acme("env:BACK_END"))
    assert back_end.received[0][2]["reply"] == ""


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 503])
def test_any_answer_but_2xx_says_that_the_words_did_not_arrive(back_end: BackEnd, status: int) -> None:
    back_end.status = status
    with pytest.raises(httpx.HTTPStatusError):
        Webhook().send(WORDS, acme(back_end.url))
    assert len(back_end.received) == 1


def test_back_end_that_hangs_is_given_up(back_end: BackEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.1)
    back_end.ready.clear()
    with pytest.raises(httpx.ReadTimeout):
        Webhook().send(WORDS, acme(back_end.url))


def test_back_end_that_is_not_there_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(httpx.ConnectError):
            Webhook().send(WORDS, acme(f"http://127.0.0.1:{taken.getsockname()[1]}/"))


def test_address_that_is_not_set_is_asked_for() -> None:
    with pytest.raises(LookupError, match=r"set url under \[settings.webhook\] in the business.toml of acme"):
        Webhook().send(WORDS, Tenant(id="acme", name="Acme"))


def test_handler_is_registered_as_webhook() -> None:
    found: dict[str, EscalationHandler] = {}
    register_escalation_handlers(found.__setitem__)
    assert list(found) == ["webhook"]
    assert isinstance(found["webhook"], SignedWebhook)


def test_signature_is_that_of_the_reference_implementations() -> None:
    """By the example in their tests (github.com/standard-webhooks/standard-webhooks)."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', key, 1614265330)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_escalations_may_go_elsewhere_than_words(back_end: BackEnd) -> None:
    secret = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"
    settings = {"url": "https://nowhere.example", "escalation_url": back_end.url, "secret": secret}
    tenant = Tenant(id="acme", name="Acme", settings={"webhook": settings})
    at = datetime(2026, 1, 31, tzinfo=UTC)
    told = Escalation(id="esc_1", conversation_id="c", user_id="jo", reason="anger", at=at)
    assert SignedWebhook()(told, tenant) == "esc_1"
    [(path, kind, event)] = back_end.received
    assert (path, kind) == ("/words?key=s3cret", "application/json")
    assert event["data"]["id"] == "esc_1"


def test_repeat_of_a_message_is_the_same_message() -> None:
    at = datetime(2026, 1, 31, tzinfo=UTC)
    told = Escalation(id="esc_1", conversation_id="c", user_id="jo", reason="anger", at=at, reference="esc_1")
    assert payload(told) == payload(told)
    assert json.loads(payload(told))["type"] == "escalation.updated"
