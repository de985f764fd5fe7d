"""The zip, built once; the stage beside it; and the functions, each in a process that tests share."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.aws import package
from tests.aws.lambda_process import Function, link_runtime, running
from tests.aws.proxy import Proxy, proxy
from tests.aws.stage import Stage, stage

Start = Callable[..., Function]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder that all workers of a session have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if hasattr(request.config, "workerinput") else own


@pytest.fixture(scope="session")
def task(shared: Path) -> Path:
    """The zip, unpacked: nothing in it is ever written to."""
    unpacked = shared / "task"
    with (shared / "zip.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        if not unpacked.exists():
            package.unpack(package.build(shared / "build"), unpacked)
    return unpacked


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's runtime brings along."""
    return link_runtime(tmp_path_factory.mktemp("var") / "runtime")


@pytest.fixture(scope="session")
def aws(moto_server: str) -> Iterator[Proxy]:
    """moto's server, with somebody in front of it who can refuse."""
    with proxy(moto_server) as between:
        yield between


@pytest.fixture(scope="session")
def dev(aws: Proxy, task: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage that the functions run in."""
    with stage(f"punai-{uuid4().hex}", aws.address, task, tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture(scope="session")
def start(task: Path, runtime: Path, dev: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts functions in this stage: `start("app.outbox")`, settings of its own as keywords."""
    # Compiled once for all processes, and not beside the code, to which nothing can be written on Lambda.
    elsewhere = str(tmp_path_factory.mktemp("compiled"))
    compiled = {"PYTHONPYCACHEPREFIX": elsewhere, "PYTHONDONTWRITEBYTECODE": ""}
    with ExitStack() as stack:

        def begin(handler: str = "app.app", **settings: str) -> Function:
            return stack.enter_context(running(task, runtime, handler, dev.settings | compiled | settings))

        yield begin


@pytest.fixture(scope="session")
def web(start: Start) -> Function:
    """The web application's function."""
    return start()
