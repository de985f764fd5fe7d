"""The HTTP face: a Chalice application that knows nothing of AWS, stores or packs until a request comes."""

import json
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any, cast

from chalice.app import Chalice, Request, Response

from punai.web import about, chat, conversation, cors, lex, page, session, widget
from punai.web.desk import current
from punai.web.openapi import openapi
from punai.web.problems import MEDIA_TYPE, Problem
from punai.web.routes import Call, request_id
from punai.web.words import Query

app = Chalice(app_name="punai", configure_logs=False)

PARTS = (
    page.routes,
    widget.routes,
    session.routes,
    chat.routes,
    conversation.routes,
    lex.routes,
    about.routes,
)

ALWAYS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""Headers of answers whose routes have no others; `punai.web.cors` has those for pages of other origins."""


def document(channels: Collection[str]) -> dict[str, Any]:
    """The OpenAPI document of every route, at a desk with these channels."""
    described = openapi([operation for part in PARTS for operation in part.operations])
    described["components"]["schemas"]["ChatRequest"]["properties"]["channel"]["enum"] = sorted(channels)
    return described


@about.routes.document("/openapi.json", "application/json", Query)
def openapi_document(query: Query, call: Call) -> str:
    """Describe every route in OpenAPI 3.1."""
    desk = current()
    return json.dumps(document(desk.channels(desk.default_tenant)))


def options(**_: str) -> Response:
    """Say which methods a path takes, and to a browser whether a page may use them."""
    request = cast(Request, app.current_request)  # there is one wherever Chalice calls a view
    methods = allowed_methods(request.path)
    allowing = cors.preflight(request.headers.get("origin"), methods)
    return Response("", {"Allow": methods, **allowing}, HTTPStatus.NO_CONTENT)


for part in PARTS:
    app.register_blueprint(part)
for path in list(app.routes):
    # Not Chalice's own CORS: it knows one origin only, and has API Gateway answer, when it is deployed.
    app.route(path, methods=["OPTIONS"], name="options", content_types=[])(options)


def allowed_methods(path: str) -> str:
    """The methods of a path that has a route, for its `Allow` header."""
    methods = set(app.routes[path])
    return ", ".join(sorted({*methods, "HEAD"} if "GET" in methods else methods))


@app.middleware("http")
def answer(request: Request | None, get_response: Callable[[Request | None], Response]) -> Response:
    """Refuse what has no route, and see that every error is a problem document, Chalice's own too."""
    if request is None:
        return get_response(request)  # somebody sent the function an event that is not from API Gateway
    methods = app.routes.get(request.path, {})
    if not methods:
        response = Problem(404, "There is nothing at this path. See /openapi.json.").response()
    elif request.method not in methods:
        allowed = allowed_methods(request.path)
        response = Problem(405, f"This path takes {allowed} only.", headers={"Allow": allowed}).response()
    else:
        response = get_response(request)
    if response.status_code >= 400 and response.headers.get("Content-Type") != MEDIA_TYPE:
        response = Problem(response.status_code, "The request could not be served.").response()
    allowing = cors.headers(request.headers.get("origin"))
    response.headers = {**ALWAYS, **response.headers, **allowing, "X-Request-Id": request_id(request)}
    return response
