"""What understanding costs a machine: training on 15,000 examples, then a fresh process that serves from it.

Run as a program it is that process: `python -m benchmarks.footprint FILE SIZE MESSAGES`.
"""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from punai.models import Intent
from punai.settings import Settings
from punai.understanding import artefact, trained, weights
from punai.understanding.classifier import Classifier

EXAMPLES = 15_000
MESSAGES = 500
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
AIMS = {"full": "5 ms, 1 s, 250 MB", "small": "0.5 ms"}


def measure(intents: Sequence[Intent], messages: Sequence[str], size: str) -> None:
    """Print how long training took by the clock, and what loading and serving took on one core."""
    encoder = weights.encoder(Settings().cache.expanduser()) if size == "full" else None
    told: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        start, worked = time.perf_counter(), time.process_time()
        path = trained.train_into(intents, Path(folder), encoder, told.append)
        taken, worked = time.perf_counter() - start, time.process_time() - worked
        asked = Path(folder) / "messages"
        asked.write_text("\n".join(message.replace("\n", " ") for message in messages[:MESSAGES]))
        arguments = (str(path), size, str(asked))
        process = subprocess.run(  # noqa: S603  this interpreter, with this file
            [sys.executable, "-m", "benchmarks.footprint", *arguments],
            env={**os.environ, **ONE_CORE},
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
    seconds, bare, megabytes, median = map(float, process.stdout.split())
    examples = sum(len(intent.examples) for intent in intents)
    print(
        f"understanding: {examples} examples of {len(intents)} intents, {size}: trained in {taken:.0f} s "
        f"(aim 120), {worked:.0f} s of processor time, progress told {len(told)} times; "
        f"in a fresh process on one core {median:.2f} ms a message, "
        f"loaded in {seconds:.2f} s, {seconds / bare:.1f} x a bare Python, "
        f"{megabytes:.0f} MB at most (aim {AIMS[size]})",
        flush=True,
    )


def _serve(path: Path, size: str, asked: Path) -> None:
    """Load and answer; print seconds to load, and of a bare start, MB at most, the median message's ms."""
    bare = min(_bare_start() for _ in range(5))
    start = time.perf_counter()
    encoder = weights.encoder(Settings().cache.expanduser()) if size == "full" else None
    classifier = Classifier.load(*artefact.read(path), encoder)
    loaded = time.perf_counter() - start
    times = []
    for text in asked.read_text().splitlines():
        begin = time.perf_counter()
        classifier.intents(text)
        times.append((time.perf_counter() - begin) * 1000)
    print(loaded, bare, _most_megabytes(), statistics.median(times))


def _most_megabytes() -> float:
    """What this process took at most."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux, whose getrusage counts what the parent took before, too
        [kilobytes] = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(kilobytes) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _bare_start() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True, timeout=60)
    return time.perf_counter() - start


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
