"""The local server: Chalice's own, made fit to meet any client. On Lambda, API Gateway is in its place."""

import gzip
import logging
import signal
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import uuid4

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    LambdaEventConverter,
    LocalChalice,
    LocalGateway,
    MatchResult,
    RouteMatcher,
    ThreadedHTTPServer,
)

from punai.desk import Desk
from punai.logs import event, frames
from punai.web import ALWAYS, app, cors
from punai.web.desk import use
from punai.web.framing import read_framed
from punai.web.problems import Problem
from punai.web.routes import accepted

PATIENCE = 30.0
"""Seconds that a stop waits for answers under way."""
COMPRESSED_FROM = 1024
"""Bytes from which on a body is compressed for who takes that; API Gateway: see .chalice/config.json."""
LINGER = 2.0
"""Seconds that a refused client gets to finish sending, and to read why."""


def serve(desk: Desk, host: str, port: int, ready: Callable[[str], None] | None = None) -> None:
    """Answer requests with this desk until SIGINT or SIGTERM; answers under way are finished first.

    Call it on the main thread. `ready` is told the address once connections are taken.

    Raises:
        OSError: the address cannot be had.
    """
    # An exception, as Ctrl-C raises it: an event set by a signal handler can deadlock.
    previous = {number: signal.signal(number, signal.default_int_handler) for number in _STOPPING}
    try:
        with suppress(KeyboardInterrupt), running(desk, host, port) as address:
            if ready:
                ready(address)
            threading.Event().wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def running(desk: Desk, host: str, port: int) -> Iterator[str]:
    """Answer requests with this desk in the background; gives the address. Port 0 picks a free one.

    Raises:
        OSError: the address cannot be had.
    """
    # What Chalice's create_local_server does, which cannot be called twice: each thread has its own request.
    app.__class__ = LocalChalice
    handler = partial(Handler, app_object=app, config=Config.create())
    server = Server((host, port), handler)
    use(desk)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="punai-server", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.finish()
        server.server_close()
        use(None)


class Gateway(LocalGateway):
    """Hands every request to the application, which says in its own words what has no route."""

    def __init__(self, app_object: Chalice, config: Config) -> None:
        super().__init__(app_object, config)
        self.event_converter = LambdaEventConverter(
            AnyRoute(list(app_object.routes)), app_object.api.binary_types
        )

    def handle_request(
        self, method: str, path: str, headers: dict[str, Any], body: bytes | None
    ) -> dict[str, Any]:
        """The application's response, as API Gateway gets it from Lambda."""
        event = self._generate_lambda_event("GET" if method == "HEAD" else method, path, headers, body)
        return self._app_object(event, self._generate_lambda_context())


class AnyRoute(RouteMatcher):
    """Matches paths without a route too: Chalice's would answer them 403, as API Gateway does."""

    def match_route(self, url: str) -> MatchResult:
        """The route of this path, or the path itself."""
        try:
            return super().match_route(url)
        except ValueError:
            return MatchResult(url, {}, {})


class Handler(ChaliceRequestHandler, BaseHTTPRequestHandler):
    """One connection: patient with slow answers, not with slow clients."""

    timeout = 15
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # headers and body leave together, or the second waits 40 ms for the first
    default_request_version = "HTTP/1.0"  # HTTP/0.9, the default, answers without a status
    server: "Server"

    def __init__(
        self, request: Any, client_address: Any, server: Any, app_object: Chalice, config: Config
    ) -> None:
        self.local_gateway = Gateway(app_object, config)
        # Not Chalice's, which would put its own gateway there and then handle the whole connection.
        BaseHTTPRequestHandler.__init__(self, request, client_address, server)

    def __getattr__(self, name: str) -> Callable[[], None]:
        # http.server looks for do_TRACE and so on, and would answer 501 where the application says 405.
        if name.startswith("do_"):
            return self._generic_handle
        raise AttributeError(name)

    def handle_one_request(self) -> None:
        """Answer one request, or refuse it and close the connection."""
        try:
            super().handle_one_request()
        except Problem as problem:
            self._refuse(problem)

    def handle_expect_100(self) -> bool:
        """Tell the client to go on, at once: the write buffer would keep it to itself."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no HTTP, as a problem and without quoting it."""
        self._refuse(Problem(code, f"{HTTPStatus(code).description or 'The request is malformed'}."))

    def version_string(self) -> str:
        """The Server header, which need not tell versions."""
        return "PunAI"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One DEBUG line, without the query."""
        path = getattr(self, "path", "").partition("?")[0]
        event("http", level=logging.DEBUG, method=self.command, path=path, status=int(code))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: whatever is worth a line has its own."""

    def _parse_payload(self) -> tuple[dict[str, Any], bytes | None]:
        return dict(self.headers), read_framed(self.command, self.headers, self.rfile)

    def _send_http_response_with_body(self, code: int, headers: dict[str, Any], body: str | bytes) -> None:
        content = body.encode() if isinstance(body, str) else body
        if len(content) >= COMPRESSED_FROM:
            headers = {**headers, "Vary": ", ".join(filter(None, (headers.get("Vary"), "Accept-Encoding")))}
            if self._takes_gzip():
                headers["Content-Encoding"] = "gzip"
                content = gzip.compress(content, mtime=0)
        self.send_response(code)
        length = {} if code in _WITHOUT_BODY else {"Content-Length": str(len(content))}
        self._send_headers({**length, **headers})
        if self.command != "HEAD":
            self.wfile.write(content)

    def _takes_gzip(self) -> bool:
        asked = getattr(self, "headers", None) or {}
        return "gzip" in accepted(asked.get("Accept-Encoding", "").lower())

    def _refuse(self, problem: Problem) -> None:
        response = problem.response()
        asked = getattr(self, "headers", None) or {}  # there are none yet where the first line is broken
        allowing = cors.headers(asked.get("Origin"))
        own = {"X-Request-Id": str(uuid4()), "Connection": "close"}
        headers = {**response.headers, **ALWAYS, **allowing, **own}
        self._send_http_response_with_body(response.status_code, headers, response.body)
        self.wfile.flush()
        # Closing on unread bytes resets the connection, and the client never sees its answer.
        until = time.monotonic() + LINGER
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGER)
            while time.monotonic() < until and self.connection.recv(64 * 1024):
                pass


class Server(ThreadedHTTPServer):
    """Takes connections, each in a thread of its own, and knows which are open."""

    request_queue_size = 128
    allow_reuse_port = False  # some Pythons allow it, and two servers would share the port without a word

    def __init__(self, address: tuple[str, int], handler: Callable[..., Handler]) -> None:
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Bind without http.server's look-up of the host's full name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Handle one connection."""
        self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            del self._open[request]

    def finish(self) -> None:
        """Let no connection send any more, and wait for the answers under way."""
        until = time.monotonic() + PATIENCE
        connections = list(self._open.items())
        for connection, _ in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        for _, thread in connections:
            thread.join(max(0.0, until - time.monotonic()))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what broke a connection; a client that went away is no error."""
        error = sys.exc_info()[1]
        level = logging.DEBUG if isinstance(error, OSError) else logging.ERROR
        at = frames(error.__traceback__) if error else []
        event("a connection broke", level=level, exception=type(error).__name__, at=at)


_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_STOPPING = (signal.SIGINT, signal.SIGTERM)
