"""A program: moto's server, which tells its address on stdout and ends with its stdin."""

import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.moto_server import OneAtATime


def main() -> None:
    """Serve until the end of stdin."""
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=OneAtATime)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - for the test to read
    sys.stdin.read()


if __name__ == "__main__":
    main()
