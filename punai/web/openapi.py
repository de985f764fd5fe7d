"""The OpenAPI 3.1 document, made from the routes and their pydantic models."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import punai
from punai.web.problems import MEDIA_TYPE, ProblemDetails
from punai.web.routes import JSON, MAX_BODY, Operation

PROBLEMS = {
    400: "The body or the query is not what the schema describes; `errors` names the fields.",
    401: "There is no token, or it is not valid.",
    403: "The conversation belongs to another user.",
    404: "There is no business of this id, or no such conversation.",
    409: "The message is being answered right now, or its id was used for other words.",
    413: f"The body has more than {MAX_BODY} bytes.",
    415: f"The body is not {JSON}.",
    500: "This went wrong on the server's side.",
    503: "The store does not answer.",
}
BEARER = "token"
OF_A_BODY = (400, 413, 415)


def openapi(operations: Sequence[Operation]) -> dict[str, Any]:
    """Describe these operations, with schemas of what they take and give."""
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]]
    models = [(each.takes, "validation") for each in operations if each.takes]
    models += [(each.gives, "serialization") for each in operations if each.gives]
    names, definitions = models_json_schema(
        [*models, (ProblemDetails, "serialization")], ref_template="#/components/schemas/{model}"
    )
    references = {model: schema for (model, _), schema in names.items()}
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _described(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PunAI",
            "version": punai.__version__,
            "description": "AI customer support. Every error is a problem document (RFC 9457).",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "./", "description": "where this document came from"}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                BEARER: {"type": "http", "scheme": "bearer", "description": "a token of POST /session"}
            },
        },
    }


def _described(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    schema = references[operation.gives] if operation.gives else {}
    content = {operation.media_type.partition(";")[0]: {"schema": schema}}
    parameters = _parameters(operation.asks) if operation.asks else []
    kept = _KEPT if operation.cache else {}
    responses: dict[str, Any] = {
        "200": {"description": operation.summary, "content": content, "headers": _REQUEST_ID | kept}
    }
    if operation.cache:
        responses["304"] = {"description": "As it was, by If-None-Match.", "headers": _REQUEST_ID | kept}
    statuses = {*operation.problems, *(OF_A_BODY if operation.takes else ()), 500}
    statuses |= ({400} if parameters else set()) | (set() if operation.proof == "never" else {401})
    for status in sorted(statuses):
        responses[str(status)] = {
            "description": PROBLEMS[status],
            "content": {MEDIA_TYPE: {"schema": references[ProblemDetails]}},
            "headers": _REQUEST_ID | (_RETRY_AFTER if status in (409, 503) else {}),
        }
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": responses,
    }
    if parameters:
        described["parameters"] = parameters
    if operation.proof != "never":
        described["security"] = [{BEARER: []}, *([{}] if operation.proof == "optional" else [])]
    if operation.takes:
        described["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": references[operation.takes]}},
        }
    return described


def _parameters(asks: type[BaseModel]) -> list[dict[str, Any]]:
    """What a query may hold. None is no value there: a parameter that is None is left out."""
    schema = asks.model_json_schema()
    parameters = []
    for name, whole in schema["properties"].items() if asks.model_fields else ():
        [value] = [each for each in whole.get("anyOf", [whole]) if each.get("type") != "null"]
        described = {key: value[key] for key in value if key not in ("title", "description", "default")}
        parameters.append(
            {
                "name": name,
                "in": "query",
                "description": whole["description"],
                "required": name in schema.get("required", ()),
                "schema": described,
            }
        )
    return parameters


_REQUEST_ID = {
    "X-Request-Id": {"description": "the id in the logs", "required": True, "schema": {"type": "string"}}
}
_KEPT = {
    "ETag": {"description": "what to send as If-None-Match", "required": True, "schema": {"type": "string"}},
    "Cache-Control": {
        "description": "how long it may be kept",
        "required": True,
        "schema": {"type": "string"},
    },
}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "seconds to wait before a retry",
        "schema": {"type": "integer", "minimum": 0},
    }
}
