"""Changing values in a JSON text that people wrote, and nothing else of it: no other line is set anew."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_decoder = json.JSONDecoder()
_space = re.compile(r"[ \t\n\r]*")


class Member(NamedTuple):
    """A key of an object: where it begins, and where its value begins and ends."""

    key: str
    start: int
    value: int
    end: int


def with_values(text: str, path: Sequence[str], values: Mapping[str, str]) -> str:
    """The text with these values in the object that the path leads to; objects that are missing are made.

    Raises:
        ValueError: it is no JSON, or something on the path is no object.
    """
    json.loads(text)
    for key, value in values.items():
        text = _with_value(text, _skip(text, 0), [*path, key], json.dumps(value))
    return text


def _with_value(text: str, at: int, path: Sequence[str], literal: str) -> str:
    """The text with a literal at the end of the path that begins in the object there."""
    step, *rest = path
    members = list(_members(text, at))
    found = next((member for member in members if member.key == step), None)
    if found and rest:
        return _with_value(text, found.value, rest, literal)
    if found:
        return text[: found.value] + literal + text[found.end :]
    for key in reversed(rest):
        literal = f"{{{json.dumps(key)}: {literal}}}"
    new = f"{json.dumps(step)}: {literal}"
    if not members:
        return text[: at + 1] + new + text[_skip(text, at + 1) :]
    set_off = text[at + 1 : members[0].start] or " "  # as the first member is
    return text[: members[-1].end] + "," + set_off + new + text[members[-1].end :]


def _members(text: str, at: int) -> Iterator[Member]:
    """The members of the object that begins there."""
    if text[at] != "{":
        raise json.JSONDecodeError("this is no object", text, at)
    at = _skip(text, at + 1)
    while text[at] != "}":
        start = at
        key, at = _decoder.raw_decode(text, at)
        value = _skip(text, _skip(text, at) + 1)  # behind the colon
        _, end = _decoder.raw_decode(text, value)
        yield Member(key, start, value, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    """Where the next thing begins that is no space."""
    space = _space.match(text, at)
    return space.end() if space else at
