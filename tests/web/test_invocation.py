"""What the functions leave in Lambda's log: run as Lambda runs them, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from punai.bootstrap import open_desk
from punai.settings import Settings

ROOT = Path(__file__).parents[2]
WORDS = "zanzibar"
PACK = """
name = "Teashop"
escalate_to = ["log"]
"""
PLUGIN = f"""
from punai import hookimpl

class Store:
    name = "broken"

    def __getattr__(self, name):
        raise ZeroDivisionError("{WORDS}")

    def accept(self): ...
    def check(self): ...

@hookimpl
def open_store(url):
    return Store() if url == "broken://" else None
"""
RUN = """
import json, sys
from types import SimpleNamespace
import app

for number, (function, event, trace) in enumerate(json.load(sys.stdin), 1):
    context = SimpleNamespace(
        aws_request_id=f"request-{number}", function_name="punai-dev-x", memory_limit_in_mb=1024,
        invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:punai-dev-x",
    )
    app.os.environ["_X_AMZN_TRACE_ID"] = trace
    try:
        print(json.dumps({"returned": getattr(app, function)(event, context)}))
    except Exception as error:
        assert error.__suppress_context__ and not error.__cause__
        print(json.dumps({"raised": str(error)}))
"""
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def chat(message: str) -> dict[str, Any]:
    """A customer's message, as API Gateway sends it."""
    return {
        "path": "/chat",
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"resourcePath": "/chat", "httpMethod": "POST", "path": "/dev/chat"},
        "body": json.dumps({"user_id": "ada", "message": message}),
        "isBase64Encoded": False,
    }


TICK = {
    "source": "aws.events",
    "detail-type": "Scheduled Event",
    "detail": {},
    "version": "0",
    "account": "123456789012",
    "id": "1",
    "region": "eu-west-1",
    "resources": [],
    "time": "2026-01-01T00:00:00Z",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plugins/teashop").mkdir(parents=True)
    (tmp_path / "plugins/teashop/business.toml").write_text(PACK)
    (tmp_path / "plugins/broken.py").write_text(PLUGIN)
    store = f"sqlite:///{tmp_path}/punai.db"
    desk = open_desk(Settings(store=store, model="local", plugins=tmp_path / "plugins", business=""))
    desk.store.prepare()
    desk.store.close()
    return tmp_path


def invoked(folder: Path, *events: tuple[str, Any, str], **environment: str) -> list[dict[str, Any]]:
    """The lines that one process writes in which these functions are invoked with these events."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AWS_LAMBDA_FUNCTION_NAME": "punai-dev-x",
            "POWERTOOLS_SERVICE_NAME": "punai-dev",
            "PUNAI_STORE": "sqlite:///punai.db",
            **environment,
        },
        input=json.dumps(events),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert WORDS not in done.stdout.lower()
    return [json.loads(line) for line in done.stdout.splitlines()]


def said(lines: list[dict[str, Any]], message: str) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("message") == message]


def test_every_line_of_an_invocation_has_its_ids(folder: Path) -> None:
    lines = invoked(
        folder,
        ("app", chat(f"I want to talk to a person about {WORDS}"), TRACE),
        ("every_minute", TICK, ""),
    )
    logged = [line for line in lines if "level" in line]
    ids = [
        (line["message"], line["function_request_id"], line["cold_start"], line.get("xray_trace_id"))
        for line in logged
    ]
    root = "1-5759e988-bd862e3fe1be46a994272793"
    assert ids == [
        ("escalation opened", "request-1", True, root),
        ("turn", "request-1", True, root),
        ("a customer needs a human", "request-2", False, None),
        ("escalation delivery", "request-2", False, None),
    ]
    for line in logged:
        assert (line["service"], line["function_name"]) == ("punai-dev", "punai-dev-x")
        assert "sampling_rate" not in line
    assert logged[1]["request_id"] == "request-1"


def test_metrics_are_among_the_lines(folder: Path) -> None:
    lines = invoked(folder, ("app", chat("hello"), ""), PUNAI_LOG_LEVEL="ERROR")
    assert not [line for line in lines if "level" in line]
    [document] = [line for line in lines if "_aws" in line]
    assert (document["service"], document["tenant"]) == ("punai-dev", "teashop")
    assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "PunAI"


def test_events_are_not_logged_whatever_powertools_is_told(folder: Path) -> None:
    lines = invoked(folder, ("app", chat(f"hello {WORDS}"), ""), POWERTOOLS_LOGGER_LOG_EVENT="true")
    assert [line["message"] for line in lines if "level" in line] == ["turn"]


def test_without_a_name_for_it_the_function_is_the_service(folder: Path) -> None:
    lines = invoked(folder, ("app", chat("hello"), ""), POWERTOOLS_SERVICE_NAME="")
    assert {line["service"] for line in lines if "returned" not in line} == {"punai-dev-x"}


def test_no_line_is_lost_where_the_service_is_named_like_a_logger(folder: Path) -> None:
    lines = invoked(folder, ("app", chat("hello"), ""), POWERTOOLS_SERVICE_NAME="punai")
    assert len(said(lines, "turn")) == 1


def test_a_failure_is_told_without_its_words(folder: Path) -> None:
    lines = invoked(folder, ("every_minute", TICK, ""), PUNAI_STORE="broken://")
    [failed], [raised] = said(lines, "an invocation failed"), [line for line in lines if "raised" in line]
    assert (failed["exception"], failed["function_request_id"]) == ("ZeroDivisionError", "request-1")
    assert "broken.py:" in failed["at"][-1]
    # Lambda marks the invocation as failed and writes this into the log, itself.
    assert raised["raised"] == "ZeroDivisionError"


def test_a_failure_that_its_owner_can_mend_says_how(folder: Path) -> None:
    lines = invoked(folder, ("outbox", {"Records": []}, ""))
    [failed], [raised] = said(lines, "an invocation failed"), [line for line in lines if "raised" in line]
    assert failed["error"] == "PUNAI_STORE: sqlite has no stream; use dynamodb://TABLE"
    assert raised["raised"] == f"ConfigurationError: {failed['error']}"


def test_an_event_that_is_no_request_is_refused_here_too(folder: Path) -> None:
    [answered] = [
        line["returned"] for line in invoked(folder, ("app", {"Records": []}, "")) if "returned" in line
    ]
    assert answered["statusCode"] == 500


def test_pages_may_call_that_the_setting_names(folder: Path) -> None:
    event = chat("hello")
    event["headers"]["origin"] = "https://shop.example"
    lines = invoked(folder, ("app", event, ""), PUNAI_CORS="https://shop.example")
    [answered] = [line["returned"] for line in lines if "returned" in line]
    assert answered["headers"]["Access-Control-Allow-Origin"] == "https://shop.example"
