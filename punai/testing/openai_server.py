"""A model server for tests: OpenAI's protocol over real HTTP, answering by script and failing on demand.

```python
with OpenAIServer() as server:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
    server.script(Failure.http_error(429, retry_after=0.1), {"reply": "On its way."})
    ...
    assert server.calls == 2  # the client tried again
```
"""

import json
import socket
import socketserver
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any, Self

from punai.testing.chat_completions import Request, RequestError, check_request, parse_request
from punai.testing.model_answers import Failure, ModelAnswer, as_text, compose_body

_PATH = "/v1/chat/completions"
_PIECES_OF_A_TRICKLE = 20
_STOP_POLL_SECONDS = 0.02
_JOIN_SECONDS = 5.0

Step = dict[str, Any] | str | ModelAnswer | Callable[[Request], dict[str, Any] | str | ModelAnswer]
_Reply = tuple[ModelAnswer, str, bytes]


class OpenAIServer:
    """A model server on 127.0.0.1 and a free port, for the time of a `with` block.

    It takes what OpenAI takes and refuses what OpenAI refuses, in OpenAI's words: 401 without the right key,
    400 for a malformed request or a schema that breaks strict mode (see `strict_schema`). It answers with the
    next step of the script, else with `default`, else with the smallest answer that fits. A refused request
    takes no step.

    A callable step that raises is answered with a 500, and what it raised is raised again as the block ends.
    `url` is what OPENAI_BASE_URL takes; it stays after the block, when nobody listens there any more.
    Not for a network: it listens to this machine only, and sets no limits.
    """

    def __init__(self, *, api_key: str = "sk-test", default: Step | None = None) -> None:
        self.api_key = api_key
        self.default = default
        self.url = ""
        self._lock = Lock()
        self._steps: deque[Step] = deque()
        self._requests: list[Request] = []
        self._calls = 0
        self._raised: list[BaseException] = []

    def __enter__(self) -> Self:
        self._http = _HTTPServer(self._answer)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.stop()
        if self._raised and error is None:
            raise self._raised[0]

    def script(self, *steps: Step) -> None:
        """Queue answers, one a request: a dict (sent as JSON), a str (sent as it is), a `Failure`, or a
        callable that is given the request and returns one of these. Raises TypeError for anything else."""
        for step in steps:
            if not (callable(step) or isinstance(step, dict | str | ModelAnswer)):
                raise TypeError(f"a step is a dict, a str, a Failure or a callable, not {step!r}")
        with self._lock:
            self._steps.extend(steps)

    @property
    def requests(self) -> list[Request]:
        """The bodies received with the right key so far, in order, those refused with a 400 too."""
        with self._lock:
            return list(self._requests)

    @property
    def calls(self) -> int:
        """How often the model was asked: every POST to /chat/completions, refused ones and repeats too."""
        with self._lock:
            return self._calls

    def _answer(self, body: bytes, authorization: str) -> _Reply:
        with self._lock:
            self._calls += 1
            number = self._calls
        if authorization != f"Bearer {self.api_key}":
            raise RequestError("Incorrect API key provided.", code="invalid_api_key", status=401)
        request = parse_request(body)
        with self._lock:
            self._requests.append(request)
        check_request(request)
        with self._lock:
            step = self._steps.popleft() if self._steps else self.default
        try:
            answer = _take(step, request)
            return answer, *compose_body(request, number, answer)
        except BaseException as error:  # a step is the test's own code, and pytest.fail raises no Exception
            with self._lock:
                self._raised.append(error)
            failed = Failure.http_error(500)
            return failed, *compose_body(request, number, failed)


def _take(step: Step | None, request: Request) -> ModelAnswer:
    given = step(request) if callable(step) else step
    return given if isinstance(given, ModelAnswer) else ModelAnswer(content=as_text(given))


class _HTTPServer(ThreadingHTTPServer):
    """Serves from construction until `stop`, which ends idle and slow connections and leaves no thread."""

    daemon_threads = True
    # the default of 5 makes a burst of clients wait a second for TCP to try again
    request_queue_size = 128

    def __init__(self, answer: Callable[[bytes, str], _Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.stopping = Event()
        self._connections: list[tuple[socket.socket, Thread]] = []
        self._accepting = Thread(target=self.serve_forever, args=(_STOP_POLL_SECONDS,), daemon=True)
        self._accepting.start()

    def server_bind(self) -> None:
        # not HTTPServer's own, which looks the host's name up
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        # not ThreadingMixIn's own, which forgets its daemon threads: stop must close and join them
        thread = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._connections = [pair for pair in self._connections if pair[1].is_alive()]
        self._connections.append((request, thread))
        thread.start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # a client that gives up on a slow answer is what tests provoke, not an error to print
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.stopping.set()
        self.shutdown()
        self._accepting.join(_JOIN_SECONDS)
        self.server_close()
        for connection, thread in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(_JOIN_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    server: _HTTPServer
    protocol_version = "HTTP/1.1"
    # without these two every answer waits 40 ms for the client's delayed acknowledgement
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.close_connection = True  # where this request ends, and so where the next begins, is unknown
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        if self.path != _PATH:
            return self._send_refusal(RequestError(f"Invalid URL (POST {self.path})", status=404))
        try:
            answer, content_type, reply = self.server.answer(body, self.headers.get("Authorization", ""))
        except RequestError as refused:
            return self._send_refusal(refused)
        if answer.hangs_up or self.server.stopping.wait(answer.seconds_before):
            self.close_connection = True
            return
        self._send_head(answer.status, content_type, len(reply), answer.retry_after)
        self._send_body(reply, answer.seconds_of_body)

    def do_GET(self) -> None:
        self._send_refusal(RequestError(f"Invalid URL (GET {self.path})", status=404))

    def _send_refusal(self, refused: RequestError) -> None:
        body = json.dumps(refused.body).encode()
        self._send_head(refused.status, "application/json", len(body))
        self._send_body(body)

    def _send_head(
        self, status: int, content_type: str, length: int, retry_after: float | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()

    def _send_body(self, body: bytes, seconds: float = 0.0) -> None:
        size = -(-len(body) // _PIECES_OF_A_TRICKLE) if seconds else len(body)
        for start in range(0, len(body), size):
            if seconds:
                self.wfile.flush()
                if self.server.stopping.wait(seconds / _PIECES_OF_A_TRICKLE):
                    self.close_connection = True
                    return
            self.wfile.write(body[start : start + size])

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: `http.server` prints a line a request, and requests may hold customers' words."""
