"""What an owner gets wrong, or AWS refuses: customers are asked to come back, and the log says what to do."""

import threading
from collections.abc import Iterator

import pytest

from tests.aws.conftest import Start
from tests.aws.events import tick
from tests.aws.lambda_process import Function
from tests.aws.proxy import Answer, Cut, Proxy, Request, refusal
from tests.aws.stage import Stage
from tests.aws.test_web import PROBLEM, ask, say

CHAT = {"user_id": "ann", "message": "thank you", "message_id": "m1"}


@pytest.fixture
def refusing(aws: Proxy) -> Iterator[Proxy]:
    """AWS, which a test lets refuse; as it was afterwards."""
    usual = aws.look
    yield aws
    aws.look = usual


def assert_customer_may_come_back(function: Function, conversation: str) -> None:
    status, body, headers = ask(function, "POST", "/chat", {**CHAT, "conversation_id": conversation})
    assert (status, body["status"], headers["Content-Type"]) == (503, 503, PROBLEM)
    assert int(headers["Retry-After"]) > 0


REFUSALS = {
    "no permission": (
        refusal("AccessDeniedException", "User is not authorized to perform: dynamodb:PutItem on resource"),
        "allow dynamodb:PutItem",
    ),
    "expired credentials": (refusal("ExpiredTokenException"), "set AWS_PROFILE"),
    "wrong credentials": (refusal("UnrecognizedClientException"), "set AWS_PROFILE"),
    "a table of another shape": (refusal("ValidationException"), "is it one that PunAI made?"),
    "a quota": (refusal("ProvisionedThroughputExceededException"), "is busy; try again in a moment"),
    "a region without the table": (refusal("ResourceNotFoundException"), "check PUNAI_STORE"),
}


@pytest.mark.parametrize("condition", REFUSALS)
def test_what_the_store_refuses_is_said_and_nothing_is_lost(
    web: Function, refusing: Proxy, dev: Stage, condition: str
) -> None:
    answer, advice = REFUSALS[condition]
    conversation = f"refused: {condition}"
    refusing.look = lambda request: answer if request.name.startswith("dynamodb:") else request
    before = len(web.lines)
    assert_customer_may_come_back(web, conversation)
    line = web.lines[before]
    assert (line["level"], line["message"]) == ("ERROR", "the store does not answer")
    assert advice in line["error"]
    refusing.look = lambda request: request
    assert say(web, **CHAT, conversation_id=conversation)["message_id"] == "m1"


def test_accepted_message_is_kept_though_the_store_then_failed(
    web: Function, refusing: Proxy, dev: Stage
) -> None:
    written = threading.Event()

    def refuse_after_a_write(request: Request) -> Request | Answer:
        if written.is_set():
            return refusal("AccessDeniedException")
        if "Write" in request.name or "Put" in request.name:
            written.set()
        return request

    refusing.look = refuse_after_a_write
    assert_customer_may_come_back(web, "accepted")
    refusing.look = lambda request: request
    kept = dev.desk.store.conversation(dev.desk.tenants["shop"], "accepted", history=10)
    assert kept
    assert [(turn.text, turn.answer) for turn in kept.turns] == [("thank you", None)]


def test_store_that_hangs_up_is_said(web: Function, refusing: Proxy) -> None:
    def hang_up(request: Request) -> Request:
        raise Cut

    refusing.look = hang_up
    before = len(web.lines)
    assert_customer_may_come_back(web, "cut")
    assert "check the network, the region and the endpoint" in web.lines[before]["error"]


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        (
            {"PUNAI_STORE": "dynamodb://never-made"},
            "'never-made' does not exist in eu-west-1: punai provision makes it",
        ),
        (
            {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"},
            "cannot be reached (EndpointConnectionError): check the network",
        ),
    ],
    ids=["missing table", "unreachable"],
)
def test_function_without_a_store_starts_and_says_so(
    start: Start, settings: dict[str, str], advice: str
) -> None:
    function = start(**settings)
    assert_customer_may_come_back(function, "none")
    assert ask(function, "GET", "/health")[0] == 503
    assert advice in function.lines[0]["error"]


def test_topic_that_is_gone_is_said_and_tried_again(start: Start, web: Function, dev: Stage) -> None:
    gone = start("app.every_minute", PUNAI_TOPIC=dev.settings["PUNAI_TOPIC"] + "-gone")
    say(web, "I want to talk to a person", conversation_id="gone")
    gone.invoke(tick())
    [mail] = [each for each in dev.escalation("gone").deliveries if each.handler == "sns_email"]
    assert (mail.status, mail.attempts) == ("retrying", 1)
    assert mail.last_error
    assert "SNS knows no such topic" in mail.last_error
