"""One DynamoDB table: its definition, its reads and its writes, as PunAI's store needs them."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from punai.builtin.dynamodb.connection import CONDITION_FAILED, Connection, Refused, attempts
from punai.builtin.dynamodb.items import ORDER, UNANSWERED, Key, Row, row
from punai.builtin.dynamodb.writes import Write, expressions, key_item
from punai.ports import ConfigurationError, StoreUnavailable

DEFINITION: dict[str, Any] = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "ord", UNANSWERED)
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": ORDER,
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "ord", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": UNANSWERED,
            "KeySchema": [
                {"AttributeName": UNANSWERED, "KeyType": "HASH"},
                {"AttributeName": "ord", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["held_until", "ttl"]},
        }
    ],
    "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
}
"""The properties of CloudFormation's AWS::DynamoDB::Table, but for the name."""

CREATION = 60.0  # seconds that AWS may take to make the table
BATCH = 25  # DynamoDB deletes no more items in one call


def _kept(stored: Row) -> bool:
    """Whether an item is still to be seen: DynamoDB may take days to delete what has expired."""
    return int(stored["ttl"]) > time.time()


class Table:
    """A table by its name. Reads leave out what has expired; all are consistent, but for a scan and what the
    global index gives."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.connection = Connection(name)

    def busy(self) -> StoreUnavailable:
        """What is raised when others do not make way in time."""
        return self.connection.busy()

    def get(self, key: Key) -> Row | None:
        """One item."""
        answer = self.connection.call("get_item", TableName=self.name, Key=key_item(key), ConsistentRead=True)
        stored = row(answer["Item"]) if "Item" in answer else None
        return stored if stored and _kept(stored) else None

    def query(self, where: str, *, index: str = "", page: int = 0, **values: str) -> Iterator[Row]:
        """The items for which the key condition holds, by `sk`; those that are in an index, by `ord`.

        `page` is how many to fetch at once where perhaps not all are wanted.
        """
        return filter(_kept, self._rows(where, values, index=index, page=page))

    def everything(self, where: str, **values: str) -> Iterator[Row]:
        """The same for those who delete: with what has expired and is still there."""
        return self._rows(where, values)

    def scan(self, where: str, **values: str) -> Iterator[Row]:
        """The items for which the condition holds, wherever they are: all of the table is read and paid for.

        What was written in the last moments may be missing, which makes it half as expensive.
        """
        request = expressions(values, FilterExpression=where) | {"TableName": self.name}
        return filter(_kept, self._pages("scan", request))

    def newest(self, pk: str, count: int, *, before: str | None = None) -> Iterator[Row]:
        """The last of a partition's items by `ord`, newest first, `count` at most."""
        where, values = "pk = :pk", {"pk": pk}
        if before:
            where, values = "pk = :pk AND ord < :before", {"pk": pk, "before": before}
        rows = self._rows(where, values, index=ORDER, page=count, backwards=True)
        # Cut before expired ones are left out: to make up for those could mean to read on to the very first.
        return filter(_kept, islice(rows, count))

    def _rows(
        self,
        where: str,
        values: dict[str, str],
        *,
        index: str = "",
        page: int = 0,
        backwards: bool = False,
    ) -> Iterator[Row]:
        request = expressions(values, KeyConditionExpression=where)
        request |= {"TableName": self.name, "ScanIndexForward": not backwards}
        request["ConsistentRead"] = index != UNANSWERED
        if index:
            request["IndexName"] = index
        if page:
            request["Limit"] = page
        return self._pages("query", request)

    def _pages(self, operation: str, request: dict[str, Any]) -> Iterator[Row]:
        while True:
            answer = self.connection.call(operation, **request)
            yield from map(row, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def commit(self, *writes: Write) -> bool:
        """Write all of it; or nothing, and return False, where a condition does not hold.

        A write alone costs half of what it costs among others.
        """
        try:
            if len(writes) == 1:
                [(kind, parameters)] = writes
                self.connection.call(f"{kind.lower()}_item", TableName=self.name, **parameters)
            else:
                parts = [{kind: {"TableName": self.name, **parameters}} for kind, parameters in writes]
                self.connection.call("transact_write_items", TransactItems=parts)
        except Refused as refusal:
            if CONDITION_FAILED not in refusal.codes:
                raise
            return False
        return True

    def delete(self, keys: Sequence[Key]) -> None:
        """Delete these items, whether or not they are still there."""
        requests = [{"DeleteRequest": {"Key": key_item(key)}} for key in keys]
        for start in range(0, len(requests), BATCH):
            left = {self.name: requests[start : start + BATCH]}
            for _ in attempts():
                left = self.connection.call("batch_write_item", RequestItems=left)["UnprocessedItems"]
                if not left:
                    break
            else:
                raise self.busy()

    def prepare(self) -> None:
        """Create the table where there is none, wait until it answers, and have it delete what expires.

        Raises:
            ConfigurationError: it is there, and not as this PunAI needs it.
        """
        expiry = DEFINITION["TimeToLiveSpecification"]
        if not self._described():
            self._create()
        for _ in attempts(CREATION):
            found = self._described()
            if found.get("TableStatus") == "ACTIVE":
                break
        else:
            raise StoreUnavailable(
                f"the DynamoDB table {self.name!r} was not ready in {CREATION:.0f} seconds"
            )
        if UNANSWERED not in [index["IndexName"] for index in found.get("GlobalSecondaryIndexes", ())]:
            raise ConfigurationError(
                f"PUNAI_STORE: the DynamoDB table {self.name!r} has no index {UNANSWERED!r}: an earlier PunAI"
                " made it, or somebody by hand; name a new table"
            )
        now = self.connection.call("describe_time_to_live", TableName=self.name)["TimeToLiveDescription"]
        if now["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
            call = self.connection.call
            call("update_time_to_live", TableName=self.name, TimeToLiveSpecification=expiry)

    def _described(self) -> dict[str, Any]:
        """What AWS says of the table; nothing where there is none."""
        try:
            found: dict[str, Any] = self.connection.call("describe_table", TableName=self.name)["Table"]
        except Refused as refusal:
            if "ResourceNotFound" in refusal.codes:
                return {}
            raise
        return found

    def _create(self) -> None:
        properties = {name: value for name, value in DEFINITION.items() if name != "TimeToLiveSpecification"}
        try:
            self.connection.call("create_table", TableName=self.name, **properties)
        except Refused as refusal:
            if "ResourceInUse" not in refusal.codes:  # another process was first
                raise
