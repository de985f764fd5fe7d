"""Processes that tests start and stop: the application's servers, one after the other, and moto's."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which something that should have happened will not: a busy machine is given time."""


@contextmanager
def program(module: str, environment: Mapping[str, str], log: Path) -> Iterator[tuple[IO[str], IO[str]]]:
    """A module run by this Python, with its stdin and stdout; it ends when its stdin does."""
    with log.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            yield process.stdin, process.stdout
        finally:
            process.stdin.close()
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass
class Place:
    """Where messages are sent to: its address, while there is one, and how many servers died there."""

    address: str | None = None
    kills: int = 0


class Servers(Place):
    """The application in a process of its own: at most one at a time, which `kill` stops by SIGKILL."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        super().__init__()
        self._orders, self._answers = orders, answers
        self._changed = threading.Condition()
        self._dead = True
        self._listening = threading.Thread(target=self._listen, name="servers", daemon=True)
        self._listening.start()

    def start(self, *, worker: bool = True) -> None:
        """Start a server; it is not waited for."""
        self._dead = False
        self._order(f"start {self.kills} {'worker' if worker else 'alone'}")

    def wait_until_up(self) -> str:
        """The address of the server, once it takes connections."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.address, PATIENCE), "the server did not start"
            assert self.address
            return self.address

    def kill(self) -> None:
        """Stop the server in the middle of whatever it does."""
        self._order("kill")
        with self._changed:
            assert self._changed.wait_for(lambda: self._dead, PATIENCE), "the server did not die"
            self.address = None
            self.kills += 1

    def _order(self, order: str) -> None:
        self._orders.write(f"{order}\n")
        self._orders.flush()

    def _listen(self) -> None:
        for line in self._answers:
            with self._changed:
                if line.startswith("http"):
                    self.address = line.strip()
                else:
                    self._dead = True
                self._changed.notify_all()


@contextmanager
def servers(environment: Mapping[str, str], log: Path) -> Iterator[Servers]:
    """A launcher of servers with this environment; what they complain of is in the log."""
    with program("tests.faults.launcher", environment, log) as (orders, answers):
        try:
            yield Servers(orders, answers)
        except BaseException as error:
            error.add_note(f"The servers said:\n{log.read_text()[-3000:]}")
            raise


@contextmanager
def moto(log: Path) -> Iterator[str]:
    """The address of moto's server, in a process of its own, so that it has a processor of its own."""
    with program("tests.faults.moto_process", {}, log) as (_, answers):
        yield answers.readline().strip()
