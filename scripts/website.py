"""A website of an origin of its own, on which the widget is a guest."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Page:
    """What is served at a path."""

    body: str
    media_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def serving(pages: Mapping[str, Page]) -> Iterator[str]:
    """Serve these pages, by path, on a free port of this machine; gives the address. Pages may be added."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, pages))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without these two every answer waits 40 ms for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 5

    def __init__(self, pages: Mapping[str, Page], *connection: object) -> None:
        self._pages = pages
        super().__init__(*connection)  # type: ignore[arg-type]  # what the server hands on is not ours to know

    def do_GET(self) -> None:
        """Send the page, or say that there is none."""
        page = self._pages.get(self.path.partition("?")[0])
        body = page.body.encode() if page else b""
        self.send_response(200 if page else 404)
        self.send_header("Content-Type", page.media_type if page else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        for name, value in page.headers.items() if page else ():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
