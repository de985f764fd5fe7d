"""The way to DynamoDB: one client, time-outs, patience with what passes, and errors a person can act on.

boto3 takes 80 ms to import, so it is imported where it is used: who uses SQLite never waits for it.
"""

import random
import re
import time
from collections.abc import Iterator
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any

from punai.builtin.aws import BAD_CREDENTIALS, refused_credentials, unreachable
from punai.ports import StoreUnavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

CONNECT_TIMEOUT, READ_TIMEOUT = 2, 5  # seconds
PATIENCE = 5.0  # seconds: a customer waits no longer than that for others to make way
CONDITION_FAILED = "ConditionalCheckFailed"
# Codes are compared without the "Exception" that most end in, since a transaction's reasons have none.
PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingError",
    "TransactionConflict",
    "TransactionInProgress",
}


class Refused(StoreUnavailable):
    """DynamoDB will not do it, now or later; `codes` say why."""

    def __init__(self, message: str, codes: set[str]) -> None:
        super().__init__(message)
        self.codes = codes


def attempts(patience: float | None = None) -> Iterator[None]:
    """Goes round again, after a growing pause that differs from everybody else's, for `patience` seconds and
    five times at least: a first round may have waited long in a line that is gone by the second."""
    deadline = time.monotonic() + (PATIENCE if patience is None else patience)
    pause = 0.02
    for tried in count(1):
        yield
        if tried >= 5 and time.monotonic() >= deadline:
            return
        time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - spreads load, guards nothing
        pause = min(pause * 2, 1.0)


class Connection:
    """Calls for one table. Region, credentials and endpoint are what boto3 finds, at the first call."""

    def __init__(self, table: str) -> None:
        self.table = table
        self._client: Any = None
        self._lock = Lock()

    @property
    def client(self) -> Any:
        """boto3's client, made when it is first needed; threads may share it."""
        from boto3.session import Session
        from botocore.config import Config

        with self._lock:  # making one is not safe under threads
            if self._client is None:
                config = Config(
                    connect_timeout=CONNECT_TIMEOUT,
                    read_timeout=READ_TIMEOUT,
                    retries={"mode": "standard", "total_max_attempts": 2},
                    max_pool_connections=100,  # opened as threads need them
                )
                try:
                    self._client = Session().client("dynamodb", config=config)
                except ValueError as error:  # what boto3 says of an endpoint such as "localhost:8000"
                    raise StoreUnavailable(
                        "AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL is no address: write http://host:port"
                    ) from error
            return self._client

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """What DynamoDB answers, after as many tries as it takes.

        Raises:
            Refused: it said no, and will say so again.
            StoreUnavailable: it cannot be reached, or is too busy.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        for _ in attempts():
            try:
                answer: dict[str, Any] = getattr(self.client, operation)(**parameters)
                return answer
            except ClientError as error:
                codes = _codes(error)
                if codes - PASSING:
                    raise Refused(self._explain_refusal(error, codes, operation), codes) from error
            except BotoCoreError as error:
                raise StoreUnavailable(unreachable(self._named, error)) from error
        raise self.busy()

    def busy(self) -> StoreUnavailable:
        """What is raised when others do not make way in time."""
        return StoreUnavailable(f"{self._named} is busy; try again in a moment")

    def close(self) -> None:
        """Let go of the sockets; the next call makes new ones."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    @property
    def _named(self) -> str:
        return f"the DynamoDB table {self.table!r}"

    def _explain_refusal(self, error: "ClientError", codes: set[str], operation: str) -> str:
        table = self._named
        if "ResourceNotFound" in codes:
            region = self.client.meta.region_name
            return f"{table} does not exist in {region}: punai provision makes it, or check PUNAI_STORE"
        if "AccessDenied" in codes:
            asked = re.search(r"perform: (dynamodb:\w+)", str(error))
            action = asked[1] if asked else "dynamodb:" + operation.title().replace("_", "")
            return f"access to {table} is denied: allow {action} on it and its index"
        if codes & BAD_CREDENTIALS:
            return refused_credentials(table)
        if "Validation" in codes:
            return f"{table} does not take {operation}: is it one that PunAI made?"
        return f"{table} refuses {operation}: {', '.join(sorted(codes))}"


def _codes(error: "ClientError") -> set[str]:
    """Why a call failed; for a transaction, why each of its parts did."""
    reasons = error.response.get("CancellationReasons") or [error.response["Error"]]
    return {reason["Code"].removesuffix("Exception") for reason in reasons} - {"None"}
