"""A program that starts servers and kills them: `python -m tests.faults.launcher`, settings as `PUNAI_*`.

It takes orders on stdin, a line each, and says on stdout what became of them:

    start N worker    forks a server whose clock is N crashes ahead; its address follows once it takes
                      connections; with `start N alone` there is no worker beside it
    kill              stops it by SIGKILL, wherever it is, and says `killed`

It ends with its stdin, and a server ends with its launcher: nothing outlives the test. To import all that a
server needs takes more than a second, and is done once, here.
"""

import os
import signal
import sys
import time
from contextlib import nullcontext
from datetime import datetime, timedelta

from boto3.session import Session

from punai import bootstrap
from punai.desk import Desk, utc_now
from punai.outbox import LEASE
from punai.web.local import running
from punai.worker import Worker
from tests.house import Clock

CRASH = LEASE + timedelta(seconds=1)
"""How long a crash lasts by the servers' clocks: every lease of the dead has run out when the next one comes.

So no lease needs to be shortened, and a server that is merely slow is never taken for dead.
"""


class Later(Clock):
    """The time, so many crashes later than it is."""

    def __init__(self, crashes: int) -> None:
        super().__init__()
        self._ahead = crashes * CRASH

    def __call__(self) -> datetime:
        return utc_now() + self._ahead


def serve(crashes: int, beside: str, launcher: int) -> None:
    """What `punai serve` does, on a clock of its own, until the launcher is gone or kills this process."""
    opened = bootstrap.open_desk()
    businesses = {name: pipeline.business for name, pipeline in opened.pipelines.items()}
    desk = Desk(opened.store, opened.plugins, businesses, opened.default_tenant, clock=Later(crashes))
    desk.warm_up()
    desk.store.prepare()
    worker = Worker(desk, pause=timedelta(milliseconds=100)) if beside == "worker" else nullcontext()
    with worker, running(desk, "127.0.0.1", 0) as address:
        say(address)
        while os.getppid() == launcher:
            time.sleep(0.5)


def say(line: str) -> None:
    """One line in one write, so that two processes' lines never mix."""
    os.write(1, f"{line}\n".encode())


def kill(server: int) -> None:
    """End the server at once, and wait until it is gone."""
    os.kill(server, signal.SIGKILL)
    os.waitpid(server, 0)


def main() -> None:
    """Follow the orders."""
    # Opened to have everything imported: neither connects to anything, or is used.
    bootstrap.open_desk()
    Session().client("dynamodb", region_name="eu-west-1")
    launcher, server = os.getpid(), 0
    for order in sys.stdin:
        match order.split():
            case ["start", crashes, beside]:
                server = os.fork()
                if server == 0:
                    try:
                        serve(int(crashes), beside, launcher)
                    finally:
                        os._exit(1)  # never back into the launcher's loop
            case ["kill"]:
                kill(server)
                server = 0
                say("killed")
    if server:
        kill(server)


if __name__ == "__main__":
    main()
