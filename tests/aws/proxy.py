"""Between a program and moto's server: what is asked can be seen, changed, refused and cut off."""

import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TIMEOUT = 60.0


class Cut(Exception):
    """Raised by whoever looks at a request: the connection ends, and moto never hears of it."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call of AWS, as botocore sent it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """`service:Operation`, where the wire tells the operation; else `service:METHOD /path`."""
        signed_for = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.headers.get("Authorization", ""))
        service = signed_for[1] if signed_for else "-"
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        in_form = service in ("cloudformation", "iam", "monitoring", "sns", "sts")
        action = parse_qs(self.body.decode()).get("Action", [""])[0] if in_form else ""
        return f"{service}:{target or action or f'{self.method} {urlsplit(self.path).path}'}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Look = Callable[[Request], Request | Answer]
"""Gives the request as it is to go on, or answers it in moto's place; may raise `Cut`."""


def refusal(code: str, message: str = "no", status: int = 400) -> Answer:
    """A refusal in the words of a service that speaks JSON, such as DynamoDB."""
    body = json.dumps({"__type": f"com.amazon.coral.service#{code}", "message": message}).encode()
    return Answer(status, {"Content-Type": "application/x-amz-json-1.0"}, body)


class Proxy:
    """Passes on what comes, after `look` has seen it."""

    def __init__(self, moto: str) -> None:
        self._moto = urlsplit(moto).netloc
        self.calls: list[str] = []
        """What was asked, by name, in order."""
        self.look: Look = lambda request: request
        self.address = ""

    def forward(self, request: Request) -> Answer:
        """What `look`, or moto, answers."""
        self.calls.append(request.name)
        seen = self.look(request)
        return seen if isinstance(seen, Answer) else self.pass_on(seen)

    def pass_on(self, request: Request) -> Answer:
        """What moto answers."""
        connection = http.client.HTTPConnection(self._moto, timeout=TIMEOUT)
        try:
            connection.request(request.method, request.path, request.body, dict(request.headers))
            response = connection.getresponse()
            # The length is of what is sent on.
            headers = {
                name: value
                for name, value in response.getheaders()
                if name.lower() not in ("connection", "content-length", "transfer-encoding")
            }
            return Answer(response.status, headers, response.read())
        finally:
            connection.close()


@contextmanager
def proxy(moto: str) -> Iterator[Proxy]:
    """A proxy in front of moto's server, for the time of a `with` block."""
    between = Proxy(moto)
    with _Server(between) as server:
        between.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield between
        server.shutdown()
        thread.join(10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, between: Proxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.between = between

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a program that is killed hangs up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, dict(self.headers), body)
        try:
            answer = self.server.between.forward(request)
        except Cut:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _pass  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a line a request helps nobody."""


def with_body(request: Request, document: Any) -> Request:
    """The request with this JSON in place of its body."""
    body = json.dumps(document).encode()
    return replace(request, body=body, headers={**request.headers, "Content-Length": str(len(body))})
