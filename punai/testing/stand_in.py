"""A server that stands in for whatever service a plugin calls: it keeps what was asked, answers or fails.

```python
with StandIn({"ticket": {"id": 7}}) as service:
    handler(escalation, tenant)  # whose settings lead to service.url
    assert escalation.id in service.requests[0].text
```
"""

import json
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

ANSWER: Mapping[str, Any] = {"ok": True, "id": "1", "key": "T-1", "url": "https://service.example/1"}
"""What the answers of most services have something of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.text)


class StandIn:
    """A server on 127.0.0.1 and a free port, for the time of a `with` block, that takes any request.

    It answers with `status` and `answer` as JSON. While `silent` it takes requests and never answers them.
    Not for a network: it listens to this machine only, and sets no limits.
    """

    def __init__(self, answer: Mapping[str, Any] | Sequence[Any] = ANSWER) -> None:
        self.answer = answer
        self.status = 200
        self.silent = False
        self.requests: list[Asked] = []
        self.url = ""

    def __enter__(self) -> Self:
        self._http = _HTTPServer(self)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._serving = Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._serving.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Stop listening: whoever asks from now on is refused the connection. Safe to call again."""
        self._http.leaving.set()
        self._http.shutdown()
        self._http.server_close()
        self._http.close_connections()
        self._serving.join(5)


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, stand_in: StandIn) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stand_in = stand_in
        self.leaving = Event()
        self._connections: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # a client that gives up on a silent server is what contracts provoke, not an error to print
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        for connection in self._connections:  # kept alive by clients that may ask again
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _HTTPServer
    protocol_version = "HTTP/1.1"
    # without these two every answer waits 40 ms for the client's delayed acknowledgement
    disable_nagle_algorithm = True
    wbufsize = 65536

    def _take(self) -> None:
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        text = body.decode(errors="replace")
        service = self.server.stand_in
        service.requests.append(Asked(self.command, self.path, dict(self.headers), text))
        if service.silent:
            self.server.leaving.wait()
            self.close_connection = True
            return
        answer = json.dumps(service.answer).encode()
        self.send_response(service.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what is printed during a test is looked at."""
