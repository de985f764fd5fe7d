"""A message is understood on one thread: several spin while they wait, on cores that others need too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="numpy is not installed: nothing starts threads")
THREADS = Path("/proc/self/task")
COUNT = f"import os; print(len(os.listdir({str(THREADS)!r})))"


pytestmark = pytest.mark.skipif(not THREADS.exists(), reason="this system does not tell a process's threads")


def threads_after(code: str, **given: str) -> int:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GOTO_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in names} | given
    command = [sys.executable, "-c", f"{code}; {COUNT}"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return int(run.stdout)


@pytest.mark.parametrize(("asked", "threads"), [(None, 1), ("2", 2)])
def test_numpy_runs_on_one_thread_unless_asked_for_more(asked: str | None, threads: int) -> None:
    if asked and (os.cpu_count() or 1) < int(asked):
        pytest.skip("this machine has one core")
    given = {"OPENBLAS_NUM_THREADS": asked} if asked else {}
    assert threads_after("import punai.understanding.regression", **given) == threads


def test_network_runs_on_one_thread() -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: nothing writes the network")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: nothing runs the network")
    own = "import punai.understanding, onnxruntime"  # it keeps one to itself
    code = f"{own}; from tests.understanding.network import encoder; encoder().embed(['open', 'my order'])"
    assert threads_after(code) == threads_after(own)
