"""The Lambda zip under Lambda's runtime client, against the least that answers with a model there."""

import inspect
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.storage import CACHE, as_nobody
from benchmarks.turn import MESSAGE, REPLY, Bare, instant_answer
from punai.bootstrap import open_desk
from punai.settings import Settings
from punai.testing import Failure, OpenAIServer
from punai.testing.dynamodb_local import NotAvailable
from punai.testing.dynamodb_local import running as dynamodb_local
from tests.aws import package
from tests.aws.events import request
from tests.aws.lambda_process import Function, link_runtime, running

COLD, WARM, WARM_UP = 10, 200, 20
SLOW = 0.3
"""Seconds that a quick model takes in truth."""
LEAST = f"""
from chalice import Chalice
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

{inspect.getsource(Bare)}

app = Chalice(app_name="bare", configure_logs=False)
model = ChatOpenAI(model="instant", max_retries=0).with_structured_output(Bare)


@app.route("/chat", methods=["POST"])
def chat():
    return model.invoke(app.current_request.json_body["message"]).model_dump()
"""
"""A bare Chalice function: the model's client is made while it starts, as PunAI's is."""
NOTES = f"""\
        As on Lambda, where nothing can be written beside the code, each start compiles what it imports, but
        for boto3. "{SLOW:g} s" is with a model that takes as long; the others answer at once."""

Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An unpacked zip, and the settings that it runs with."""

    name: str
    task: Path
    settings: Mapping[str, str]


def run() -> None:
    """Print medians of cold starts and warm turns, each beside those of the bare function, and the ratios."""
    with (
        tempfile.TemporaryDirectory() as given,
        OpenAIServer(default=instant_answer) as instant,
        ExitStack() as stack,
    ):
        folder = Path(given)
        start = time.perf_counter()
        zipped = package.build(folder / "build")
        seconds = time.perf_counter() - start
        print(f"lambda: {zipped.stat().st_size / 1e6:.1f} MB zipped, built in {seconds:.0f} s")
        task, runtime = package.unpack(zipped, folder / "task"), link_runtime(folder / "runtime")
        slow = stack.enter_context(OpenAIServer(default=_slow_answer))
        bare = bare_function(task, folder / "bare")
        candidates = [Candidate("bare", bare, model_at(instant))]
        candidates += [Candidate("SQLite in memory", task, model_at(instant) | store("sqlite:///:memory:"))]
        bare_slow, punai_slow = [Candidate(f"bare, {SLOW:g} s", bare, model_at(slow))], []
        try:
            table = stack.enter_context(table_in_dynamodb_local())
            candidates.append(Candidate("DynamoDB Local", task, model_at(instant) | table))
            punai_slow.append(Candidate(f"DynamoDB Local, {SLOW:g} s", task, model_at(slow) | table))
        except NotAvailable as reason:
            print(f"        DynamoDB Local is left out: {reason}")
        cold, processor = cold_starts(candidates, runtime)
        report("cold start", "s", 1, cold)
        report("processor time of it", "s", 1, processor)
        report("warm turn", "ms", 1000, warm_turns(candidates, runtime, WARM))
        report("warm turn", "ms", 1000, warm_turns(bare_slow + punai_slow, runtime, WARM // 10))
        print(NOTES)


def report(what: str, unit: str, scale: int, times: Times) -> None:
    """Print the median of each beside the first one's."""
    medians = {name: scale * statistics.median(values) for name, values in times.items()}
    bare, *others = medians
    for name in others:
        ratio = medians[name] / medians[bare]
        print(
            f"lambda: {what:<20} {name:<22}{medians[name]:8.2f} {unit}, {bare} {medians[bare]:.2f} {unit}:"
            f" {ratio:.2f} x"
        )


def cold_starts(candidates: Sequence[Candidate], runtime: Path) -> tuple[Times, Times]:
    """Seconds from the start of a process to its first answer, one after the other; and its processor's."""
    times: Times = {candidate.name: [] for candidate in candidates}
    processor: Times = {candidate.name: [] for candidate in candidates}
    for number in range(COLD):
        for candidate in candidates:
            before, start = of_ended_processes(), time.perf_counter()
            with running(candidate.task, runtime, "app.app", candidate.settings, wait=False) as function:
                say(function, number)
                times[candidate.name].append(time.perf_counter() - start)
            processor[candidate.name].append(of_ended_processes() - before)
    return times, processor


def of_ended_processes() -> float:
    """Processor seconds that this one's children took which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def warm_turns(candidates: Sequence[Candidate], runtime: Path, rounds: int) -> Times:
    """Seconds of later turns, one after the other."""
    times: Times = {candidate.name: [] for candidate in candidates}
    with ExitStack() as stack:
        functions = [
            stack.enter_context(running(each.task, runtime, "app.app", each.settings)) for each in candidates
        ]
        for number in range(WARM_UP + rounds):
            for candidate, function in zip(candidates, functions, strict=True):
                start = time.perf_counter()
                say(function, number)
                if number >= WARM_UP:
                    times[candidate.name].append(time.perf_counter() - start)
    return times


def _slow_answer(request: dict[str, Any]) -> Failure:
    return Failure.slow(SLOW, instant_answer(request))


def say(function: Function, number: int) -> None:
    """A new customer's first message, which the model answers."""
    answer = function.invoke(request("POST", "/chat", {"user_id": f"u{number}", "message": MESSAGE}))
    if answer["statusCode"] != 200 or json.loads(answer["body"])["reply"] != REPLY:
        raise RuntimeError(f"the function answered {answer}")


def bare_function(task: Path, folder: Path) -> Path:
    """Make the bare function's folder: the same packages, and an application of its own."""
    folder.mkdir()
    for part in task.iterdir():
        if part.name not in ("app.py", "punai", "plugins"):
            (folder / part.name).symlink_to(part)
    (folder / "app.py").write_text(LEAST, encoding="utf-8")
    return folder


def model_at(server: OpenAIServer) -> dict[str, str]:
    """The settings that bring a function to a model."""
    return {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.api_key}


def store(url: str) -> dict[str, str]:
    """The setting that brings a function to its store."""
    return {"PUNAI_STORE": url}


@contextmanager
def table_in_dynamodb_local() -> Iterator[dict[str, str]]:
    """Settings with a table in Amazon's own engine.

    Raises:
        NotAvailable: it does not run on this machine.
    """
    with dynamodb_local(CACHE) as address:
        with as_nobody(address):
            desk = open_desk(Settings(store="dynamodb://punai-dev", model="local"))
            desk.store.prepare()
            desk.store.close()
        yield {**store("dynamodb://punai-dev"), "AWS_ENDPOINT_URL_DYNAMODB": address}
