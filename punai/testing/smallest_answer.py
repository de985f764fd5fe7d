"""The plainest value that fits a JSON Schema: what the test server says when nothing is scripted."""

import re
from decimal import Decimal
from math import ceil, floor, inf, isfinite
from typing import Any

from punai.testing.strict_schema import Schema, resolve_reference

_SAMPLE_BY_FORMAT = {
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "date": "2026-01-31",
    "duration": "P1D",
    "email": "customer@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def smallest_answer(schema: Schema) -> Any:
    """The plainest value that fits a schema: first enum value, "ok?", 0.9, 1, false, [], first of `anyOf`.

    A reply of "ok?" asks back: PunAI sends it without a passage that it could rest on.

    Raises ValueError for what no built-in value fits, such as most patterns, and RecursionError for a schema
    without a finite answer: script an answer for those.
    """
    return _smallest(schema, schema, ("#",))


def _smallest(schema: Schema, root: Schema, open_references: tuple[str, ...]) -> Any:
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    if "$ref" in schema:
        reference = schema["$ref"]
        if reference in open_references:
            raise RecursionError(f"{reference} holds itself without end: no finite answer fits")
        return _smallest(resolve_reference(reference, root), root, (*open_references, reference))
    if schema.get("anyOf"):
        return _smallest_of_any(schema["anyOf"], root, open_references)
    declared = schema.get("type", "object" if "properties" in schema else "string")
    match declared[0] if isinstance(declared, list) else declared:
        case "object":
            properties = schema.get("properties", {})
            return {name: _smallest(child, root, open_references) for name, child in properties.items()}
        case "array":
            item, count = schema.get("items", {}), schema.get("minItems", 0)
            return [_smallest(item, root, open_references) for _ in range(count)]
        case "boolean":
            return False
        case "null":
            return None
        case "number":
            return _fitting_number(schema, None, 0.9)
        case "integer":
            return _fitting_number(schema, 1, 1)
        case _:
            return _fitting_string(schema)


def _smallest_of_any(branches: list[Schema], root: Schema, open_references: tuple[str, ...]) -> Any:
    for branch in branches:
        try:
            return _smallest(branch, root, open_references)
        except RecursionError:  # a linked list ends where another branch, mostly null, is taken
            continue
    raise RecursionError("every branch of anyOf holds itself without end: no finite answer fits")


def _fitting_string(schema: Schema) -> str:
    known = schema.get("format", "")
    for text in (_SAMPLE_BY_FORMAT[known],) if known in _SAMPLE_BY_FORMAT else ("ok?", "ok"):
        if re.search(schema.get("pattern", ""), text):
            return text
    raise ValueError(f"nothing built in matches the pattern {schema['pattern']!r}: script an answer")


def _fitting_number(schema: Schema, step: int | None, preferred: float) -> float:
    """The preferred number, or one near a bound; `step` is 1 for integers, None for any number."""
    low = max(schema.get("minimum", -inf), schema.get("exclusiveMinimum", -inf))
    high = min(schema.get("maximum", inf), schema.get("exclusiveMaximum", inf))
    step = schema.get("multipleOf", step)
    candidates: list[float]
    bounds = [bound for bound in (low, high) if isfinite(bound)]
    if step is None:
        candidates = [preferred, *bounds, (low + high) / 2, low + 1, high - 1]
    else:
        multiples = {n for bound in bounds for n in range(floor(bound / step) - 1, ceil(bound / step) + 2)}
        candidates = [preferred, step, 0, *(step * n for n in sorted(multiples))]
    for number in candidates:
        if _is_within(number, schema) and (step is None or Decimal(str(number)) % Decimal(str(step)) == 0):
            return number
    raise ValueError(f"no built-in number fits {schema!r}: script an answer")


def _is_within(number: float, schema: Schema) -> bool:
    return (
        isfinite(number)
        and schema.get("minimum", -inf) <= number <= schema.get("maximum", inf)
        and schema.get("exclusiveMinimum", -inf) < number < schema.get("exclusiveMaximum", inf)
    )
