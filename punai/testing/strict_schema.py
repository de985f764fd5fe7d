"""The JSON Schemas OpenAI takes with `strict: true`.

The rules are those of OpenAI's guide "Structured model outputs", section "Supported schemas"
(https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas), as it read in 2026:

- the root is an object and not an `anyOf`; every object lists all its properties in `required` and has
  `additionalProperties: false`;
- types string, number, boolean, integer, object, array and null; `enum`, `const`, nested `anyOf`, `$defs`
  and `$ref`, recursive ones too;
- strings take `pattern` and nine values of `format`; numbers `multipleOf` and the four bounds; arrays
  `minItems` and `maxItems`; nothing else: no `default`, `allOf`, `oneOf`, `not`, `if`, `uniqueItems`, ...;
- at most 5,000 properties, 10 levels of nesting, 1,000 enum values, 15,000 characters in an enum of more
  than 250 strings, 120,000 characters in all names, enum and const values together.

Where the guide is silent this follows what the API was seen to answer: every schema needs a `type` (a bare
`const` or `enum` does not do), and a `$ref` has no neighbours. Where the guide contradicts itself
(`minLength`, `maxLength`) this takes the stricter reading. A level is one step into a property or an array's
items; a `$ref` is not followed, as in OpenAI's Java client.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

Schema = dict[str, Any]

MAX_PROPERTIES = 5_000
MAX_LEVELS = 10
MAX_ENUM_VALUES = 1_000
MAX_CHARACTERS = 120_000
LARGE_ENUM = 250
MAX_CHARACTERS_OF_LARGE_ENUM = 15_000

_NOTES = {"title", "description"}
_AT_ROOT = {"$schema", "$id", "$defs", "definitions"}
_BOUNDS = {"multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_KEYWORDS_BY_TYPE: dict[str, set[str]] = {
    "string": {"enum", "const", "pattern", "format"},
    "number": {"enum", "const", *_BOUNDS},
    "integer": {"enum", "const", *_BOUNDS},
    "boolean": {"enum", "const"},
    "null": {"enum", "const"},
    "array": {"items", "minItems", "maxItems"},
    "object": {"properties", "required", "additionalProperties"},
}
_KEYWORD_VALUES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("title", "description", "pattern", "format", "$ref", "$schema", "$id"), (str,)),
    **dict.fromkeys(_BOUNDS, (int, float)),
    **dict.fromkeys(("minItems", "maxItems"), (int,)),
    **dict.fromkeys(("enum", "anyOf", "required"), (list,)),
    **dict.fromkeys(("properties", "$defs", "definitions"), (dict,)),
}
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}
_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}


class SchemaError(ValueError):
    """A schema breaks a rule of strict mode; the message names the place and the rule, in the API's words."""


class _Node(NamedTuple):
    path: tuple[str, ...]
    schema: Schema


def check_strict_schema(schema: object) -> None:
    """Raise `SchemaError` unless OpenAI takes this JSON Schema with `strict: true`."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        found = schema.get("type") if isinstance(schema, dict) else schema
        raise SchemaError(f"schema must be a JSON Schema of 'type: \"object\"', got 'type: {found!r}'.")
    nodes = list(_walk(schema, (), 0))
    for node in nodes:
        _check_keywords(node)
        _check_object(node)
        _check_array(node)
        _check_enum(node)
        _check_reference(node, schema)
    _check_sizes([node.schema for node in nodes])


def _error(path: tuple[str, ...], rule: str) -> SchemaError:
    return SchemaError(f"In context={path}, {rule}.")


def _walk(schema: object, path: tuple[str, ...], level: int) -> Iterator[_Node]:
    """This schema and all below it, parents first. Malformed children are left to the rules."""
    if level > MAX_LEVELS:
        raise SchemaError(f"{level} levels of nesting exceeds limit of {MAX_LEVELS}.")
    if not isinstance(schema, dict):
        raise _error(path, f"{schema!r} is not of type 'object'")
    yield _Node(path, schema)
    for keyword, step in (("$defs", 0), ("definitions", 0), ("properties", 1)):
        children = schema.get(keyword)
        if isinstance(children, dict):
            for name, child in children.items():
                yield from _walk(child, (*path, keyword, name), level + step)
    if "items" in schema:
        yield from _walk(schema["items"], (*path, "items"), level + 1)
    branches = schema.get("anyOf")
    if isinstance(branches, list):
        for position, branch in enumerate(branches):
            yield from _walk(branch, (*path, "anyOf", str(position)), level)


def _check_keywords(node: _Node) -> None:
    path, schema = node
    allowed = set(_NOTES) if path else _NOTES | _AT_ROOT
    if "$ref" in schema:
        if len(schema) > 1:
            raise _error(path, f"$ref cannot have keywords {sorted(set(schema) - {'$ref'})}")
        allowed = {"$ref"}
    elif "anyOf" in schema:
        allowed |= {"anyOf"}
    else:
        allowed |= {"type"}.union(*(_KEYWORDS_BY_TYPE[name] for name in _types(node)))
    for keyword, value in schema.items():
        if keyword not in allowed:
            raise _error(path, f"'{keyword}' is not permitted")
        wanted = _KEYWORD_VALUES.get(keyword)
        # bool is an int to Python and not a number to JSON Schema
        if wanted and (not isinstance(value, wanted) or isinstance(value, bool)):
            raise _error((*path, keyword), f"{value!r} is not of type {wanted[-1].__name__}")
    if "format" in schema and schema["format"] not in _FORMATS:
        raise _error(path, f"'{schema['format']}' is not a valid format")
    if schema.get("anyOf") == []:
        raise _error((*path, "anyOf"), "[] should be non-empty")


def _types(node: _Node) -> list[str]:
    if "type" not in node.schema:
        raise _error(node.path, "schema must have a 'type' key")
    declared = node.schema["type"]
    types = declared if isinstance(declared, list) and declared else [declared]
    for name in types:
        if not isinstance(name, str) or name not in _KEYWORDS_BY_TYPE:
            raise _error((*node.path, "type"), f"{name!r} is not one of {list(_KEYWORDS_BY_TYPE)}")
    return types


def _is_a(node: _Node, name: str) -> bool:
    return "type" in node.schema and name in _types(node)


def _check_object(node: _Node) -> None:
    if not _is_a(node, "object"):
        return
    if node.schema.get("additionalProperties") is not False:
        raise _error(node.path, "'additionalProperties' is required to be supplied and to be false")
    if "properties" not in node.schema:
        raise _error(node.path, "object schema missing properties")
    properties, required = node.schema["properties"], node.schema.get("required", [])
    rule = "'required' is required to be supplied and to be an array including every key in properties"
    for name in properties:
        if name not in required:
            raise _error(node.path, f"{rule}. Missing '{name}'")
    for name in required:
        if not isinstance(name, str) or name not in properties:
            raise _error(node.path, f"{rule}. Extra required key {name!r} supplied")


def _check_array(node: _Node) -> None:
    if _is_a(node, "array") and "items" not in node.schema:
        raise _error(node.path, "array schema missing items")


def _check_enum(node: _Node) -> None:
    values = _fixed_values(node.schema)
    if node.schema.get("enum") == []:
        raise _error((*node.path, "enum"), "[] should be non-empty")
    for value in values:
        if not any(_has_type(value, name) for name in _types(node)):
            raise _error(node.path, f"enum value {value!r} is not of type {node.schema['type']!r}")
    characters = sum(len(value) for value in values if isinstance(value, str))
    if len(values) > LARGE_ENUM and characters > MAX_CHARACTERS_OF_LARGE_ENUM:
        raise _error(
            node.path,
            f"enum of {len(values)} values has {characters} characters, which exceeds limit of "
            f"{MAX_CHARACTERS_OF_LARGE_ENUM} for more than {LARGE_ENUM} values",
        )


def _fixed_values(schema: Schema) -> list[Any]:
    return [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]


def _has_type(value: object, name: str) -> bool:
    if name == "null":
        return value is None
    if name == "boolean" or isinstance(value, bool):
        return name == "boolean" and isinstance(value, bool)
    return isinstance(value, _PYTHON_TYPES.get(name, ()))


def _check_reference(node: _Node, root: Schema) -> None:
    reference = node.schema.get("$ref", "#")
    try:
        resolve_reference(reference, root)
    except LookupError:
        raise _error(node.path, f"reference {reference!r} can not be resolved") from None


def resolve_reference(reference: str, root: Schema) -> Schema:
    """The schema that `#`, `#/$defs/name` or another pointer into the document means. Raises LookupError."""
    if reference != "#" and not reference.startswith("#/"):
        raise LookupError(reference)
    found: Any = root
    for escaped in reference.split("/")[1:]:
        key = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and key.isdecimal():
            found = found[int(key)]
        elif isinstance(found, dict):
            found = found[key]
        else:
            raise LookupError(reference)
    if not isinstance(found, dict):
        raise LookupError(reference)
    return found


def _check_sizes(schemas: list[Schema]) -> None:
    names = [
        name
        for schema in schemas
        for keyword in ("properties", "$defs", "definitions")
        for name in schema.get(keyword, {})
    ]
    properties = sum(len(schema.get("properties", {})) for schema in schemas)
    if properties > MAX_PROPERTIES:
        raise SchemaError(f"{properties} parameters exceeds limit of {MAX_PROPERTIES}.")
    enum_values = sum(len(schema.get("enum", [])) for schema in schemas)
    if enum_values > MAX_ENUM_VALUES:
        raise SchemaError(
            f"Expected at most {MAX_ENUM_VALUES} enum values in total within a single schema when using "
            f"structured outputs, but received {enum_values}."
        )
    fixed = [value for schema in schemas for value in _fixed_values(schema) if isinstance(value, str)]
    characters = sum(map(len, [*names, *fixed]))
    if characters > MAX_CHARACTERS:
        raise SchemaError(f"{characters} characters in names and values exceeds limit of {MAX_CHARACTERS}.")
