"""`punai serve`."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Run, assert_one_line_error, json_lines

Server = tuple[subprocess.Popen[str], str]


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """A running `punai serve`, and its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "punai", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
        cwd=tmp_path,
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        address = re.fullmatch(r"PunAI listens on (http://127\.0\.0\.1:\d+) \(Ctrl-C ends it\)\n", line)
        assert address, line + process.stderr.read()
        yield process, address[1]
        process.kill()


def test_customers_are_answered_and_it_ends_when_told(server: Server) -> None:
    process, address = server
    body = {"user_id": "ada", "message": "thank you"}
    answer = httpx.post(f"{address}/chat", json=body, timeout=10).json()
    process.terminate()
    stdout, stderr = process.communicate(timeout=20)

    assert (answer["reply"], answer["answered_by"]) == ("You are welcome.", "reply")
    assert (process.returncode, stderr) == (0, "")
    turns = [line for line in json_lines(stdout) if line["message"] == "turn"]
    assert [turn["tenant"] for turn in turns] == ["teahouse"]
    assert "thank you" not in stdout


def test_escalations_are_delivered_by_the_worker(server: Server, punai: Run) -> None:
    _, address = server
    body = {"user_id": "ada", "message": "you will hear from my lawyer"}
    assert httpx.post(f"{address}/chat", json=body, timeout=10).json()["escalation"] is True

    deadline = time.monotonic() + 20
    status = ""
    while status != "delivered" and time.monotonic() < deadline:
        (escalation,) = json.loads(punai("escalations", "--json").stdout)
        status = escalation["deliveries"][0]["status"]
    assert status == "delivered"


def test_interrupting_it_is_quiet(server: Server) -> None:
    process, _ = server
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert stderr == ""
    assert process.returncode in (0, 130)


def test_a_taken_port_is_one_line(punai: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_one_line_error(punai("serve", "--port", port), 1, port, "--port", "in use")


def test_a_host_that_is_not_here_is_one_line(punai: Run) -> None:
    assert_one_line_error(punai("serve", "--host", "192.0.2.1", "--port", "0"), 1, "192.0.2.1", "--host")
