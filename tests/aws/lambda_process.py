"""The function as Lambda runs it: an unpacked zip, the runtime's own packages, and nothing else."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tests.aws.runtime_api import STARTING, TIMEOUT, NoAnswer, RuntimeAPI

REGION, ACCOUNT = "eu-west-1", "123456789012"
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
RUNTIME_BRINGS = ("boto3", "awslambdaric")
STOPPING = 10.0


def link_runtime(folder: Path) -> Path:
    """Make what is /var/runtime on Lambda: links to boto3 and the runtime client as they are installed here,
    and to what they need."""
    folder.mkdir()
    for name in needed_by(RUNTIME_BRINGS):
        installed = distribution(name)
        for part in {file.parts[0] for file in installed.files or () if file.parts[0] != ".."}:
            if part not in ("__pycache__", "bin"):
                (folder / part).symlink_to(Path(str(installed.locate_file(part))))
    return folder


def needed_by(names: tuple[str, ...]) -> set[str]:
    """These distributions and all that they require."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            required = [Requirement(each) for each in distribution(name).requires or ()]
            left += [each.name for each in required if not each.marker or each.marker.evaluate({"extra": ""})]
    return found


class Function:
    """One process of one function: what is one execution environment on Lambda."""

    def __init__(self, api: RuntimeAPI, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._api, self._process, self._log = api, process, log

    def wait_until_ready(self) -> None:
        """Wait until its initialisation is over.

        Raises:
            FunctionError: it failed.
            NoAnswer: it took too long, or the process died.
        """
        deadline = time.monotonic() + STARTING
        while not self._api.ready.wait(0.05):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NoAnswer(f"the function did not start: {self.log[-3000:]}")
        if self._api.failed_start:
            raise self._api.failed_start

    def invoke(self, event: Any, *, timeout: float = TIMEOUT) -> Any:
        """Its answer to an event; raises what `RuntimeAPI.invoke` raises."""
        return self._api.invoke(event, timeout=timeout)

    @property
    def log(self) -> str:
        """What it wrote to stdout and stderr so far: on Lambda that goes to CloudWatch."""
        return self._log.read_text(encoding="utf-8")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log, which is JSON, line by line."""
        return [json.loads(line) for line in self.log.splitlines()]

    def stop(self) -> None:
        """End the process, wherever it is."""
        self._process.kill()
        self._process.wait(STOPPING)


@contextmanager
def running(
    task: Path, runtime: Path, handler: str, settings: Mapping[str, str], *, wait: bool = True
) -> Iterator[Function]:
    """A process of the function unpacked in `task`, for the time of a `with` block.

    Its settings are environment variables, over Lambda's own. It is waited for, unless told otherwise.
    """
    name = "punai-dev" if handler == "app.app" else f"punai-dev-{handler.partition('.')[2]}"
    # The log is a file and not a pipe: what was written before an answer can be read as soon as that is here.
    with (
        RuntimeAPI(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}") as api,
        tempfile.NamedTemporaryFile(suffix=".log") as log,
    ):
        process = subprocess.Popen(
            command("-m", "awslambdaric", handler),
            cwd=task,
            env={
                **environment(task, runtime, name, handler),
                "AWS_LAMBDA_RUNTIME_API": api.address,
                **settings,
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        function = Function(api, process, Path(log.name))
        try:
            if wait:
                function.wait_until_ready()
            yield function
        finally:
            function.stop()


def command(*arguments: str) -> list[str]:
    """This Python with these arguments, and without the packages that are installed for it."""
    return [sys.executable, "-S", *arguments]


def environment(task: Path, runtime: Path, name: str, handler: str) -> dict[str, str]:
    """The environment that Lambda gives a function, by the list in its developer guide ("Defined runtime
    environment variables"), and nothing of this machine's."""
    return {
        "_HANDLER": handler,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_SESSION_TOKEN": "nowhere",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{PYTHON}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/31/[$LATEST]0123456789abcdef0123456789abcdef",
        "LAMBDA_RUNTIME_DIR": str(runtime),
        "LAMBDA_TASK_ROOT": str(task),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(runtime),
        # A function's code lies in a file system that nothing can be written to.
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": ":UTC",
    }
