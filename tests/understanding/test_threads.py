"""A message is understood on one thread: several spin while they wait, on cores that others need too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="numpy is not installed: nothing runs the network")
THREADS = Path("/proc/self/task")
COUNT = f"import os, punai.understanding.regression; print(len(os.listdir({str(THREADS)!r})))"


@pytest.mark.skipif(not THREADS.exists(), reason="this system does not tell a process's threads")
@pytest.mark.parametrize(("asked", "threads"), [(None, 1), ("2", 2)])
def test_numpy_runs_on_one_thread_unless_asked_for_more(asked: str | None, threads: int) -> None:
    if asked and (os.cpu_count() or 1) < int(asked):
        pytest.skip("this machine has one core")
    given = {"OPENBLAS_NUM_THREADS": asked} if asked else {}
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GOTO_NUM_THREADS")
    environment = {name: value for name, value in os.environ.items() if name not in names} | given
    run = subprocess.run(
        [sys.executable, "-c", COUNT], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert int(run.stdout) == threads
