"""The HTTP face: a Chalice application that knows nothing of AWS, stores or packs until a request comes."""

import json
from collections.abc import Callable, Collection
from typing import Any

from chalice.app import Chalice, Request, Response

from punai.web import about, chat, lex
from punai.web.desk import current
from punai.web.openapi import openapi
from punai.web.problems import MEDIA_TYPE, Problem
from punai.web.routes import request_id

app = Chalice(app_name="punai", configure_logs=False)

PARTS = (about.routes, chat.routes, lex.routes)

ALWAYS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""Headers of every answer. Cross-origin access (CORS) would be granted here: so far, none is."""


def document(channels: Collection[str]) -> dict[str, Any]:
    """The OpenAPI document of every route, at a desk with these channels."""
    described = openapi([operation for part in PARTS for operation in part.operations])
    described["components"]["schemas"]["ChatRequest"]["properties"]["channel"]["enum"] = sorted(channels)
    return described


@about.routes.document("/openapi.json", "application/json")
def openapi_document() -> str:
    """Describe every route in OpenAPI 3.1."""
    return json.dumps(document(current().channels))


for part in PARTS:
    app.register_blueprint(part)


@app.middleware("http")
def answer(request: Request | None, get_response: Callable[[Request | None], Response]) -> Response:
    """Refuse what has no route, and see that every error is a problem document, Chalice's own too."""
    if request is None:
        return get_response(request)  # somebody sent the function an event that is not from API Gateway
    methods = app.routes.get(request.path, {})
    if not methods:
        response = Problem(404, "There is nothing at this path. See /openapi.json.").response()
    elif request.method not in methods:
        allowed = ", ".join(sorted({*methods, "HEAD"} if "GET" in methods else methods))
        response = Problem(405, f"This path takes {allowed} only.", headers={"Allow": allowed}).response()
    else:
        response = get_response(request)
    if response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
        response = Problem(response.status_code, "The request could not be served.").response()
    response.headers.update(ALWAYS | {"X-Request-Id": request_id(request)})
    return response
