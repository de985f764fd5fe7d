from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from punai.desk import Desk
from punai.models import Escalation, Turn
from punai.web.lex import NOTE_LENGTH, StoreQueryRequest, Utterance, history_note

ESCALATE = {
    "userQuery": "I want to talk to a person",
    "conversationHistory": [{"role": "user", "text": "Where is my order?"}],
    "userEmail": "ann@example.com",
    "userName": "Ann",
}
STORE_QUERY = {
    "sessionId": "session",
    "timestamp": "2026-01-31T12:00:00Z",
    "userQuery": "Where is my order?",
    "botResponse": "It arrives tomorrow.",
    "confidenceScore": 0.93,
    "intentName": "order_status",
}


def escalations_of(desk: Desk, user: str) -> list[Escalation]:
    tenant = desk.tenants[desk.default_tenant]
    return [each for each in desk.store.escalations(tenant) if each.user_id == user]


def test_asking_for_a_human_opens_an_escalation_with_what_is_known(http: httpx.Client, desk: Desk) -> None:
    response = http.post("/escalate", json=ESCALATE)
    assert response.status_code == 200
    assert response.json() == {"message": desk.tenants[desk.default_tenant].texts.handoff}
    [escalation] = escalations_of(desk, "ann@example.com")
    assert (escalation.name, escalation.email) == ("Ann", "ann@example.com")
    assert escalation.note == "user: Where is my order?"


def test_asking_again_does_not_open_another(http: httpx.Client, desk: Desk) -> None:
    body = ESCALATE | {"userEmail": "again@example.com", "sessionId": "again"}
    answers = [http.post("/escalate", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    [escalation] = escalations_of(desk, "again@example.com")
    assert escalation.conversation_id == "again"


def test_asking_while_a_human_has_it_says_so(http: httpx.Client, desk: Desk) -> None:
    body = ESCALATE | {"userEmail": "held@example.com", "sessionId": "held"}
    http.post("/escalate", json=body)
    desk.take_over(desk.default_tenant, "held")
    message = http.post("/escalate", json=body).json()["message"]
    assert message == "A colleague has this conversation and was given your message."


def test_nameless_customers_get_a_human_too(http: httpx.Client, desk: Desk) -> None:
    body = ESCALATE | {"userEmail": "nameless@example.com", "userName": " ", "conversationHistory": ""}
    assert http.post("/escalate", json=body).status_code == 200
    [escalation] = escalations_of(desk, "nameless@example.com")
    assert (escalation.name, escalation.note) == (None, None)


def test_an_exchange_from_elsewhere_is_kept(http: httpx.Client, stored: Callable[[str], list[Turn]]) -> None:
    response = http.post("/store-query", json=STORE_QUERY)
    assert response.status_code == 200
    assert response.json() == {"message": "The exchange was stored."}
    [turn] = stored("session")
    assert (turn.text, turn.at) == ("Where is my order?", datetime(2026, 1, 31, 12, tzinfo=UTC))
    assert turn.answer
    assert (turn.answer.reply, turn.answer.intent, turn.answer.confidence) == (
        "It arrives tomorrow.",
        "order_status",
        0.93,
    )


def test_the_same_exchange_is_kept_once(http: httpx.Client, stored: Callable[[str], list[Turn]]) -> None:
    body = STORE_QUERY | {"sessionId": "once"}
    for again in (body, body, body | {"timestamp": "2026-01-31T13:00:00+01:00"}):
        assert http.post("/store-query", json=again).status_code == 200
    assert len(stored("once")) == 1
    http.post("/store-query", json=body | {"botResponse": "It arrives today."})
    assert len(stored("once")) == 2


def test_an_exchange_without_intent_or_score_is_other(
    http: httpx.Client, stored: Callable[[str], list[Turn]]
) -> None:
    body = STORE_QUERY | {"sessionId": "other", "intentName": "", "confidenceScore": None}
    assert http.post("/store-query", json=body).status_code == 200
    [turn] = stored("other")
    assert turn.answer
    assert (turn.answer.intent, turn.answer.confidence) == ("other", 0.0)


def test_a_human_is_asked_for_in_a_conversation_that_began_elsewhere(http: httpx.Client, desk: Desk) -> None:
    http.post("/store-query", json=STORE_QUERY | {"sessionId": "began"})
    body = ESCALATE | {"userEmail": "began@example.com", "sessionId": "began"}
    assert http.post("/escalate", json=body).status_code == 200


@pytest.mark.parametrize(
    ("timestamp", "moment"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T13:00:00.5+01:00", datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
        (1_769_860_800, datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (1_769_860_800.5, datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
        (1_769_860_800_500, datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("1769860800", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59-14:00", datetime(2100, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_however_it_is_written(timestamp: Any, moment: datetime) -> None:
    request = StoreQueryRequest.model_validate({**STORE_QUERY, "timestamp": timestamp}, strict=False)
    assert request.at == moment


@pytest.mark.parametrize(
    ("score", "number"), [(0, 0), (1, 1), (0.5, 0.5), ("0.93", 0.93), ("1.0", 1), ("1e-05", 1e-05), (None, 0)]
)
def test_a_score_is_read_however_it_is_written(
    http: httpx.Client, stored: Callable[[str], list[Turn]], score: Any, number: float
) -> None:
    session = f"score {score!r}"
    body = STORE_QUERY | {"sessionId": session, "confidenceScore": score}
    assert http.post("/store-query", json=body).status_code == 200
    [turn] = stored(session)
    assert turn.answer
    assert turn.answer.confidence == number


@pytest.mark.parametrize(
    ("history", "note"),
    [
        ("", None),
        ([], None),
        (["", " "], None),
        ("user: hi\nbot: hello", "user: hi\nbot: hello"),
        (["hi", "hello"], "hi\nhello"),
        (
            [Utterance(role="user", content="hi"), Utterance(sender="bot", message="hello")],
            "user: hi\nbot: hello",
        ),
        (
            [Utterance.model_validate({"from": "user", "text": "hi"}), Utterance(text="hello")],
            "user: hi\nhello",
        ),
    ],
)
def test_a_history_becomes_a_note(history: Any, note: str | None) -> None:
    assert history_note(history) == note


def test_of_a_long_history_the_end_is_noted() -> None:
    note = history_note(["first", "x" * NOTE_LENGTH, "last"])
    assert note
    assert len(note) <= NOTE_LENGTH + 2
    assert note.startswith("… x")
    assert note.endswith("\nlast")
