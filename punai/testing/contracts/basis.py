"""What every claim about a plugin's part starts from: a business, a service to call, walls and a clock."""

# ruff: noqa: S101 - a contract is made of asserts.

import logging
from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import TypeVar

import pytest

from punai.deadline import call_within
from punai.outbox import described
from punai.tenant import Tenant
from punai.testing.network import only_this_machine
from punai.testing.samples import PRIVATE, SECRET, SampleBusiness
from punai.testing.stand_in import StandIn
from punai.testing.store_contract.basis import at_once

Result = TypeVar("Result")

UNFINISHED = object()


class PartBasis:
    """The service that the part under test calls, and the business it is called for."""

    seconds: float
    """How long PunAI waits for it."""

    @pytest.fixture(autouse=True)
    def only_this_machine(self) -> Iterator[None]:
        """No test of a plugin reaches the service itself."""
        with only_this_machine():
            yield

    @pytest.fixture
    def service(self) -> Iterator[StandIn]:
        """What stands in for the service. Override it with one that answers as yours does."""
        with StandIn() as service:
            yield service

    @pytest.fixture
    def tenant(self, service: StandIn) -> Tenant:
        """The business: each of its settings that is named like an address leads to the service, all others
        hold a secret. Override it to set some otherwise."""
        return SampleBusiness(id="sample", name="Sample Shop", service=service.url)


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """What the call returns or raises; the test fails where it takes longer."""
    over = Event()

    def run() -> Result:
        try:
            return call()
        finally:
            over.set()

    try:
        return call_within(seconds, run)
    except TimeoutError:
        if over.is_set():
            raise  # its own
        pytest.fail(
            f"it took longer than {seconds:g} s: give every call that leaves the process a time-out",
            pytrace=False,
        )


def raised(seconds: float, call: Callable[[], object]) -> Exception | None:
    """What the call raises within that time, None where it returns."""
    try:
        within(seconds, call)
    except Exception as error:
        return error
    return None


def skip_unless_asked(service: StandIn) -> None:
    """There is nothing to claim of a service that is not called."""
    if not service.requests:
        pytest.skip("it asked nothing of the service")


def in_two_threads(first: Callable[[], Result], second: Callable[[], Result]) -> list[Result]:
    """What both return, called at once, a few times over."""
    return [result for _ in range(3) for result in at_once([first, second])]


def assert_quiet(
    log: Sequence[logging.LogRecord], printed: Sequence[str], error: Exception | None = None
) -> None:
    """Neither a customer's words nor a secret went where an operator reads."""
    # httpx tells of every request, at a level that PunAI turns off.
    kept = [each for each in log if each.levelno >= logging.WARNING or not each.name.startswith("httpx")]
    places = {
        "printed": "".join(printed),
        "logged": " ".join(f"{each.getMessage()} {vars(each).get('fields', '')}" for each in kept),
        "put into an error": described(error) if error else "",
    }
    for place, text in places.items():
        for private in (*PRIVATE, SECRET):
            what = "a secret" if private == SECRET else f"the customer's {private!r}"
            assert private not in text, f"{what} was {place}: who runs a plugin must not see it there"
