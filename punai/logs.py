"""Logs as JSON lines: what happened, to whom, how long it took; never a customer's words."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

log = logging.getLogger("punai")

listeners: list[Callable[[str, Mapping[str, Any]], None]] = []
"""Who is told of every event, whatever the level: its message and its fields."""


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, message, then the fields given as `extra={"fields": {...}}`."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[str, Any] = {}

    def append_keys(self, **keys: Any) -> None:
        """Have these in every line from now on, as powertools' `Logger` wants it; not those that are None."""
        self._keys = {name: value for name, value in {**self._keys, **keys}.items() if value is not None}

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
            **self._keys,
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["at"] = frames(record.exc_info[2])
        # Half of a surrogate pair, as in a file's broken name, is no text to a stream: it is escaped.
        return json.dumps(line, default=str, ensure_ascii=False).encode(errors="backslashreplace").decode()


def frames(traceback: Any) -> list[str]:
    """Where an exception passed, as `file:line`: an exception's own text may hold a customer's words."""
    places = []
    while traceback is not None:
        places.append(f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return places[-6:]


def configure(level: str, stream: TextIO) -> None:
    """Send PunAI's logs, and other libraries' warnings, to the stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    log.setLevel(level)


def event(message: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event with its fields, and tell the listeners; those that are None are left out."""
    known = {name: value for name, value in fields.items() if value is not None}
    for listener in listeners:
        try:
            listener(message, known)
        except Exception:  # what is counted is never worth an answer
            log.exception("an event was not counted")
    log.log(level, message, extra={"fields": known})
