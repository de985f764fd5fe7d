"""A provider's embeddings serve as vectors, over real HTTP."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from punai import Tenant
from punai.builtin import embeddings
from punai.builtin.embeddings import embedder, providers_embedder
from punai.knowledge.index import Index, build
from punai.models import Passage
from punai.ports import ConfigurationError


class Provider(BaseHTTPRequestHandler):
    """OpenAI's protocol for embeddings: a text with "ship" or "delivery" is about the one thing."""

    disable_nagle_algorithm = True
    wait: ClassVar[float] = 0.0

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.wait)
        rows = [
            [0.0, 2.0] if {"ship", "delivery"} & set(text.lower().split()) else [2.0, 0.0]
            for text in asked["input"]
        ]
        data = [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(rows)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        body = json.dumps({"object": "list", "model": asked["model"], "data": data, "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Provider]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setattr(Provider, "wait", 0.0)
    yield Provider
    server.shutdown()
    thread.join()
    server.server_close()


def tenant(name: str) -> Tenant:
    return Tenant(id="shop", name="Shop", settings={"knowledge": {"embeddings": name}} if name else {})


PASSAGES = [
    Passage(id="1", title="Delivery", source="a.md", text="Three days."),
    Passage(id="2", title="Opening hours", source="a.md", text="From nine to five."),
]


@pytest.mark.usefixtures("provider")
def test_passage_is_found_by_a_providers_vectors(tmp_path: Path) -> None:
    made = providers_embedder("openai:text-embedding-3-small")
    build(tmp_path, PASSAGES, ["en"], made)
    assert Index.open(tmp_path).search("do you ship", embedder=made)[0].title == "Delivery"


def test_provider_that_hangs_is_not_waited_for(
    provider: type[Provider], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(tmp_path, PASSAGES, ["en"], providers_embedder("openai:small"))
    monkeypatch.setattr(embeddings, "SECONDS", 0.2)
    monkeypatch.setattr(provider, "wait", 1.0)
    made = providers_embedder("openai:small")
    assert [found.title for found in Index.open(tmp_path).search("delivery", embedder=made)] == ["Delivery"]


def test_nothing_is_asked_for_without_the_setting() -> None:
    assert embedder(tenant("")) is None


@pytest.mark.usefixtures("provider")
def test_business_s_setting_says_who_embeds() -> None:
    chosen = embedder(tenant("openai:small"))
    assert chosen
    assert chosen.name == "openai:small"
    assert embedder(tenant("openai:small")) is chosen


def test_wrong_setting_is_said_and_the_words_are_searched(caplog: pytest.LogCaptureFixture) -> None:
    assert embedder(tenant("nobody:small")) is None
    assert "searching by words alone" in caplog.text


def test_unknown_provider_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="'nobody:small'"):
        providers_embedder("nobody:small")
