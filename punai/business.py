"""A business pack: `business.toml`, `knowledge/` and optional hooks, in a folder of their own."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from punai.hours import Hours
from punai.logo import address
from punai.models import OTHER, Intent
from punai.phrases import placeholders, shipped
from punai.ports import ConfigurationError
from punai.routing import Route
from punai.tenant import Chat, ConversationSettings, Ladder, Tenant, Texts, Thresholds

FILE = "business.toml"
_SET_BY_PUNAI = ("id", "folder")
_TABLES: Mapping[str, type[BaseModel]] = {
    "": Tenant,
    "intents": Intent,
    "thresholds": Thresholds,
    "ladder": Ladder,
    "texts": Texts,
    "chat": Chat,
    "conversation": ConversationSettings,
    "hours": Hours,
    "routes": Route,
}


def find_packs(folder: Path) -> list[Path]:
    """The business packs in a folder of plugins, by name."""
    return sorted(
        path.parent for path in folder.glob(f"*/{FILE}") if not path.parent.name.startswith(("_", "."))
    )


def read_pack(folder: Path, defaults: Mapping[str, Mapping[str, Any]] | None = None) -> Tenant:
    """Read a pack's `business.toml`; `defaults` are settings by section, for what the pack does not set.

    Raises:
        ConfigurationError: it cannot be read, or a key is unknown, missing or wrong: one line with the file,
            the line where it can be told, and the fix.
    """
    path = folder / FILE
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", folder.name):
        raise ConfigurationError(f"{folder}: name the folder with letters, digits, - and _ only")
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
        values = tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8; save it as UTF-8") from error
    except (ValueError, RecursionError) as error:  # beside tomllib's own: numbers and nesting beyond Python's
        raise ConfigurationError(f"{path}: is not valid TOML: {error}") from error
    for key in _SET_BY_PUNAI:
        if key in values:
            raise ConfigurationError(f"{path}:{_line(text, (key,))}: {key}: unknown key; remove it")
    tenant = _validated(values, path, text)
    _check_intents(tenant, path, text)
    _check_words(tenant, path, text)
    settings = {**(defaults or {})}
    for section, keys in tenant.settings.items():
        settings[section] = {**settings.get(section, {}), **keys}
    chat = tenant.chat.model_copy(update={"logo": _logo(tenant, path, text)})
    return tenant.model_copy(update={"settings": settings, "folder": str(folder), "chat": chat})


def _validated(values: Mapping[str, Any], path: Path, text: str) -> Tenant:
    try:
        # JSON, since strict validation takes a JSON array for a tuple, but no Python list.
        return Tenant.model_validate_json(
            json.dumps({**values, "id": path.parent.name}, default=str), strict=True
        )
    except ValidationError as error:
        first, *others = error.errors(include_url=False)
        more = f" (and {len(others)} more)" if others else ""
        place = f"{path}:{_line(text, first['loc'])}"
        raise ConfigurationError(f"{place}: {_dotted(first['loc'])}: {_fix(first)}{more}") from error


def _check_intents(tenant: Tenant, path: Path, text: str) -> None:
    seen: dict[str, int] = {}
    for number, intent in enumerate(tenant.intents):
        if intent.name == OTHER:
            place = f"{path}:{_line(text, ('intents', number, 'name'))}"
            raise ConfigurationError(f"{place}: the intent name {OTHER!r} is PunAI's own; choose another")
        if intent.name in seen:
            first, second = (_line(text, ("intents", n, "name")) for n in (seen[intent.name], number))
            raise ConfigurationError(
                f"{path}:{second}: a second intent named {intent.name!r}, the first is on line {first}; "
                "merge them or rename one"
            )
        seen[intent.name] = number


def _check_words(tenant: Tenant, path: Path, text: str) -> None:
    known = shipped("en")
    for language, words in tenant.chat.words.items():
        for key, phrase in words.items():
            wrong = None
            if key not in known:
                nearest = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {nearest[0]!r}?" if nearest else f"the keys are: {', '.join(known)}"
                wrong = f"unknown key; {hint}"
            elif unknown := sorted(placeholders(phrase) - placeholders(known[key])):
                allowed = ", ".join(f"{{{name}}}" for name in sorted(placeholders(known[key])))
                hint = f"use {allowed}" if allowed else "remove it"
                wrong = f"{{{unknown[0]}}} stands for nothing here; {hint}"
            if wrong:
                location = ("chat", "words", language, key)
                raise ConfigurationError(f"{path}:{_line(text, location)}: {_dotted(location)}: {wrong}")


def _logo(tenant: Tenant, path: Path, text: str) -> str | None:
    if tenant.chat.logo is None:
        return None
    try:
        return address(tenant.chat.logo, path.parent)
    except ValueError as error:
        place = f"{path}:{_line(text, ('chat', 'logo'))}"
        raise ConfigurationError(f"{place}: chat.logo: {tenant.chat.logo!r} {error}") from error


def _fix(error: ErrorDetails) -> str:
    location, kind = error["loc"], error["type"]
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        table = _TABLES.get("" if len(location) == 1 else str(location[0]))
        known = [key for key in table.model_fields if key not in _SET_BY_PUNAI] if table else []
        nearest = difflib.get_close_matches(str(location[-1]), known, n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"the keys are: {', '.join(known)}"
        return f"unknown key; {hint}"
    if kind == "too_short":
        return "is empty; give at least one"
    if kind == "string_too_short":
        return "is empty; fill it in"
    if kind == "tuple_type" and location in (("intents",), ("routes",)):
        return f"needs a list: a line [[{location[0]}]] before the keys of each"
    if kind == "tuple_type":
        return 'needs a list, as in ["one", "two"]'
    if kind in ("model_type", "mapping_type", "dict_type"):
        return f"needs a table: a line [{_dotted(location)}], then its keys"
    if kind == "string_pattern_mismatch":
        return "use letters, digits, _, - and . only, at most 64"
    message = error["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _dotted(location: Iterable[str | int]) -> str:
    dotted = ""
    for part in location:
        if isinstance(part, int):
            dotted += f"[{part}]"
        else:
            dotted += f".{part}" if re.fullmatch(r"[\w-]+", part) else f".{json.dumps(part)}"
    return dotted.removeprefix(".")


def _line(text: str, location: tuple[str | int, ...]) -> int:
    """The line that a key stands on; where it cannot be told, that of its table; else the first."""
    lines = text.split("\n")
    if len(location) > 2 and all(isinstance(part, str) for part in location):
        inner = r"\s*\.\s*".join(rf"""["']?{re.escape(str(part))}["']?""" for part in location[:-1])
        for index, line in enumerate(lines):
            if re.match(rf"\s*\[\s*{inner}\s*\]", line):
                key = rf"""["']?{re.escape(str(location[-1]))}["']?\s*"""
                return (_assignment(lines, index + 1, key) or index) + 1
    table, *within = location
    named = rf"""["']?{re.escape(str(table))}["']?\s*"""
    headers = [index for index, line in enumerate(lines) if re.match(rf"\s*\[\[?\s*{named}[.\]]", line)]
    number = within[0] if within and isinstance(within[0], int) else 0
    if not within or number >= len(headers):
        return (_assignment(lines, 0, named) or (headers[0] if headers else 0)) + 1
    key = next((part for part in within if isinstance(part, str)), "")
    start = headers[number]
    return (_assignment(lines, start + 1, rf"""["']?{re.escape(key)}["']?\s*""") or start) + 1


def _assignment(lines: Sequence[str], start: int, key: str) -> int | None:
    """Where the key is set, between a line and the next table."""
    for index in range(start, len(lines)):
        if re.match(r"\s*\[", lines[index]):
            return None
        if re.match(rf"\s*{key}[.=]", lines[index]):
            return index
    return None
