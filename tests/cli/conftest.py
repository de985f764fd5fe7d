"""The real command in a process of its own, on a small business written for the test."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.models import Inbound
from punai.settings import Settings

BUSINESS = """
name = "Teahouse"

[[intents]]
name = "order_status"
description = "where an order is"
examples = ["where is my order", "my parcel has not arrived", "track my order"]

[[intents]]
name = "gratitude"
description = "thanks"
examples = ["thank you", "cheers, that helped", "many thanks"]
reply = "You are welcome."

[[intents]]
name = "legal_threat"
description = "mentions a lawyer"
examples = ["you will hear from my lawyer", "I will take you to court"]
escalate = true
"""

DELIVERY = """# Delivery times

Tea is delivered within three working days. Express delivery arrives on the next day.
"""

Run = Callable[..., subprocess.CompletedProcess[str]]
Terminal = Callable[..., tuple[str, int]]


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A folder of plugins with one business in it."""
    folder = tmp_path / "plugins"
    write_business(folder / "teahouse")
    return folder


@pytest.fixture
def environment(tmp_path: Path, plugins: Path) -> dict[str, str]:
    """The settings of the test, and nobody else's."""
    others = ("PUNAI_", "OPENAI_", "AWS_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return inherited | {
        "PUNAI_STORE": f"sqlite:///{tmp_path / 'punai.db'}",
        "PUNAI_PLUGINS": str(plugins),
        "PUNAI_MODEL": "local",
        "PUNAI_CACHE": os.environ["PUNAI_CACHE"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture
def punai(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run `punai ARGS...`: the process when it has ended, with what it printed."""

    def run(*args: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "punai", *args],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
            cwd=tmp_path,
            env=environment | settings,
        )

    return run


@pytest.fixture
def terminal(tmp_path: Path, environment: dict[str, str]) -> Terminal:
    """Run `punai ARGS...` at a terminal and type lines, each when it asks: what was shown, the exit code."""

    def run(*args: str, typed: list[str]) -> tuple[str, int]:
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "punai", *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment | {"TERM": "dumb"},
            cwd=tmp_path,
        ) as process:
            os.close(theirs)
            shown = ""
            for line in typed:
                shown += _read(ours, until=(b"> ", b": "))
                os.write(ours, line.encode() + b"\n" * line.isprintable())
            shown += _read(ours, until=())
            code = process.wait(timeout=30)
        os.close(ours)
        return shown, code

    return run


def _read(terminal: int, *, until: tuple[bytes, ...]) -> str:
    shown = b""
    while not shown.endswith(until):
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # the command has ended
            break
    return shown.decode().replace("\r", "")


@pytest.fixture
def desk(tmp_path: Path, plugins: Path) -> Iterator[Desk]:
    """The business's desk on the store that the command uses too."""
    store = f"sqlite:///{tmp_path / 'punai.db'}"
    desk = open_desk(Settings(store=store, plugins=plugins, model="local", business="teahouse"))
    desk.store.prepare()
    yield desk
    desk.store.close()


def write_business(folder: Path, text: str = BUSINESS) -> None:
    """Write a pack with one document."""
    (folder / "knowledge").mkdir(parents=True)
    (folder / "business.toml").write_text(text, encoding="utf-8")
    (folder / "knowledge" / "delivery.md").write_text(DELIVERY, encoding="utf-8")


def say(desk: Desk, user: str, *messages: str) -> None:
    """Have a customer say these things, one after the other."""
    for message in messages:
        desk.receive("teahouse", Inbound(user_id=user, text=message))


def json_lines(text: str) -> list[Any]:
    """Every line, parsed."""
    return [json.loads(line) for line in text.splitlines()]


def assert_one_line_error(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """It ended with that code, printed no result and one line of complaint with all of the words."""
    assert (done.returncode, done.stdout) == (code, ""), done
    assert done.stderr.startswith("punai: ")
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr
