"""AWS on one machine: moto's server, and DynamoDB Local where Java and npm are there."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from punai.testing.dynamodb_local import NotAvailable, running

CACHE = Path(__file__).parents[2] / ".cache"


@pytest.fixture(scope="class")
def aws() -> Iterator[pytest.MonkeyPatch]:
    """An environment whose credentials and region lead nowhere, whatever this machine has."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            environment.setenv(name, os.devnull)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        environment.setenv("AWS_ACCESS_KEY_ID", "nobody")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        yield environment


class OneAtATime(MotoRequestHandler):
    """Ends the connection with each answer, so that a server without threads serves many clients."""

    protocol_version = "HTTP/1.0"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: a line per request helps nobody."""


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of moto's server: DynamoDB, SNS, SSM and many more."""
    application = DomainDispatcherApplication(create_backend_app)
    # moto undoes a failed transaction by putting back the whole table: only one request at a time is safe.
    server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=OneAtATime)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[str]:
    """The address of DynamoDB Local, Amazon's own engine."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(running(CACHE))
        except NotAvailable as reason:
            pytest.skip(str(reason))
        yield address
