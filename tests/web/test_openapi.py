from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from punai.desk import Desk
from punai.web import app, document

DOCUMENT = document({"web"})


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from references(each)


def test_every_route_is_described_and_nothing_else() -> None:
    routes = {(method, path) for path, methods in app.routes.items() for method in methods}
    preflights = {("OPTIONS", path) for path in app.routes}
    assert {(method, path) for method, path, _ in operations()} == routes - preflights
    assert routes >= preflights


def test_the_server_serves_the_document_with_its_channels(http: httpx.Client, desk: Desk) -> None:
    response = http.get("/openapi.json")
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == document(desk.channels(desk.default_tenant))


def test_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    found = set(references(DOCUMENT))
    assert found == {f"#/components/schemas/{name}" for name in schemas} & found
    assert "#/components/schemas/ChatRequest" in found


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)


def test_every_problem_is_described_as_one() -> None:
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            if status not in ("200", "304"):
                assert list(response["content"]) == ["application/problem+json"]


def test_the_examples_are_answered(http: httpx.Client) -> None:
    for method, path, operation in operations():
        if method == "POST":
            schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            for example in DOCUMENT["components"]["schemas"][schema.rpartition("/")[2]]["examples"]:
                assert http.post(path, json=example).status_code == 200


@pytest.mark.parametrize(
    "model", ["ChatRequest", "FeedbackRequest", "CloseRequest", "EscalateRequest", "StoreQueryRequest"]
)
def test_every_field_says_what_belongs_there(model: str) -> None:
    for field in DOCUMENT["components"]["schemas"][model]["properties"].values():
        assert field["description"]
