"""What a turn costs in DynamoDB as its conversation grows: PunAI's store, and what people use today.

All of them unmodified and as they are by default, in one run on DynamoDB Local.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import click
from botocore.exceptions import ClientError

from benchmarks.figure import PICTURE, Curve, draw
from benchmarks.memories import ChatMessageHistory, LangGraph, Memory, PunAI
from benchmarks.meter import Cost, Meter
from punai.testing.dynamodb_local import NotAvailable, running

CACHE = Path(__file__).parents[1] / ".cache"
SHOWN = (1, 100, 400, 1000, 5000)
BETWEEN = (2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 150, 200, 250, 300, 350, 450, 500, 700, 1500, 2000, 3000, 4000)
DRAWN = sorted(SHOWN + BETWEEN)
KB = 1024


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something to measure, its name in the picture if it is in there, and the packages it takes."""

    name: str
    make: Callable[[], Memory]
    drawn_as: str = ""
    packages: tuple[str, ...] = ()

    @property
    def missing(self) -> str:
        """The packages that are not there."""
        return ", ".join(name for name in self.packages if find_spec(name.replace("-", "_")) is None)

    @property
    def label(self) -> str:
        """Its name, with the versions of its packages."""
        return ", ".join([self.name, *(f"{name} {version(name)}" for name in self.packages)])


CANDIDATES = (
    Candidate("PunAI", lambda: PunAI(named=True), "PunAI"),
    Candidate("PunAI, the conversation not named", lambda: PunAI(named=False)),
    Candidate(
        "DynamoDBChatMessageHistory", ChatMessageHistory, "langchain-community", ("langchain-community",)
    ),
    Candidate("LangGraph", LangGraph, "LangGraph", ("langgraph", "langgraph-checkpoint-aws")),
)
NOTES = """\
         DynamoDB Local counts 4 write units per KB written in a transaction, AWS 2.
         LangGraph's option to put what exceeds 350 KB into S3 is off, as it is by default."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What turns cost, by their number; and where no more fit, the first that was refused, and why."""

    costs: dict[int, Cost]
    refused: tuple[int, str] | None = None


def run() -> None:
    """Print what a turn costs early and late; where everything is there to be measured, draw it."""
    curves = []
    try:
        with running(CACHE) as address, as_nobody(address):
            print(f"storage: {'':<44}turn  calls  write units  read units  KB sent")
            for candidate in CANDIDATES:
                if candidate.missing:
                    print(f"         {candidate.name}: left out, since {candidate.missing} is not installed")
                    continue
                with click.progressbar(length=SHOWN[-1], label=candidate.name, file=sys.stderr) as bar:
                    measured = measure(candidate, DRAWN, bar.update)
                print(*_rows(candidate.label, measured), sep="\n")
                if candidate.drawn_as:
                    curves.append(_curve(candidate.drawn_as, measured))
    except NotAvailable as reason:
        print(f"storage: left out: {reason}")
        return
    print(NOTES)
    if not any(candidate.missing for candidate in CANDIDATES):
        PICTURE.write_text(draw(curves), encoding="utf-8")
        print(f"         drawn: {PICTURE.relative_to(CACHE.parent)}")


def measure(
    candidate: Candidate, turns: Sequence[int], progress: Callable[[int], object] = lambda more: None
) -> Measured:
    """What turns of one conversation cost: these at least. `progress` hears how many more were stored."""
    costs: dict[int, Cost] = {}
    meter, turn = Meter(), 0
    logging.getLogger("langgraph_checkpoint_aws").setLevel(logging.CRITICAL)  # what it logs, it raises too
    with meter.counting():
        memory = candidate.make()
        for wanted in turns:
            skipped = memory.skip(wanted - turn - 1)
            turn += skipped
            progress(skipped)
            while turn < wanted:
                meter.take()
                try:
                    memory.say()
                except ClientError as error:
                    return Measured(costs, (turn + 1, error.response["Error"]["Message"]))
                turn += 1
                costs[turn] = meter.take()
                progress(1)
    return Measured(costs)


@contextmanager
def as_nobody(address: str) -> Iterator[None]:
    """This process with DynamoDB at the address, and without an account, whatever this machine has."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nobody = {
        "AWS_ENDPOINT_URL_DYNAMODB": address,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    with mock.patch.dict("os.environ", {**kept, **nobody}, clear=True):
        yield


def _rows(label: str, measured: Measured) -> Iterator[str]:
    yield f"         {label}"
    for turn, cost in measured.costs.items():
        if turn in SHOWN:
            yield (
                f"{'':<52}{turn:>5,}{cost.calls:>7}{cost.write_units:>13,.0f}"
                f"{cost.read_units:>12,.1f}{cost.bytes_sent / KB:>9,.1f}"
            )
    if measured.refused:
        turn, why = measured.refused
        yield f"{'':<52}{turn:>5,}  refused: {why}"


def _curve(name: str, measured: Measured) -> Curve:
    turns = [turn for turn in measured.costs if turn in DRAWN or turn == max(measured.costs)]
    points = tuple((turn, measured.costs[turn].write_units) for turn in turns)
    return Curve(name, points, measured.refused[0] if measured.refused else None)
