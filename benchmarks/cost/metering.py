"""A meter that counts request units by AWS's rules, beside what the engine says of itself."""

from typing import Any

from boto3.session import Session

from benchmarks.cost.units import Item, read_units, write_units
from benchmarks.meter import READING, Meter

WRITING = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
Key = tuple[str, Item]
"""A table, and the key of an item in it."""


class UnitMeter(Meter):
    """Looks at every item before and after it is written, provided that nobody else writes it meanwhile.

    What it does itself is not counted, so it is made outside `counting()`. While it is `off`, as at first, it
    counts nothing and takes no time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.off = True
        self.reads, self.writes = 0.0, 0
        self._client = Session().client("dynamodb")

    def take_units(self) -> tuple[float, int]:
        """The units of reads and of writes since they were taken the last time."""
        with self._lock:
            taken, self.reads, self.writes = (self.reads, self.writes), 0.0, 0
        return taken

    def _ask(self, params: dict[str, Any], model: Any, **known: Any) -> None:
        if self.off:
            return
        super()._ask(params, model)
        if model.name in WRITING:
            keys = _written(model.name, params)
            known["context"]["before"] = [(key, self._item(key)) for key in keys]
        elif model.name in READING:
            known["context"]["consistent"] = params.get("ConsistentRead", False)
        else:
            raise ValueError(f"{model.name} is not known to this meter")

    def _sent(self, request: Any, event_name: str, **known: Any) -> None:
        if not self.off:
            super()._sent(request, event_name)

    def _answered(self, parsed: dict[str, Any], model: Any, **known: Any) -> None:
        if self.off:
            return
        super()._answered(parsed, model)
        context, reads, writes = known["context"], 0.0, 0
        if model.name in WRITING:
            in_transaction = model.name == "TransactWriteItems"
            images = [(before, self._item(key)) for key, before in context["before"]]
            writes = sum(write_units(*pair, in_transaction=in_transaction) for pair in images)
        else:
            found = parsed.get("Items") or [parsed[name] for name in ("Item",) if name in parsed]
            reads = read_units(found, consistent=context["consistent"])
        with self._lock:
            self.reads += reads
            self.writes += writes

    def _item(self, key: Key) -> Item | None:
        table, attributes = key
        answer: dict[str, Item] = self._client.get_item(TableName=table, Key=attributes, ConsistentRead=True)
        return answer.get("Item")


def _written(operation: str, params: dict[str, Any]) -> list[Key]:
    """What a call writes."""
    if operation == "TransactWriteItems":
        return [_key(part) for action in params["TransactItems"] for part in action.values()]
    return [_key(params)]


def _key(part: dict[str, Any]) -> Key:
    key = part.get("Key") or {name: part["Item"][name] for name in ("pk", "sk")}
    return part["TableName"], key
