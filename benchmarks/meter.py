"""What calls to DynamoDB cost, whoever makes them: counted in boto3's clients, which do not notice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from unittest import mock

from boto3.session import Session

READING = {"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"}


@dataclass(slots=True)
class Cost:
    """Requests sent, the capacity units that DynamoDB says they took, and the bytes of their bodies.

    `requests` has those to other services too, by names such as `sns.Publish`.
    """

    calls: int = 0
    write_units: float = 0
    read_units: float = 0
    bytes_sent: int = 0
    requests: Counter[str] = field(default_factory=Counter)


class Meter:
    """Counts for all clients of AWS that are made within `counting()`."""

    def __init__(self) -> None:
        self._cost = Cost()
        self._lock = Lock()  # LangGraph calls from several threads

    @contextmanager
    def counting(self) -> Iterator[None]:
        """For the time of the block, every client of AWS that anybody makes is a counted one."""
        make = Session.client

        def make_counted(session: Session, *args: Any, **kwargs: Any) -> Any:
            client = make(session, *args, **kwargs)
            events = client.meta.events
            events.register("before-parameter-build.dynamodb", self._ask)
            events.register("before-send", self._sent)
            events.register("after-call.dynamodb", self._answered)
            return client

        with mock.patch.object(Session, "client", make_counted):
            yield

    def take(self) -> Cost:
        """What was counted since it was taken the last time."""
        with self._lock:
            cost, self._cost = self._cost, Cost()
        return cost

    def _ask(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "TOTAL"

    def _sent(self, request: Any, event_name: str, **_: object) -> None:
        service, operation = event_name.split(".")[1:]
        with self._lock:
            self._cost.requests[f"{service}.{operation}"] += 1
            if service == "dynamodb":
                self._cost.calls += 1
                self._cost.bytes_sent += len(request.body)

    def _answered(self, parsed: dict[str, Any], model: Any, **_: object) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        units = sum(
            part["CapacityUnits"] for part in (consumed if isinstance(consumed, list) else [consumed])
        )
        with self._lock:
            if model.name in READING:
                self._cost.read_units += units
            else:
                self._cost.write_units += units
