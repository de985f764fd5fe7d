"""moto's server: DynamoDB, SNS, SSM and many more of AWS's services, on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server


class OneAtATime(MotoRequestHandler):
    """Ends the connection with each answer, so that a server without threads serves many clients."""

    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: a line per request helps nobody."""


@contextmanager
def running() -> Iterator[str]:
    """Its address, for as long as it runs."""
    application = DomainDispatcherApplication(create_backend_app)
    # moto undoes a failed transaction by putting back the whole table: only one request at a time is safe.
    server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=OneAtATime)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
