"""Lambda's Runtime API on this machine: hands one function its events, and takes what it makes of them.

The three routes, and their headers, are those of
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any, Self
from uuid import uuid4

RUNTIME = "/2018-06-01/runtime"
TIMEOUT = 30.0
"""Seconds that an invocation may take: API Gateway waits no longer."""
STARTING = 60.0
"""Seconds that a function has to start in, on a busy machine."""


class FunctionError(Exception):
    """The function raised, or could not start: its own report of it."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__(f"{report.get('errorType')}: {report.get('errorMessage')}")
        self.report = report


class NoAnswer(Exception):
    """The function did not start, or did not answer, in time."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """An event on its way to the function."""

    id: str
    event: bytes
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class Result:
    """What the function posted: the event's id (none for a failed start), whether it failed, and the body."""

    id: str
    failed: bool
    body: bytes


class RuntimeAPI:
    """For one function process, for the time of a `with` block: one event at a time, as Lambda does it."""

    def __init__(self, function_arn: str) -> None:
        self._arn = function_arn
        self._invocations: Queue[Invocation | None] = Queue()
        self._results: Queue[Result] = Queue()
        self._one_at_a_time = threading.Lock()
        self.ready = threading.Event()
        """Set when the function asked for its first event: its initialisation is over."""
        self.failed_start: FunctionError | None = None

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._invocations.put(None)
        self._server.shutdown()
        self._thread.join(timeout=10)
        self._server.server_close()

    @property
    def address(self) -> str:
        """HOST:PORT, as AWS_LAMBDA_RUNTIME_API has it."""
        return f"127.0.0.1:{self._server.server_port}"

    def invoke(self, event: Any, *, timeout: float = TIMEOUT) -> Any:
        """Hand the function an event (JSON): its answer.

        Raises:
            FunctionError: it raised, or had failed to start.
            NoAnswer: it took longer than `timeout` seconds.
        """
        with self._one_at_a_time:
            if self.failed_start:
                raise self.failed_start
            invocation = Invocation(
                str(uuid4()), json.dumps(event).encode(), int((time.time() + timeout) * 1000)
            )
            self._invocations.put(invocation)
            try:
                result = self._results.get(timeout=timeout)
            except Empty:
                raise NoAnswer(f"no answer in {timeout:g} seconds") from None
            if result.failed:
                raise FunctionError(json.loads(result.body))
            assert result.id == invocation.id, "the function answered another event"
            return json.loads(result.body)

    def next(self) -> tuple[dict[str, str], bytes] | None:
        """The next event with its headers, as soon as there is one; None when it is all over."""
        self.ready.set()
        invocation = self._invocations.get()
        if invocation is None:
            self._invocations.put(None)
            return None
        # The runtime client's native half crashes where one of these is missing.
        return {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self._arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):x}-{invocation.id.replace('-', '')[:24]}",
            "Lambda-Runtime-Client-Context": "",
            "Lambda-Runtime-Cognito-Identity": "",
        }, invocation.event

    def take(self, result: Result) -> None:
        """What the function made of an event, or why it could not start."""
        if not result.id:
            self.failed_start = FunctionError(json.loads(result.body))
            self.ready.set()
        self._results.put(result)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: RuntimeAPI) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a function that is stopped hangs up while it waits for an event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Without these two every answer waits 40 ms for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_GET(self) -> None:
        assert self.path == f"{RUNTIME}/invocation/next", self.path
        given = self.server.api.next()
        if given is None:
            self.close_connection = True
            return
        headers, event = given
        self._send(200, headers, event)

    def do_POST(self) -> None:
        body = self._body()
        match self.path.removeprefix(RUNTIME).split("/")[1:]:
            case ["invocation", id, "response"]:
                result = Result(id, failed=False, body=body)
            case ["invocation", id, "error"]:
                result = Result(id, failed=True, body=body)
            case ["init", "error"]:
                result = Result("", failed=True, body=body)
        self._send(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')
        self.server.api.take(result)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers["Content-Length"]))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a line a request helps nobody."""
