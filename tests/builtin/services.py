"""One local HTTP server that stands for every service handlers speak to, each as its documentation says.

A service lives under the first part of the path. What troubles it is set from outside, as `Trouble`: then it
answers so instead, and repeats what it was sent, key and all, as careless services do.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """What came in. `path` is without the service's own first part."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw) if self.raw else {}


class Answer(NamedTuple):
    """What goes out: a status, and JSON or bytes."""

    status: int
    body: Any = b""
    headers: Mapping[str, str] = {}


class Trouble(NamedTuple):
    """What goes wrong: a status with headers, or another way to fail."""

    status: int = 0
    headers: Mapping[str, str] = {}
    way: Literal["answer", "hang", "broken", "other shape", "cut", "took it and hung"] = "answer"


Responder = Callable[[Request], Answer]


@dataclass
class Services:
    """The server's state: who answers under which name, what it was asked, and what troubles it."""

    url: str = ""
    responders: dict[str, Responder] = field(default_factory=dict)
    trouble: dict[str, Trouble] = field(default_factory=dict)
    requests: dict[str, list[Request]] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)

    def at(self, name: str) -> str:
        """The address of a service."""
        return f"{self.url}/{name}"


class _Handler(BaseHTTPRequestHandler):
    services: Services
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        _, name, *rest = parts.path.split("/")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        headers = {key.lower(): value for key, value in self.headers.items()}
        path = "/" + "/".join(rest) if rest else ""
        request = Request(self.command, path, query, headers, raw)
        self.services.requests.setdefault(name, []).append(request)
        trouble = self.services.trouble.get(name)
        if trouble is None:
            self._send(self.services.responders[name](request))
        elif trouble.way == "answer":
            said = {"error": raw.decode(), "errors": [{"message": raw.decode()}], "headers": headers}
            self._send(Answer(trouble.status, said, trouble.headers))
        elif trouble.way == "broken":
            self._send(Answer(200, b'{"ok": tru<html>' + raw))
        elif trouble.way == "other shape":
            self._send(Answer(200, [raw.decode()]))
        elif trouble.way == "cut":
            linger = struct.pack("ii", 1, 0)  # the connection is reset, not closed
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
        else:
            if trouble.way == "took it and hung":
                self.services.responders[name](request)
            self.services.released.wait(30)
            self.close_connection = True

    # http.server asks for these names.
    do_GET = do_POST = do_PUT = _serve  # noqa: N815

    def _send(self, answer: Answer) -> None:
        content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: it would hold the address."""


def texts(value: Any) -> str:
    """Every string in JSON, line by line."""
    if isinstance(value, dict):
        value = list(value.values())
    return "\n".join(map(texts, value)) if isinstance(value, list) else str(value)


@contextmanager
def running(**responders: Responder) -> Iterator[Services]:
    """The server, until the block ends."""
    services = Services(responders=dict(responders))
    handler = type("Handler", (_Handler,), {"services": services})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        services.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield services
        services.released.set()
        server.shutdown()
        thread.join(10)


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
