from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from punai.desk import Desk
from punai.models import Answer, Card, Turn
from punai.web.chat import ChatResponse


def ask(http: httpx.Client, user: str, message: str, **fields: str) -> dict[str, Any]:
    response = http.post("/chat", json={"user_id": user, "message": message, **fields})
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]  # JSON is anything


def test_a_message_is_answered_with_every_field_of_the_contract(http: httpx.Client) -> None:
    answer = ask(http, "fields", "thank you")
    assert answer.pop("conversation_id")
    assert answer.pop("message_id")
    assert 0 <= answer.pop("confidence") <= 1
    assert answer == {
        "reply": "You're welcome!",
        "escalation": False,
        "status": "bot",
        "intent": "gratitude",
        "sentiment": "positive",
        "citations": [],
        "blocks": [{"type": "text", "text": "You're welcome!"}],
        "suggestions": [],
        "answered_by": "reply",
    }


def test_the_client_may_name_conversation_and_message(http: httpx.Client) -> None:
    answer = ask(http, "names", "thank you", conversation_id="theirs", message_id="first")
    assert (answer["conversation_id"], answer["message_id"]) == ("theirs", "first")


def test_a_message_is_trimmed(http: httpx.Client, stored: Callable[[str], list[Turn]]) -> None:
    ask(http, "trim", "  thank you \n")
    assert [turn.text for turn in stored("trim")] == ["thank you"]


@pytest.mark.parametrize("length", [1, 4000])
def test_the_longest_and_the_shortest_message_are_answered(http: httpx.Client, length: int) -> None:
    assert ask(http, f"length {length}", f"  {'x' * length}  ")["reply"]


def test_a_retry_gets_the_stored_answer(http: httpx.Client, stored: Callable[[str], list[Turn]]) -> None:
    first = ask(http, "retry", "thank you", message_id="m1")
    assert ask(http, "retry", "thank you", message_id="m1", conversation_id=first["conversation_id"]) == first
    assert len(stored("retry")) == 1


def test_fields_from_the_future_are_ignored(http: httpx.Client) -> None:
    assert ask(http, "future", "thank you", colour="red")["reply"] == "You're welcome!"


def test_a_conversation_belongs_to_its_user(http: httpx.Client) -> None:
    ask(http, "owner", "thank you", conversation_id="owned")
    response = http.post("/chat", json={"user_id": "thief", "message": "hi", "conversation_id": "owned"})
    assert response.status_code == 403
    assert response.json()["detail"] == "The conversation belongs to another user."


def test_a_message_id_is_not_used_twice_for_different_words(http: httpx.Client) -> None:
    ask(http, "mismatch", "thank you", conversation_id="mismatch", message_id="m1")
    body = {"user_id": "mismatch", "message": "no", "conversation_id": "mismatch", "message_id": "m1"}
    assert http.post("/chat", json=body).status_code == 409


def test_a_channel_must_be_registered(http: httpx.Client) -> None:
    assert ask(http, "channel", "thank you", channel="web")["reply"]
    response = http.post("/chat", json={"user_id": "channel", "message": "hi", "channel": "pigeon"})
    assert response.status_code == 400
    assert [each["field"] for each in response.json()["errors"]] == ["channel"]


def test_a_human_has_the_word_alone(http: httpx.Client, desk: Desk) -> None:
    conversation = ask(http, "quiet", "let me talk to a person")["conversation_id"]
    desk.take_over(desk.default_tenant, conversation)
    answer = ask(http, "quiet", "are you there?")
    assert (answer["reply"], answer["status"], answer["blocks"]) == ("", "human", [])


def test_blocks_of_an_answer_are_passed_on() -> None:
    card = Card(title="Lamp", url="https://shop.example/lamp")
    answer = Answer(reply="This one?", answered_by="documents", blocks=(card,))
    turn = Turn(
        conversation_id="c", message_id="m", user_id="u", text="t", at=datetime.now(UTC), answer=answer
    )
    assert ChatResponse.of(turn).blocks == (card,)


def test_thirty_two_customers_at_once_each_get_their_own_answer(http: httpx.Client) -> None:
    def talk(number: int) -> list[str]:
        user = f"crowd {number}"
        return [ask(http, user, f"thank you {n}", message_id=f"{number}-{n}")["message_id"] for n in range(5)]

    with ThreadPoolExecutor(32) as pool:
        answered = list(pool.map(talk, range(32)))
    assert answered == [[f"{number}-{n}" for n in range(5)] for number in range(32)]


def test_a_request_has_an_id(http: httpx.Client) -> None:
    first, second = (http.get("/health").headers["X-Request-Id"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize("path", ["/openapi.json", "/health", "/nowhere"])
def test_answers_are_neither_sniffed_nor_stored(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
