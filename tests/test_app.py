"""The Lambda function, called as API Gateway, EventBridge and Chalice's own tools call it."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import chalice.test
import pytest
from chalice.app import Rate, ScheduledEventConfig

import app as function
from punai.bootstrap import open_desk, shared_desk
from punai.desk import Desk
from punai.settings import Settings
from punai.web.desk import use

ROOT = Path(__file__).parent.parent
CHAT = {"user_id": "ann", "message": "thank you"}
PACK = """
name = "Lamp & Shade"

[[intents]]
name = "gratitude"
description = "thanks"
examples = ["thank you"]
reply = "You're welcome!"
"""


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "lamps").mkdir()
    (folder / "lamps" / "business.toml").write_text(PACK)
    return folder


@pytest.fixture(autouse=True)
def desk(packs: Path) -> Iterator[Desk]:
    desk = open_desk(Settings(store="sqlite:///:memory:", model="local", plugins=packs))
    desk.store.prepare()
    use(desk)
    yield desk
    use(None)
    desk.store.close()


def gateway_event(method: str = "POST", path: str = "/chat", **fields: Any) -> dict[str, Any]:
    """What API Gateway's Lambda proxy integration sends."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {"content-type": "application/json", "Host": "x.execute-api.eu-west-1.amazonaws.com"},
        "multiValueHeaders": {"content-type": ["application/json"]},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": f"/dev{path}",
            "stage": "dev",
            "requestId": "7b1b9a2e-0000-0000-0000-000000000000",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": json.dumps(CHAT),
        "isBase64Encoded": False,
        **fields,
    }


def call(event: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
    response = function.app(event, SimpleNamespace(aws_request_id="request-1"))
    assert json.dumps(response), "Lambda sends it as JSON"
    return response["statusCode"], json.loads(response["body"]), response["headers"]


def test_api_gateway_is_answered() -> None:
    status, body, headers = call(gateway_event())
    assert (status, body["reply"]) == (200, "You're welcome!")
    assert headers["X-Request-Id"] == "request-1"
    assert headers["Content-Type"] == "application/json"


def test_a_body_in_base64_is_read() -> None:
    encoded = base64.b64encode(json.dumps(CHAT).encode()).decode()
    assert call(gateway_event(body=encoded, isBase64Encoded=True))[0] == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"body": None},
        {"body": ""},
        {"body": "\ud800"},
        {"body": "!", "isBase64Encoded": True},
        {"body": "é", "isBase64Encoded": True},
        {"body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True},
    ],
)
def test_a_broken_body_is_refused(fields: dict[str, Any]) -> None:
    status, body, headers = call(gateway_event(**fields))
    assert (status, body["status"]) == (400, 400)
    assert headers["Content-Type"] == "application/problem+json"


def test_a_large_body_is_refused() -> None:
    assert call(gateway_event(body="x" * 131_073))[0] == 413
    # Counted in bytes, not in characters.
    assert call(gateway_event(body=json.dumps("é" * 66_000, ensure_ascii=False)))[0] == 413


def test_headers_may_be_absent() -> None:
    assert call(gateway_event(headers=None))[0] == 200


def test_what_api_gateway_would_never_send_is_refused_all_the_same() -> None:
    assert call(gateway_event(path="/nowhere"))[0] == 404
    status, _, headers = call(gateway_event(method="DELETE"))
    assert (status, headers["Allow"]) == (405, "OPTIONS, POST")
    assert "/nowhere" not in function.app.routes


def test_an_event_that_is_no_request_is_refused() -> None:
    assert call({"Records": []})[0] == 500


def test_chalices_own_client_is_answered() -> None:
    with chalice.test.Client(function.app) as client:
        response = client.http.post(
            "/chat", headers={"Content-Type": "application/json"}, body=json.dumps(CHAT).encode()
        )
        assert response.status_code == 200
        assert response.json_body["reply"] == "You're welcome!"


def test_the_schedule_delivers_what_is_due(
    packs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNAI_PLUGINS", str(packs))
    monkeypatch.setenv("PUNAI_STORE", f"sqlite:///{tmp_path}/punai.db")
    monkeypatch.setenv("PUNAI_MODEL", "local")
    shared_desk.cache_clear()
    use(None)
    desk = shared_desk()
    desk.store.prepare()
    assert call(gateway_event(body=json.dumps(CHAT | {"message": "I want to talk to a person"})))[1][
        "escalation"
    ]
    with chalice.test.Client(function.app) as client:
        client.lambda_.invoke(
            "every_minute", client.events.generate_cw_event("aws.events", "Scheduled Event", {}, [])
        )
    [escalation] = desk.store.escalations(desk.tenants["lamps"])
    assert [delivery.status for delivery in escalation.deliveries] == ["delivered"]
    desk.store.close()
    shared_desk.cache_clear()


WIKI = """
from punai import hookimpl

class Wiki:
    refreshed = []

    def __call__(self, question, topic, tenant):
        return ()

    def refresh(self, tenant):
        self.refreshed.append(tenant.id)

@hookimpl
def register_knowledge(register):
    register("wiki", Wiki())
"""


def test_uploads_have_the_documents_of_their_business_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lamps").mkdir()
    (tmp_path / "lamps" / "business.toml").write_text(PACK)
    (tmp_path / "wiki.py").write_text(WIKI)
    monkeypatch.setenv("PUNAI_PLUGINS", str(tmp_path))
    monkeypatch.setenv("PUNAI_STORE", "sqlite:///:memory:")
    monkeypatch.setenv("PUNAI_MODEL", "local")
    shared_desk.cache_clear()
    uploads = [{"s3": {"object": {"key": f"documents/{name}/a.md"}}} for name in ("lamps", "nobody", "lamps")]
    with chalice.test.Client(function.app) as client:
        client.lambda_.invoke("read_documents", {"Records": uploads})
    shared_desk().store.close()
    shared_desk.cache_clear()
    assert sys.modules["punai_plugins.wiki"].Wiki.refreshed == ["lamps"]


def test_one_function_runs_on_a_schedule_of_a_minute() -> None:
    [source] = function.app.event_sources
    assert isinstance(source, ScheduledEventConfig)
    assert isinstance(source.schedule_expression, Rate)
    assert (source.name, source.schedule_expression.to_string()) == ("every_minute", "rate(1 minute)")


def imported(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Import app in an empty folder, with nothing but this in the environment."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", "import app; print('imported')"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_importing_the_function_needs_no_aws_no_store_and_no_pack(tmp_path: Path) -> None:
    done = imported(tmp_path)
    assert (done.stdout, done.stderr) == ("imported\n", "")
    assert list(tmp_path.iterdir()) == []


def test_on_lambda_a_wrong_setting_stops_the_initialisation(tmp_path: Path) -> None:
    done = imported(tmp_path, AWS_LAMBDA_FUNCTION_NAME="punai-dev", PUNAI_STORE="nowhere", PUNAI_PLUGINS=".")
    assert done.returncode == 1
    assert "PUNAI_STORE" in done.stderr.splitlines()[-1]


def test_on_lambda_the_desk_is_open_before_the_first_request(packs: Path) -> None:
    done = imported(
        packs,
        AWS_LAMBDA_FUNCTION_NAME="punai-dev",
        PUNAI_STORE="dynamodb://punai-dev",
        PUNAI_PLUGINS=".",
        AWS_DEFAULT_REGION="eu-west-1",
    )
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert (json.loads(first)["message"], last) == ("the store does not answer", "imported")
    assert "set AWS_PROFILE, or AWS_ACCESS_KEY_ID" in json.loads(first)["error"]
