"""The web application out of the zip, under Lambda's own runtime client, asked by API Gateway."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from punai.testing import OpenAIServer, passages_in, proposal
from punai.web import PARTS
from tests.aws.conftest import Start
from tests.aws.events import in_base64, request
from tests.aws.lambda_process import Function
from tests.aws.package import ROOT
from tests.aws.stage import Stage

PROBLEM = "application/problem+json"
CHAT = {"user_id": "ann", "message": "thank you"}
ROUTES: dict[tuple[str, str], Any] = {
    ("GET", "/"): None,
    ("GET", "/widget.js"): None,
    ("GET", "/widget.json"): None,
    ("GET", "/health"): None,
    ("GET", "/openapi.json"): None,
    ("POST", "/session"): {},
    ("POST", "/chat"): CHAT,
    ("POST", "/escalate"): {
        "userQuery": "I want to talk to a person",
        "conversationHistory": [{"role": "user", "text": "Where is my order?"}],
        "userEmail": "ann@example.com",
        "userName": "Ann",
    },
    ("POST", "/store-query"): {
        "sessionId": "session-1",
        "timestamp": "2026-01-31T12:00:00Z",
        "userQuery": "Where is my order?",
        "botResponse": "It arrives tomorrow.",
        "confidenceScore": 0.93,
        "intentName": "order_status",
    },
}
"""Every route, with a body that it takes."""
OF_A_CONVERSATION: dict[tuple[str, str], Any] = {
    ("GET", "/messages"): None,
    ("POST", "/feedback"): {"rating": 4},
    ("POST", "/close"): {},
}
"""Every route that is about a conversation of one's own, with what of its body is not about whose it is."""


def ask(function: Function, method: str, path: str, body: Any = None, **fields: Any) -> tuple[int, Any, Any]:
    """Status, body (parsed where it is JSON) and headers of the answer."""
    answer = function.invoke(request(method, path, body, **fields))
    headers: Mapping[str, str] = answer["headers"]
    is_json = "json" in headers.get("Content-Type", "")
    return answer["statusCode"], json.loads(answer["body"]) if is_json else answer["body"], headers


def say(function: Function, message: str, **fields: Any) -> Any:
    status, body, _ = ask(function, "POST", "/chat", {"user_id": "ann", "message": message, **fields})
    assert status == 200, body
    return body


def test_every_route_is_asked() -> None:
    assert {*ROUTES, *OF_A_CONVERSATION} == {
        (each.method, each.path) for part in PARTS for each in part.operations
    }


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=map(" ".join, ROUTES))
def test_route_answers(web: Function, method: str, path: str) -> None:
    status, body, headers = ask(web, method, path, ROUTES[method, path])
    assert status == 200, body
    assert body
    assert headers["X-Request-Id"]


def test_widget_is_the_file_as_it_is_and_may_be_kept(web: Function) -> None:
    status, body, headers = ask(web, "GET", "/widget.js")
    assert (status, body) == (200, (ROOT / "punai/web/static/widget.js").read_text())
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    again = ask(web, "GET", "/widget.js", headers={"If-None-Match": headers["ETag"]})
    assert again[:2] == (304, "")


def test_visitor_speaks_with_a_token_alone(web: Function) -> None:
    _, session, _ = ask(web, "POST", "/session", {})
    body = {"user_id": session["user_id"], "message": "thank you"}
    assert ask(web, "POST", "/chat", body, headers={"Authorization": f"Bearer {session['token']}"})[0] == 200
    status, _, headers = ask(web, "POST", "/chat", body)
    assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
    assert session["token"] not in web.log


@pytest.mark.parametrize(("method", "path"), OF_A_CONVERSATION, ids=map(" ".join, OF_A_CONVERSATION))
def test_route_of_a_conversation_answers_whose_it_is(web: Function, method: str, path: str) -> None:
    _, session, _ = ask(web, "POST", "/session", {})
    bearer = {"headers": {"Authorization": f"Bearer {session['token']}"}}
    own = {"user_id": session["user_id"]}
    said = ask(web, "POST", "/chat", {**own, "message": "thank you"}, **bearer)[1]
    given = OF_A_CONVERSATION[method, path]
    body = None if given is None else {**own, "conversation_id": said["conversation_id"], **given}
    status, answer, _ = ask(web, method, path, body, **bearer)
    assert (status, answer["conversation_id"]) == (200, said["conversation_id"])
    assert ask(web, method, path, body)[0] == 401


def test_health_names_what_is_in_use(web: Function) -> None:
    _, body, _ = ask(web, "GET", "/health")
    assert (body["status"], body["store"], body["model"]) == ("ok", "dynamodb", "local")


def test_openapi_document_describes_every_route(web: Function) -> None:
    _, document, _ = ask(web, "GET", "/openapi.json")
    described = {(method.upper(), path) for path, each in document["paths"].items() for method in each}
    assert described == {*ROUTES, *OF_A_CONVERSATION}


def test_page_of_another_origin_may_call_where_the_setting_says_so(start: Start) -> None:
    function = start(PUNAI_CORS="https://shop.example")
    for origin, allowed in (("https://shop.example", "https://shop.example"), ("https://evil.example", None)):
        asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        _, _, headers = ask(function, "OPTIONS", "/chat", headers=asking)
        assert headers.get("Access-Control-Allow-Origin") == allowed


def test_conversation_is_remembered_and_ends_with_a_human(web: Function, dev: Stage) -> None:
    thanked = say(web, "thank you", conversation_id="whole", message_id="m1")
    assert (thanked["answered_by"], thanked["intent"]) == ("reply", "gratitude")
    documented = say(web, "how long does delivery take", conversation_id="whole", message_id="m2")
    assert documented["answered_by"] == "documents"
    assert documented["citations"][0]["source"] == "delivery.md"
    assert say(web, "how long does delivery take", conversation_id="whole", message_id="m2") == documented
    handed_over = say(web, "let me talk to a person please", conversation_id="whole", message_id="m3")
    assert (handed_over["escalation"], handed_over["status"]) == (True, "waiting")
    kept = dev.desk.store.conversation(dev.desk.tenants["shop"], "whole", history=10)
    assert kept
    assert [turn.message_id for turn in kept.turns] == ["m1", "m2", "m3"]
    assert dev.escalation("whole").reason == "person_requested"


def test_body_in_base64_is_read(web: Function) -> None:
    assert ask(web, "POST", "/chat", **in_base64(json.dumps(CHAT)))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "fields", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("DELETE", "/chat", {}, 405),
        ("POST", "/chat", {"body": "{"}, 400),
        ("POST", "/chat", {"body": None}, 400),
        ("POST", "/chat", {"body": "!", "isBase64Encoded": True}, 400),
        ("POST", "/chat", {"body": '{"user_id": "ann"}'}, 400),
        ("POST", "/chat", {"body": "x" * 131_073}, 413),
        ("POST", "/chat", {"body": "hello", "headers": {"content-type": "text/plain"}}, 415),
    ],
)
def test_what_cannot_be_served_is_refused(
    web: Function, method: str, path: str, fields: dict[str, Any], status: int
) -> None:
    given, body, headers = ask(web, method, path, **fields)
    assert (given, body["status"], headers["Content-Type"]) == (status, status, PROBLEM)


def test_other_customers_conversation_is_not_shown(web: Function) -> None:
    say(web, "thank you", conversation_id="anns")
    intruding = {"user_id": "eve", "message": "what was said?", "conversation_id": "anns"}
    assert ask(web, "POST", "/chat", intruding)[0] == 403


def test_log_is_json_without_the_customers_words(web: Function) -> None:
    say(web, "my zebra ate the parcel", user_id="zebra-keeper")
    ask(web, "POST", "/chat", {"body": '{"user_id": "ann", "message": "zebra"'})
    assert "turn" in {line.get("message") for line in web.lines}
    assert "zebra" not in web.log


def cited(request: dict[str, Any]) -> dict[str, Any]:
    """A reply that rests on the first passage it was given, by that one's first words."""
    name, text = next(iter(passages_in(request).items()))
    quote = {name: " ".join(text.split()[:8])}
    return proposal("It stays sharp for years.", quote, intent="product_advice")


def test_model_answers_with_the_sample_business_of_the_zip(start: Start) -> None:
    with OpenAIServer(default=cited) as model:
        function = start(
            OPENAI_BASE_URL=model.url, OPENAI_API_KEY=model.api_key, PUNAI_PLUGINS="plugins", PUNAI_TOPIC=""
        )
        answer = say(function, "Will the grinder's burrs need to be replaced some day?", user_id="ben")
    assert (answer["answered_by"], answer["reply"]) == ("model", "It stays sharp for years.")
    assert model.calls == 1
    [turn] = [line for line in function.lines if line.get("message") == "turn"]
    assert turn["model"] == "gpt-4.1-mini"
    assert turn["input_tokens"] > 100
    assert model.api_key not in function.log
