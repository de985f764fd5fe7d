"""Every strict schema gets an answer that fits it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field

from punai.testing.smallest_answer import smallest_answer
from punai.testing.strict_schema import check_strict_schema


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Node(BaseModel):
    value: int
    next: "Node | None"
    children: list["Node"]


class Everything(BaseModel):
    text: str
    pattern: Annotated[str, Field(pattern="^[a-z]+$")]
    colour: Colour
    only: Literal["this"]
    maybe: str | None
    number: float
    share: Annotated[float, Field(ge=0, le=1)]
    small: Annotated[float, Field(gt=0, lt=0.5)]
    large: Annotated[float, Field(gt=100)]
    negative: Annotated[float, Field(lt=-1)]
    tenth: Annotated[float, Field(multiple_of=0.1, gt=3)]
    count: int
    stars: Annotated[int, Field(ge=3, le=5)]
    below: Annotated[int, Field(lt=0)]
    dozens: Annotated[int, Field(multiple_of=12, gt=12)]
    flag: bool
    nothing: None
    words: list[str]
    pair: Annotated[list[int], Field(min_length=2, max_length=2)]
    day: date
    moment: datetime
    id: UUID
    node: Node


def test_a_model_of_every_kind_of_field_validates_its_smallest_answer() -> None:
    schema = to_strict_json_schema(Everything)
    check_strict_schema(schema)
    answer = smallest_answer(schema)
    Everything.model_validate(answer)
    assert list(answer) == list(Everything.model_fields)
    assert answer["text"] == answer["maybe"] == "ok?"
    assert answer["number"] == answer["share"] == 0.9
    assert answer["colour"] == "red"
    assert answer["flag"] is False
    assert answer["words"] == []
    assert answer["node"] == {"value": 1, "next": None, "children": []}


def test_a_root_that_holds_itself_ends_at_once() -> None:
    node = {"anyOf": [{"$ref": "#"}, {"type": "null"}]}
    assert smallest_answer({"type": "object", "properties": {"next": node}}) == {"next": None}


@pytest.mark.parametrize(
    ("schema", "error", "message"),
    [
        ({"type": "string", "pattern": "^[0-9]{5}$"}, ValueError, "script an answer"),
        ({"type": "integer", "minimum": 2, "maximum": 1}, ValueError, "script an answer"),
        ({"type": "object", "properties": {"self": {"$ref": "#"}}}, RecursionError, "no finite answer"),
        ({"anyOf": [{"$ref": "#"}]}, RecursionError, "no finite answer"),
    ],
)
def test_what_has_no_built_in_answer_says_so(
    schema: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        smallest_answer(schema)
