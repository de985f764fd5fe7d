"""Labelled messages, read from a file and grouped into intents."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from punai.cli.output import progress
from punai.models import OTHER
from punai.ports import PunaiError

COLUMNS = (("text", "intent"), ("sentence", "label"))
"""What the two columns may be called."""

OUT_OF_SCOPE = (OTHER, "no_nodes_detected")
"""Labels, in lower case, of messages that fit none of the intents."""

ESCALATION = "expect_escalation"
"""The column that says whether a message is to bring in a human."""

TRUTHS: Mapping[str, bool | None] = {
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0"), False),
    **dict.fromkeys(("", "null"), None),
}
"""What may stand there, in lower case; nothing where it is not known."""

LONGEST = 4000


class Labelled(NamedTuple):
    """A row: the message, its label, whether a human is expected (None: not known), and the file and line."""

    text: str
    label: str
    expect_escalation: bool | None
    place: str


@dataclass
class Grouped:
    """Messages by intent, and how many were left out and why. `labels` maps an intent's name to its label."""

    examples: dict[str, list[str]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    out_of_scope: int = 0
    empty: int = 0
    too_long: int = 0
    repeated: int = 0
    contradicting: int = 0


def read_rows(path: Path) -> Iterator[tuple[str, str]]:
    """The text and the label of every row, as `read_labelled` finds them."""
    return ((row.text, row.label) for row in read_labelled(path))


def read_labelled(path: Path) -> Iterator[Labelled]:
    """Every row of a CSV file with a header, or of a JSON lines file, trimmed.

    Raises:
        PunaiError: the file is not UTF-8, lacks a column or has a broken row; with the file and the line.
    """
    lines = _lines(path)
    first = next((line for line in lines if line.strip()), "")
    rows = _json_rows if first.lstrip().startswith(("{", "[")) else _csv_rows
    with progress(lines, "Reading") as watched:
        yield from rows(watched, path)


def read_objects(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Every object of a JSON lines file, with its file and line.

    Raises:
        PunaiError: the file is not UTF-8, or a line holds no object; with the file and the line.
    """
    return _objects(_lines(path), path)


def _lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.readlines()
    except UnicodeDecodeError as error:
        raise PunaiError(f"{path} is not UTF-8; save it as UTF-8") from error


def group(rows: Iterable[tuple[str, str]]) -> Grouped:
    """Sort messages into intents; of a message found again, the first one counts."""
    grouped = Grouped()
    names: dict[str, str] = {}
    seen: dict[str, str] = {}
    for text, label in rows:
        key = " ".join(text.casefold().split())
        if not text or not label:
            grouped.empty += 1
        elif label.casefold() in OUT_OF_SCOPE:
            grouped.out_of_scope += 1
        elif len(text) > LONGEST:
            grouped.too_long += 1
        elif key in seen:
            grouped.repeated += seen[key] == label
            grouped.contradicting += seen[key] != label
        else:
            seen[key] = label
            if label not in names:
                names[label] = _free_name(label, grouped.labels)
                grouped.labels[names[label]] = label
            grouped.examples.setdefault(names[label], []).append(text)
    return grouped


def describe(label: str) -> str:
    """A label in plain words: `100_NIGHT_TRIAL_OFFER` is "100 night trial offer"."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", label)
    return " ".join(re.sub(r"[_.\-]+", " ", apart).lower().split())[:500] or label[:500]


def intent_name(label: str) -> str:
    """A label as the name of an intent: `reverted payment?` is "reverted_payment"."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", label).strip("_.-")[:60] or "intent"


def _free_name(label: str, taken: Mapping[str, str]) -> str:
    name = intent_name(label)
    if name.casefold() == OTHER or name in taken:
        name += next(f"_{n}" for n in range(2, len(taken) + 3) if f"{name}_{n}" not in taken)
    return name


def _csv_rows(lines: Iterable[str], path: Path) -> Iterator[Labelled]:
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        text, label = (header.index(name) for name in _columns(header, f"{path}:1"))
        for row in reader:
            place = f"{path}:{reader.line_num}"
            if len(row) > len(header):
                raise PunaiError(
                    f"{place}: {len(row)} columns, but the header has {len(header)}; "
                    "put a text with commas into quotes"
                )
            row += [""] * (len(header) - len(row))
            expected = row[header.index(ESCALATION)] if ESCALATION in header else None
            yield Labelled(row[text].strip(), row[label].strip(), _truth(expected, place), place)
    except csv.Error as error:
        raise PunaiError(f"{path}:{reader.line_num}: {error}") from error


def _json_rows(lines: Iterable[str], path: Path) -> Iterator[Labelled]:
    for place, row in _objects(lines, path):
        text, label = (row[name] for name in _columns(row, place))
        if not isinstance(text, str) or not isinstance(label, str):
            raise PunaiError(f"{place}: the text and its intent must be strings")
        yield Labelled(text.strip(), label.strip(), _truth(row.get(ESCALATION), place), place)


def _truth(value: object, place: str) -> bool | None:
    told = "" if value is None else str(value).strip().casefold()
    if told not in TRUTHS:
        raise PunaiError(f"{place}: {ESCALATION}: may hold true, false or nothing")
    return TRUTHS[told]


def _objects(lines: Iterable[str], path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f"{path}:{number}"
            yield place, _object(line, place)


def _object(line: str, place: str) -> dict[str, object]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PunaiError(f"{place}: is not JSON; one JSON object a line is needed") from error
    if not isinstance(found, dict):
        raise PunaiError(f"{place}: one JSON object a line is needed, this is something else")
    return found


def _columns(found: Iterable[str], place: str) -> tuple[str, str]:
    present = list(found)
    for pair in COLUMNS:
        if all(name in present for name in pair):
            return pair
    raise PunaiError(
        f"{place}: has {', '.join(map(repr, present))[:200] or 'no columns'}; "
        "needed are 'text' and 'intent' (or 'sentence' and 'label')"
    )
