"""Values changed in a JSON text leave the rest of it alone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punai.provision.json_text import with_values

PATH = ["stages", "dev", "variables"]
WRITTEN = """{
  "layers": ["a", "b"],
    "stages": {
    "prod": {"variables": {"STORE": "prod's"}},
    "dev": {
      "variables": {
        "STORE": "sqlite",
        "OTHER": "stays, with \\"quotes\\" and {braces}"
      }
    }
  }
}
"""


def at_path(text: str) -> Any:
    found = json.loads(text)
    for step in PATH:
        found = found[step]
    return found


def test_only_the_named_lines_change() -> None:
    changed = with_values(WRITTEN, PATH, {"STORE": "dynamodb", "TOPIC": "arn:aws"})
    assert changed == WRITTEN.replace('"sqlite"', '"dynamodb"').replace(
        '{braces}"\n', '{braces}",\n        "TOPIC": "arn:aws"\n'
    )


def test_the_same_again_changes_nothing() -> None:
    once = with_values(WRITTEN, PATH, {"STORE": "dynamodb", "TOPIC": "arn:aws"})
    assert with_values(once, PATH, {"STORE": "dynamodb", "TOPIC": "arn:aws"}) == once


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"stages":{}}',
        '{"stages": {"dev": {}}}',
        '{"stages": {"dev": {"variables": { } } } }',
        '\n{ "stages" :\t{"dev" : {"a": 1}}}\r\n',
    ],
)
def test_objects_that_are_missing_are_made(text: str) -> None:
    assert at_path(with_values(text, PATH, {"A": "1", "null": "null"})) == {"A": "1", "null": "null"}


@pytest.mark.parametrize("text", ["", "{", '{"stages": []}', '{"stages": {"dev": "x"}}', "[]"])
def test_what_holds_no_such_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|no object|property name"):
        with_values(text, PATH, {"A": "1"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
STAGE = st.fixed_dictionaries(
    {"variables": st.dictionaries(st.text(), st.text(), max_size=3)}, optional={"x": JSON}
)
CONFIG = st.fixed_dictionaries(
    {"stages": st.fixed_dictionaries({"dev": STAGE}, optional={"prod": JSON})}, optional={"y": JSON}
)


@given(
    config=CONFIG, values=st.dictionaries(st.text(), st.text()), indent=st.sampled_from([None, 0, 2, "\t"])
)
def test_it_says_what_python_would_have_written(config: Any, values: dict[str, str], indent: Any) -> None:
    changed = json.loads(with_values(json.dumps(config, indent=indent), PATH, values))
    config["stages"]["dev"]["variables"] |= values
    assert changed == config
