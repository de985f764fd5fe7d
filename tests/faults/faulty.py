"""A store that fails from a certain call on; or what is below it: SQLite's statements, DynamoDB's calls."""

import json
import sqlite3
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectTimeoutError

from punai.ports import StoreUnavailable

METHODS = (
    "accept",
    "amend_escalation",
    "claim_deliveries",
    "complete",
    "conversation",
    "record_delivery",
    "turn",
    "unanswered",
)
REFUSALS = {
    "throttled": {"__type": "ProvisionedThroughputExceededException", "message": "too fast"},
    "in conflict": {
        "__type": "TransactionCanceledException",
        "message": "somebody else writes",
        "CancellationReasons": [{"Code": "TransactionConflict"}],
    },
}


class Breakdown:
    """Counts calls, and says which of them fail: from `start` on, as many as `length`; at first none do."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._start = self._end = 0

    def begin(self, start: int, length: int = 1_000_000) -> None:
        """Count from nought again, and fail from the call with this number on."""
        self.calls.clear()
        self._start, self._end = start, start + length

    def end(self) -> None:
        """Fail no more, and count from nought again."""
        self.begin(0, 0)

    def hits(self, call: str) -> bool:
        """Count a call; whether it is to fail."""
        self.calls.append(call)
        return self._start < len(self.calls) <= self._end


def break_methods(store: Any, before: Breakdown, after: Breakdown) -> None:
    """Let a store's methods fail before they did anything, or after they did all of it."""

    def breakable(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            if before.hits(name):
                raise StoreUnavailable("the store is away")
            result = method(*args, **kwargs)
            if after.hits(name):
                raise StoreUnavailable("the store did not say that it was done")
            return result

        return called

    for name in METHODS:
        setattr(store, name, breakable(name, getattr(store, name)))


def break_sqlite(breakdown: Breakdown, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let statements fail in the connections that are opened from now on."""

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            if breakdown.hits(sql.split()[0]):
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(sql, *parameters)

    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **kwargs: connect(*args, **kwargs, factory=Connection)
    )


def break_dynamodb(client: Any, breakdown: Breakdown, how: str) -> None:
    """Let requests fail: DynamoDB is `unreachable`, or refuses them as `throttled` or `in conflict`."""

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        if not breakdown.hits(operation):
            return None
        if how == "unreachable":
            raise ConnectTimeoutError(endpoint_url=request.url)
        # Only a transaction is cancelled; other calls are throttled for the same reason.
        refusal = REFUSALS[how if operation == "TransactWriteItems" else "throttled"]
        return AWSResponse(request.url, 400, {}, Raw(json.dumps(refusal).encode()))

    client.meta.events.register("before-send.dynamodb", send)


class Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: Any) -> Any:
        """All of it at once."""
        yield self.read()
