"""The log: one JSON object a line, and nothing that a customer said."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from punai.logs import JsonLines, configure, event, listeners, log

CUSTOMERS_WORDS = "my card is 4111 1111 1111 1111"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What `configure("INFO", ...)` writes to; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, levels = root.handlers[:], (root.level, log.level)
    stream = io.StringIO()
    configure("INFO", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    log.setLevel(levels[1])


def written(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_event_is_one_line_of_json_with_its_fields(out: io.StringIO) -> None:
    event("turn", tenant="acme", latency_ms=1.5, escalation=False)
    [line] = written(out)
    when = datetime.fromisoformat(line.pop("time"))
    assert when.utcoffset() == timedelta(0)
    expected = {"level": "INFO", "message": "turn", "tenant": "acme", "latency_ms": 1.5, "escalation": False}
    assert line == expected


def test_fields_that_are_none_are_left_out(out: io.StringIO) -> None:
    event("turn", model=None, cost=0.0)
    [line] = written(out)
    assert "model" not in line
    assert line["cost"] == 0.0


def test_keys_stand_in_every_line_until_they_are_changed(out: io.StringIO) -> None:
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    [lines] = [formatter for formatter in formatters if isinstance(formatter, JsonLines)]
    lines.append_keys(service="punai-dev", cold_start=True, sampling_rate=None)
    log.warning("first")
    lines.append_keys(cold_start=False)
    event("turn", tenant="acme")
    first, second = ({name: line[name] for name in line if name != "time"} for line in written(out))
    assert first == {"level": "WARNING", "message": "first", "service": "punai-dev", "cold_start": True}
    assert list(second) == ["level", "message", "service", "cold_start", "tenant"]
    assert second["cold_start"] is False


def test_listener_is_told_of_every_event_whatever_the_level(out: io.StringIO) -> None:
    heard = []
    listeners.append(lambda message, fields: heard.append((message, fields)))
    configure("ERROR", out)
    event("turn", tenant="acme", model=None)
    event("a detail", level=logging.DEBUG)
    log.error("no event")
    listeners.clear()
    assert heard == [("turn", {"tenant": "acme"}), ("a detail", {})]


def test_listener_that_fails_costs_neither_the_event_nor_the_next_listener(out: io.StringIO) -> None:
    def fail(message: str, fields: object) -> None:
        raise ValueError(CUSTOMERS_WORDS)

    heard = []
    listeners.extend([fail, lambda message, fields: heard.append(message)])
    event("turn")
    listeners.clear()
    assert heard == ["turn"]
    assert [line["message"] for line in written(out)] == ["an event was not counted", "turn"]
    assert CUSTOMERS_WORDS not in out.getvalue()


def test_message_is_filled_in(out: io.StringIO) -> None:
    log.warning("%s is not a setting of PunAI%s", "PUNAI_STROE", "; did you mean PUNAI_STORE?")
    assert written(out)[0]["message"] == "PUNAI_STROE is not a setting of PunAI; did you mean PUNAI_STORE?"


ODD = ["two\nlines", "carriage\rreturn", 'a "quote"', "back\\slash", "\x00\x1b[31m", "日本 👍"]


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_stays_on_one_line_and_comes_back_whole(out: io.StringIO, odd: str) -> None:
    event(odd, field=odd)
    assert out.getvalue().count("\n") == 1
    [line] = [json.loads(line) for line in out.getvalue().split("\n") if line]
    assert (line["message"], line["field"]) == (odd, odd)


def test_broken_text_is_escaped_so_that_any_stream_takes_it(out: io.StringIO) -> None:
    event("a document was left out", document="\udcff.md")
    assert out.getvalue().encode("utf-8")
    assert written(out)[0]["document"] == "\udcff.md"


def test_value_that_json_does_not_know_is_written_as_text(out: io.StringIO) -> None:
    event("odd", error=ValueError("no"), kind={1}, when=timedelta(hours=1))
    [line] = written(out)
    assert (line["error"], line["kind"], line["when"]) == ("no", "{1}", "1:00:00")


def test_exception_is_told_by_its_type_and_place_and_never_by_its_text(out: io.StringIO) -> None:
    try:
        try:
            int(CUSTOMERS_WORDS)
        except ValueError as error:
            raise LookupError(CUSTOMERS_WORDS) from error
    except LookupError:
        log.exception("the pipeline failed")
    [line] = written(out)
    assert line["exception"] == "LookupError"
    assert [place.rpartition(":")[0] for place in line["at"]] == [__file__]
    assert "4111" not in out.getvalue()


def test_deep_exception_shows_its_last_places_only(out: io.StringIO) -> None:
    def fall(depth: int) -> None:
        if depth == 0:
            raise ValueError(CUSTOMERS_WORDS)
        fall(depth - 1)

    try:
        fall(50)
    except ValueError:
        log.exception("failed")
    assert len(written(out)[0]["at"]) == 6


def test_asking_for_an_exception_where_there_is_none_is_harmless(out: io.StringIO) -> None:
    log.error("no exception", exc_info=True)
    assert "exception" not in written(out)[0]


def test_level_is_the_one_asked_for(out: io.StringIO) -> None:
    event("hidden", level=logging.DEBUG)
    log.getChild("documents").warning("seen")
    configure("ERROR", out)
    log.warning("hidden")
    log.error("seen too")
    assert [line["message"] for line in written(out)] == ["seen", "seen too"]


def test_other_libraries_are_heard_from_warning_up(out: io.StringIO) -> None:
    library = logging.getLogger("somebody.elses")
    library.info("request to https://example.com with %s", CUSTOMERS_WORDS)
    library.warning("retrying")
    assert [line["message"] for line in written(out)] == ["retrying"]
