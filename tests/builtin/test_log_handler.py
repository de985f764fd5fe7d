"""Escalations in the log."""

import logging
from datetime import UTC, datetime

import pytest

from punai import Escalation, EscalationHandler, Tenant
from punai.builtin.log_handler import register_escalation_handlers, write_to_log
from punai.models import Line

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
ESCALATION = Escalation(
    id="esc_1",
    conversation_id="c",
    user_id="jo",
    reason="anger",
    at=NOW,
    name="Jo Bloggs",
    email="jo@example.com",
    note="my card is 4111",
    summary="my card is 4111",
    transcript=(Line(role="customer", text="my card is 4111", at=NOW),),
)


def test_handler_is_registered_as_log() -> None:
    found: dict[str, EscalationHandler] = {}
    register_escalation_handlers(found.__setitem__)
    assert found == {"log": write_to_log}


def test_line_says_where_and_why_and_never_what_was_said(caplog: pytest.LogCaptureFixture) -> None:
    assert write_to_log(ESCALATION, Tenant(id="acme", name="Acme")) == "log:esc_1"
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    fields = vars(record)["fields"]
    assert fields["reason"] == "anger"
    assert (fields["tenant"], fields["conversation_id"], fields["escalation_id"]) == ("acme", "c", "esc_1")
    assert not any(
        words in f"{record.getMessage()}{fields}" for words in ("4111", "Bloggs", "example.com", "jo@")
    )
