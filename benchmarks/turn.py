"""A whole turn against the bare model call it contains, and where the time goes."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from pydantic import BaseModel

from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.models import Inbound
from punai.settings import Settings
from punai.testing import OpenAIServer, passages_in, proposal

MESSAGE = "Do you also deliver to a parcel locker, and can I change the address afterwards?"
REPLY = "We deliver to your address; tell us before we send the parcel if it has to change."


def instant_answer(request: dict[str, Any]) -> dict[str, Any]:
    """An instant model's answer, which cites the first passage that it was given, if any."""
    quotes = {name: " ".join(text.split()[:12]) for name, text in list(passages_in(request).items())[:1]}
    return proposal(REPLY, quotes, evidence="deliver to a parcel locker", intent="delivery_times")


class Bare(BaseModel):
    """What the bare call asks for: the fields of a turn's proposal, without the business's intents."""

    class Quotation(BaseModel):
        """Where the reply comes from."""

        passage_id: str
        quote: str

    evidence: str
    intent: str
    confidence: float
    sentiment: str
    needs_human: bool
    human_reason: str
    citations: list[Quotation]
    reply: str


@contextmanager
def instant_model() -> Iterator[OpenAIServer]:
    """A model that answers at once, set as this process's OpenAI."""
    with OpenAIServer(default=instant_answer) as server:
        environment = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.api_key}
        with mock.patch.dict("os.environ", environment):
            yield server


@contextmanager
def desk_on_disk(model: str = "openai:instant") -> Iterator[Desk]:
    """A desk with SQLite in a real file."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        desk = open_desk(Settings(store=f"sqlite:///{folder}/bench.db", model=model))
        desk.store.prepare()
        yield desk
        desk.store.close()


def run(rounds: int = 300) -> None:
    """Print the medians of both, side by side, and their ratio; then the parts of a turn."""
    with instant_model() as server, desk_on_disk() as desk:
        from langchain_openai import ChatOpenAI

        bare = ChatOpenAI(model="instant", max_retries=0).with_structured_output(Bare)
        number = iter(range(10**9))

        def turn() -> Any:
            return desk.receive(desk.default_tenant, Inbound(user_id=f"u{next(number)}", text=MESSAGE))

        calls_before = server.calls
        ours, theirs = side_by_side(turn, lambda: bare.invoke(MESSAGE), rounds)
        if server.calls - calls_before != 2 * (rounds + WARM_UP):
            raise RuntimeError("a turn did not make exactly one model call")
        print(
            f"turn: Desk.receive on SQLite {ours:.2f} ms, bare structured call {theirs:.2f} ms:"
            f" {ours / theirs:.2f} x"
        )
        for name, milliseconds in parts(turn, desk):
            print(f"      {name:<28}{milliseconds:6.2f} ms")


WARM_UP = 20


def side_by_side(one: Callable[[], Any], other: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """The medians of both in milliseconds, run in turn so that a slow moment hits both."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(WARM_UP + rounds):
        for function, kept in zip((one, other), times, strict=True):
            start = time.perf_counter()
            function()
            if number >= WARM_UP:
                kept.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def parts(turn: Callable[[], Any], desk: Desk, rounds: int = 200) -> list[tuple[str, float]]:
    """Medians of what a turn spends in its parts, in milliseconds."""
    pipeline = desk.pipelines[desk.default_tenant]
    places: list[tuple[Any, str]] = [
        (desk.store, "accept"),
        (pipeline, "understand"),
        (pipeline, "recall"),
        (pipeline, "answer"),
        (desk.store, "complete"),
    ]
    spent: dict[str, list[float]] = {name: [] for _, name in places}
    for owner, name in places:
        original = getattr(owner, name)
        setattr(owner, name, _timed(original, spent[name]))
    for _ in range(rounds):
        turn()
    for owner, name in places:
        delattr(owner, name)
    return [(name, statistics.median(values)) for name, values in spent.items()]


def _timed(function: Callable[..., Any], kept: list[float]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            kept.append((time.perf_counter() - start) * 1000)

    return timed
