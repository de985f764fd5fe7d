"""Play the sample against DynamoDB and SNS on this machine, with a model and without one."""

import json
import logging
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.cost.measured import Measured
from benchmarks.cost.sample import answer, answer_characters, prompt_characters
from benchmarks.storage import CACHE, as_nobody
from punai.bootstrap import open_desk
from punai.settings import DEFAULT_OPENAI_MODEL, LOCAL, Settings
from punai.testing import OpenAIServer
from punai.testing.dynamodb_local import NotAvailable, running

ROOT = Path(__file__).parents[2]
ROUNDS = 8
"""How often the sample is played for its processor time; the first is to warm up."""
PLAYING = 300  # seconds, at most
STARTS = 3
"""How often a cold start is measured."""
HANDLERS, WITH_EMAIL = 'escalate_to = ["log"]', 'escalate_to = ["log", "sns_email"]'
"""The sample shop's handlers, and those that docs/deploying.md tells to set."""


def measure(
    models: Sequence[str] = (LOCAL, DEFAULT_OPENAI_MODEL), rounds: int = ROUNDS, starts: int = STARTS
) -> tuple[str, dict[str, Measured]]:
    """Which DynamoDB it was measured on, and what the sample took, by the model's name (`local` for none)."""
    with (
        _aws() as (engine, environment),
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as cache,
    ):
        _copy_shop(Path(folder))
        environment |= {"PUNAI_PLUGINS": folder, "AWS_LAMBDA_FUNCTION_NAME": "punai-prod"}
        # On Lambda there are no embeddings, whatever this machine's own cache has.
        environment["PUNAI_CACHE"] = cache
        return engine, {model: _played(model, rounds, starts, environment) for model in models}


@contextmanager
def _aws() -> Iterator[tuple[str, dict[str, str]]]:
    """DynamoDB, of Amazon's own engine where that runs, and all else of moto: what it is, and where."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # or it tells of every request
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    elsewhere = f"http://{host}:{port}"
    try:
        try:
            with running(CACHE) as address, as_nobody(address):
                yield "DynamoDB Local", _environment(elsewhere)
        except NotAvailable as reason:
            with as_nobody(elsewhere):
                yield f"moto ({reason})", _environment(elsewhere)
    finally:
        moto.stop()


def _environment(elsewhere: str) -> dict[str, str]:
    """A function's environment, with a topic, and a bucket in which there are no documents yet."""
    from boto3.session import Session

    session, bucket = Session(), "punai-prod-documents"
    topic = session.client("sns", endpoint_url=elsewhere).create_topic(Name="punai-prod-escalations")
    place = {"LocationConstraint": session.region_name}
    session.client("s3", endpoint_url=elsewhere).create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PUNAI_", "OPENAI_"))}
    return {
        **kept,
        "AWS_ENDPOINT_URL_S3": elsewhere,
        "AWS_ENDPOINT_URL_SNS": elsewhere,
        "PUNAI_TOPIC": topic["TopicArn"],
        "PUNAI_DOCUMENTS": f"s3://{bucket}",
    }


def _copy_shop(folder: Path) -> None:
    shutil.copytree(ROOT / "plugins" / "shop", folder / "shop")
    pack = folder / "shop" / "business.toml"
    words = pack.read_text(encoding="utf-8")
    if HANDLERS not in words:
        raise ValueError(f"{pack.name} of the sample shop does not say {HANDLERS} any more")
    pack.write_text(words.replace(HANDLERS, WITH_EMAIL), encoding="utf-8")


def _played(model: str, rounds: int, starts: int, shared: Mapping[str, str]) -> Measured:
    store = f"dynamodb://punai-{model.partition(':')[0]}"
    open_desk(Settings(store=store, model=LOCAL)).store.prepare()
    with OpenAIServer(default=answer) as server:
        environment = {**shared, "PUNAI_STORE": store, "PUNAI_MODEL": model}
        environment |= {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.api_key}
        told = _run("-m", "benchmarks.cost.functions", str(rounds), environment=environment)
        measured = Measured.read(json.loads(told))
        # Each round asks the same.
        measured.model_calls = server.calls // (rounds + 1)
        asked = server.requests[: measured.model_calls]
        measured.prompt_characters = sum(map(prompt_characters, asked))
        measured.answer_characters = sum(map(answer_characters, asked))
        measured.start_ms = statistics.median(_start_ms(environment) for _ in range(starts))
    return measured


def _start_ms(environment: Mapping[str, str]) -> float:
    """The processor time of a cold start: from the interpreter's beginning until the desk is open.

    Nothing is compiled beforehand, as on Lambda, where only what the runtime brings is.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as empty:
        nothing = {"PYTHONPYCACHEPREFIX": empty, "PYTHONDONTWRITEBYTECODE": "1"}
        _run("-c", "import app", environment={**environment, **nothing})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def _run(*arguments: str, environment: Mapping[str, str]) -> str:
    # This interpreter, with this package's own code.
    done = subprocess.run(  # noqa: S603
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PLAYING,
    )
    return done.stdout
