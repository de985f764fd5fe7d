"""Writes to DynamoDB, as values: what is to be written, and on which condition."""

import re
import time
from typing import Any

from punai.builtin.dynamodb.items import Item, Key, item

Write = tuple[str, dict[str, Any]]
"""`Put`, `Update` or `ConditionCheck`, and its parameters but for the table."""


def put(whole: Item, condition: str = "", **values: str | int) -> Write:
    """An item in place of what is there."""
    return "Put", {"Item": whole, **expressions(values, ConditionExpression=condition)}


def put_new(whole: Item) -> Write:
    """An item where there is none. One that has expired and is not deleted yet counts as none."""
    return put(whole, "attribute_not_exists(pk) OR #ttl <= :now", now=int(time.time()))


def update(key: Key, change: str, condition: str, **values: str | int) -> Write:
    """A change to an item for which the condition holds."""
    given = expressions(values, UpdateExpression=change, ConditionExpression=condition)
    return "Update", {"Key": key_item(key), **given}


def check(key: Key, condition: str, **values: str | int) -> Write:
    """No change, but a condition on all the others."""
    return "ConditionCheck", {"Key": key_item(key), **expressions(values, ConditionExpression=condition)}


def key_item(key: Key) -> Item:
    """A key in DynamoDB's notation."""
    pk, sk = key
    return item(pk=pk, sk=sk)


def expressions(values: dict[str, Any], **written: str) -> dict[str, Any]:
    """Expressions, with the names (`#status`) that occur in them and the values (`:seen`) they are given."""
    parameters: dict[str, Any] = {name: text for name, text in written.items() if text}
    names = re.findall(r"#\w+", " ".join(written.values()))
    if names:
        parameters["ExpressionAttributeNames"] = {name: name[1:] for name in names}
    if values:
        parameters["ExpressionAttributeValues"] = {f":{name}": v for name, v in item(**values).items()}
    return parameters
