"""A turn over local HTTP against Chalice's local server answering nothing at all."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalChalice, LocalDevServer

from benchmarks.turn import MESSAGE, desk_on_disk, instant_model, side_by_side
from punai.web.local import running


def run(rounds: int = 300) -> None:
    """Print the medians of both, side by side, with a model and without one."""
    number = iter(range(10**9))

    def chat() -> dict[str, str]:
        return {"user_id": f"u{next(number)}", "message": MESSAGE}

    with bare_chalice() as bare:
        for label, model in (("instant model", "openai:instant"), ("local", "local")):
            with instant_model(), desk_on_disk(model) as desk, running(desk, "127.0.0.1", 0) as address:
                ours = Client(address)
                ours_ms, bare_ms = side_by_side(
                    lambda ours=ours: ours.post("/chat", chat()),  # type: ignore[misc]  # a default binds it
                    lambda: bare.post("/nothing", {}),
                    rounds,
                )
                print(
                    f"http: POST /chat, {label:<14}{ours_ms:6.2f} ms, Chalice's local server alone"
                    f" {bare_ms:.2f} ms: {ours_ms - bare_ms:.2f} ms more"
                )


class Client:
    """One kept-alive connection."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)

    def post(self, path: str, body: object) -> object:
        """POST JSON, get JSON; anything but 200 is an error."""
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {answer!r}")
        return json.loads(answer)


class Mended(ChaliceRequestHandler):
    """Chalice's handler without what would flatter us: Nagle's 40 ms, and a log line a request."""

    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def bare_chalice() -> Iterator[Client]:
    """Chalice's own local server, with one route that does nothing."""
    app = Chalice(app_name="bare", configure_logs=False)
    app.route("/nothing", methods=["POST"])(lambda: {"nothing": True})
    app.__class__ = LocalChalice
    server = LocalDevServer(app, Config.create(), "127.0.0.1", 0, handler_cls=Mended)
    thread = threading.Thread(target=server.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Client(f"http://127.0.0.1:{server.server.server_port}")
    finally:
        server.shutdown()
        server.server.server_close()
