"""Logs as JSON lines: what happened, to whom, how long it took; never a customer's words."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, TextIO

log = logging.getLogger("punai")


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, message, then the fields given as `extra={"fields": {...}}`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "message": record.getMessage(),
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
    """Log one event with its fields; those that are None are left out."""
    log.log(level, message, extra={"fields": {k: v for k, v in fields.items() if v is not None}})
