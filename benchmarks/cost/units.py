"""DynamoDB's request units by AWS's published rules, from the items that a call reads and writes.

What an engine on this machine says of itself will not do. DynamoDB Local counts a transaction as four units
for each KB of all its items together, where AWS counts two for each KB of each; and a query that finds
nothing as nothing, where AWS counts it as the smallest. moto counts without regard to size.

- Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
- Units: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
- Indexes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html, GSI.html

What they do not say: in a transaction only the table's units are twice as many, not those of its indexes; so
others have measured (https://github.com/nubo-db/dynoxide/pull/188). And an entry of a local index is written
as if it were 100 bytes longer; so DynamoDB Local counts.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from punai.builtin.dynamodb.table import DEFINITION

Item = Mapping[str, Mapping[str, Any]]
"""An item in DynamoDB's own notation."""

KB = 1024
OVERHEAD = 100
"""Bytes that AWS adds to each stored item, in the table and in each index, when it bills storage."""


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index: the attributes that an item must have to be in it, those that it copies (None: all),
    and by how many bytes an entry is taken for longer when it is written."""

    keys: frozenset[str]
    copied: frozenset[str] | None
    added: int

    @classmethod
    def of(cls, definition: Mapping[str, Any], added: int) -> Self:
        """An index as `create_table` takes it."""
        keys = frozenset(key["AttributeName"] for key in definition["KeySchema"])
        projection = definition["Projection"]
        copied = keys | TABLE_KEYS | frozenset(projection.get("NonKeyAttributes", ()))
        return cls(keys, None if projection["ProjectionType"] == "ALL" else copied, added)

    def copy(self, item: Item | None) -> Item | None:
        """The item's entry in the index; None where it has none."""
        if item is None or not self.keys <= item.keys():
            return None
        return {name: value for name, value in item.items() if self.copied is None or name in self.copied}

    def write_units(self, before: Item | None, after: Item | None) -> int:
        """What it takes to have the index follow a change: an entry that moves is deleted and put."""
        old, new = self.copy(before), self.copy(after)
        if old == new:
            return 0
        if old and new and all(old[key] == new[key] for key in self.keys):
            return max(_kilobytes(old, self.added), _kilobytes(new, self.added))
        return sum(_kilobytes(entry, self.added) for entry in (old, new) if entry)


TABLE_KEYS = frozenset(key["AttributeName"] for key in DEFINITION["KeySchema"])
INDEXES = (
    *(Index.of(definition, added=OVERHEAD) for definition in DEFINITION["LocalSecondaryIndexes"]),
    *(Index.of(definition, added=0) for definition in DEFINITION["GlobalSecondaryIndexes"]),
)


def write_units(before: Item | None, after: Item | None, *, in_transaction: bool = False) -> int:
    """The units of one write that made `after` of `before`; the same for one that was refused."""
    table = max([1, *(_kilobytes(item) for item in (before, after) if item)])
    return table * (2 if in_transaction else 1) + sum(index.write_units(before, after) for index in INDEXES)


def read_units(items: Iterable[Item], *, consistent: bool) -> float:
    """The units of one read that found these items, perhaps none."""
    pages = max(1, math.ceil(sum(map(size, items)) / (4 * KB)))
    return pages if consistent else pages / 2


def stored_bytes(item: Item) -> int:
    """What storing an item is billed as, with its entries in the indexes."""
    entries: Iterator[Item | None] = (index.copy(item) for index in INDEXES)
    return sum(size(each) + OVERHEAD for each in (item, *entries) if each)


def size(item: Item) -> int:
    """Bytes of an item: its names and its values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        digits = len(content.lstrip("-").replace(".", "").strip("0"))
        return math.ceil(digits / 2) + 1
    raise ValueError(f"PunAI stores strings and numbers, and this is {kind}")


def _kilobytes(item: Item, added: int = 0) -> int:
    return math.ceil((size(item) + added) / KB)
