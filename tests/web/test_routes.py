"""Routes as API Gateway gets them: which of them ask for a key."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = """
import json
from app import app
from chalice.deploy.swagger import CFNSwaggerGenerator
print(json.dumps(CFNSwaggerGenerator().generate_swagger(app)))
"""


def deployed(**environment: str) -> Any:
    """What Chalice makes of the routes when the stage's environment holds this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PUNAI_")}
    done = subprocess.run(
        [sys.executable, "-c", GENERATED],
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def asking_for_a_key(swagger: Any) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, methods in swagger["paths"].items()
        for method, described in methods.items()
        if described.get("security") == [{"api_key": []}]
    }


def test_a_key_is_asked_for_where_the_stage_says_so() -> None:
    swagger = deployed(PUNAI_REQUIRE_API_KEY="true")
    everything = {(method.upper(), path) for path, methods in swagger["paths"].items() for method in methods}
    open_to_all = everything - asking_for_a_key(swagger)
    assert ("POST", "/chat") in asking_for_a_key(swagger)
    assert {(method, path) for method, path in open_to_all if method != "OPTIONS"} == {
        ("GET", path) for path in ("/", "/health", "/widget.js", "/widget.json")
    }
    assert {path for method, path in open_to_all if method == "OPTIONS"} == set(swagger["paths"])
    assert swagger["securityDefinitions"]["api_key"] == {
        "type": "apiKey",
        "name": "x-api-key",
        "in": "header",
    }


@pytest.mark.parametrize("environment", [{}, {"PUNAI_REQUIRE_API_KEY": "false"}])
def test_no_key_is_asked_for_otherwise(environment: dict[str, str]) -> None:
    assert asking_for_a_key(deployed(**environment)) == set()


def test_the_function_answers_preflights_itself() -> None:
    for methods in deployed(PUNAI_CORS="https://shop.example")["paths"].values():
        assert methods["options"]["x-amazon-apigateway-integration"]["type"] == "aws_proxy"
