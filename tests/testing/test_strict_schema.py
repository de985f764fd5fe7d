"""OpenAI's rules for strict schemas, each broken once."""

from typing import Any, Literal

import pytest
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field

from punai.testing.strict_schema import SchemaError, check_strict_schema

TEXT = {"type": "string"}


def an_object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = TEXT
    for _ in range(levels):
        schema = an_object(deeper=schema)
    return schema


class Passage(BaseModel):
    id: str
    score: float = Field(ge=0, le=1)


class Reply(BaseModel):
    """As a model of PunAI's own is."""

    intent: Literal["order_status", "other"]
    kind: Literal["only"]
    passages: list[Passage] = Field(min_length=1, max_length=3)
    best: Passage = Field(description="the best of them")
    reason: str | None
    code: str = Field(pattern=r"^\w+$")
    previous: "Reply | None"


@pytest.mark.parametrize(
    "schema",
    [
        an_object(),
        an_object(unit={"type": ["string", "null"], "enum": ["F", "C", None]}),
        an_object(one={"type": "integer", "const": 1}, two={"type": "number", "enum": [1, 2.5]}),
        an_object(when={"type": "string", "format": "date-time", "description": "when", "title": "When"}),
        an_object(n={"type": "integer", "exclusiveMinimum": 0, "maximum": 9, "multipleOf": 3}),
        an_object(either={"anyOf": [TEXT, an_object(name=TEXT), {"type": "null"}]}),
        an_object(children={"type": "array", "items": {"$ref": "#"}, "minItems": 0, "maxItems": 9}),
        an_object(step={"$ref": "#/$defs/step"})
        | {"$defs": {"step": an_object(next={"$ref": "#/$defs/step"})}},
        an_object(list={"type": "array", "items": TEXT}, again={"$ref": "#/properties/list/items"}),
        an_object(**{f"p{n}": TEXT for n in range(5_000)}),
        an_object(choice={"type": "string", "enum": [str(n) for n in range(1_000)]}),
        nested(10),
        to_strict_json_schema(Reply),
    ],
)
def test_what_openai_takes_is_taken(schema: dict[str, Any]) -> None:
    check_strict_schema(schema)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        # the root
        ("text", "schema must be a JSON Schema of 'type: \"object\"'"),
        (
            {"type": "array", "items": TEXT},
            "schema must be a JSON Schema of 'type: \"object\"', got 'type: 'array''",
        ),
        ({"anyOf": [an_object(x=TEXT)]}, "schema must be a JSON Schema of 'type: \"object\"'"),
        (an_object(x=TEXT) | {"anyOf": [an_object()]}, "In context=(), 'type' is not permitted."),
        # objects
        (
            {"type": "object", "properties": {}, "required": []},
            "In context=(), 'additionalProperties' is required to be supplied and to be false.",
        ),
        (
            an_object(inner=an_object(x=TEXT) | {"additionalProperties": True}),
            "In context=('properties', 'inner'), 'additionalProperties' is required",
        ),
        (
            an_object(x=TEXT, y=TEXT) | {"required": ["x"]},
            "In context=(), 'required' is required to be supplied and to be an array including every key in "
            "properties. Missing 'y'.",
        ),
        (an_object(x=TEXT) | {"required": ["x", "z"]}, "Extra required key 'z' supplied."),
        (an_object(x=TEXT) | {"required": "x"}, "In context=('required',), 'x' is not of type list."),
        (an_object(x={"type": "object", "additionalProperties": False}), "object schema missing properties."),
        (
            an_object(x=an_object() | {"properties": []}),
            "In context=('properties', 'x', 'properties'), [] is not of type dict.",
        ),
        (an_object() | {"patternProperties": {}}, "'patternProperties' is not permitted."),
        # arrays
        (an_object(x={"type": "array"}), "In context=('properties', 'x'), array schema missing items."),
        (
            an_object(x={"type": "array", "items": {"type": "object"}}),
            "In context=('properties', 'x', 'items'), 'additionalProperties' is required",
        ),
        (
            an_object(x={"type": "array", "items": TEXT, "uniqueItems": True}),
            "'uniqueItems' is not permitted.",
        ),
        (an_object(x={"type": "array", "items": TEXT, "minItems": True}), "True is not of type int."),
        # types and keywords
        (an_object(x={}), "In context=('properties', 'x'), schema must have a 'type' key."),
        (an_object(x={"const": "fact"}), "In context=('properties', 'x'), schema must have a 'type' key."),
        (an_object(x=True), "In context=('properties', 'x'), True is not of type 'object'."),
        (an_object(x={"type": "date"}), "In context=('properties', 'x', 'type'), 'date' is not one of"),
        (an_object(x={"type": []}), "In context=('properties', 'x', 'type'), [] is not one of"),
        (an_object(x={"type": [["string"]]}), "['string'] is not one of"),
        (an_object(x=TEXT | {"default": "y"}), "In context=('properties', 'x'), 'default' is not permitted."),
        (an_object(x=TEXT | {"minLength": 1}), "'minLength' is not permitted."),
        (an_object(x=TEXT | {"minimum": 1}), "'minimum' is not permitted."),
        (an_object(x=TEXT | {"$defs": {}}), "'$defs' is not permitted."),
        (
            an_object(x=TEXT | {"format": "uri"}),
            "In context=('properties', 'x'), 'uri' is not a valid format.",
        ),
        (
            an_object(x=TEXT | {"pattern": 1}),
            "In context=('properties', 'x', 'pattern'), 1 is not of type str.",
        ),
        (an_object(x={"type": "number", "minimum": "0"}), "'0' is not of type float."),
        (an_object(x={"allOf": [TEXT]}), "schema must have a 'type' key."),
        (an_object(x=an_object() | {"oneOf": [TEXT]}), "'oneOf' is not permitted."),
        (an_object(x=an_object() | {"not": TEXT}), "'not' is not permitted."),
        # anyOf and $ref
        (an_object(x={"anyOf": []}), "In context=('properties', 'x', 'anyOf'), [] should be non-empty."),
        (an_object(x={"anyOf": TEXT}), "In context=('properties', 'x', 'anyOf'), {'type': 'string'} is not"),
        (
            an_object(x={"anyOf": [TEXT, {"type": "array"}]}),
            "In context=('properties', 'x', 'anyOf', '1'), array schema missing items.",
        ),
        (an_object(x={"$ref": "#", "description": "self"}), "$ref cannot have keywords ['description']."),
        (an_object(x={"$ref": "#/$defs/none"}), "reference '#/$defs/none' can not be resolved."),
        (an_object(x={"$ref": "#/required/0"}), "reference '#/required/0' can not be resolved."),
        (an_object(x={"$ref": "https://example.com/schema"}), "can not be resolved."),
        (an_object(x={"$ref": 7}), "In context=('properties', 'x', '$ref'), 7 is not of type str."),
        (
            an_object(x=TEXT) | {"$defs": {"unused": {"type": "array"}}},
            "In context=('$defs', 'unused'), array schema missing items.",
        ),
        # enums
        (an_object(x=TEXT | {"enum": []}), "In context=('properties', 'x', 'enum'), [] should be non-empty."),
        (
            an_object(x=TEXT | {"enum": "a"}),
            "In context=('properties', 'x', 'enum'), 'a' is not of type list.",
        ),
        (an_object(x=TEXT | {"enum": ["a", 1]}), "enum value 1 is not of type 'string'."),
        (an_object(x={"type": "integer", "enum": [True]}), "enum value True is not of type 'integer'."),
        (an_object(x=TEXT | {"const": None}), "enum value None is not of type 'string'."),
        # sizes
        (nested(11), "11 levels of nesting exceeds limit of 10."),
        (an_object(**{f"p{n}": TEXT for n in range(5_001)}), "5001 parameters exceeds limit of 5000."),
        (
            an_object(x=TEXT | {"enum": [str(n) for n in range(1_001)]}),
            "Expected at most 1000 enum values in total within a single schema when using structured "
            "outputs, but received 1001.",
        ),
        (
            an_object(x=TEXT | {"enum": [f"{n:060}" for n in range(251)]}),
            "In context=('properties', 'x'), enum of 251 values has 15060 characters",
        ),
        (
            an_object(**{f"{n:0100}": TEXT for n in range(1_201)}),
            "120100 characters in names and values exceeds limit of 120000.",
        ),
    ],
)
def test_what_openai_refuses_is_refused_in_its_words(schema: object, message: str) -> None:
    with pytest.raises(SchemaError) as refused:
        check_strict_schema(schema)
    assert message in str(refused.value)
