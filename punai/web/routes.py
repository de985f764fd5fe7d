"""Blueprints whose views take and give pydantic models, and whose failures are problems."""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeVar

from chalice.app import Blueprint, Request, Response
from pydantic import BaseModel, ValidationError

from punai.web.problems import Problem, invalid_body, invalid_fields, invalid_query, problem_of

JSON = "application/json"
MAX_BODY = 128 * 1024
"""Bytes. A message has at most 4,000 characters; a front end's whole history comes with an escalation."""
WITHOUT_KEY = ("/", "/health", "/widget.js", "/widget.json")
"""Paths that API Gateway lets through without a key, where it asks for one: monitors have none, and neither
has a browser for what a page is made of."""

Proof = Literal["never", "optional", "required"]
Given = TypeVar("Given", bound=BaseModel)
Gives = TypeVar("Gives", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call:
    """What a view gets of a request beside its body or its query. `token` is None where none was sent;
    `languages` are those that the reader's browser asks for, best first."""

    request_id: str
    token: str | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, with what the OpenAPI document says about it.

    `takes` is its body, `asks` its query. With `cache`, the value of `Cache-Control`, its answers have an
    ETag, and are not sent again to who has them. `proof` says whether it looks at a bearer's token.
    """

    method: str
    path: str
    name: str
    summary: str
    takes: type[BaseModel] | None = None
    asks: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    media_type: str = JSON
    problems: tuple[int, ...] = ()
    cache: str | None = None
    proof: Proof = "never"


class Routes(Blueprint):
    """A part of the web application. Views know nothing of HTTP: they get what was sent as a model and the
    `Call` that it came with, and raise what the desk raises."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.operations: list[Operation] = []

    def post(
        self,
        path: str,
        takes: type[Given],
        gives: type[Gives],
        *,
        problems: tuple[int, ...] = (),
        proof: Proof = "never",
    ) -> Callable[[Callable[[Given, Call], Gives]], Callable[[Given, Call], Gives]]:
        """Register a view of a body; `problems` are statuses it has of its own."""

        def register(view: Callable[[Given, Call], Gives]) -> Callable[[Given, Call], Gives]:
            def answer(request: Request) -> Response:
                given = view(read_body(request, takes), call_of(request))
                return Response(given.model_dump_json(), {"Content-Type": JSON})

            operation = Operation(
                "POST", path, *_named(view), takes=takes, gives=gives, problems=problems, proof=proof
            )
            self._add(operation, answer)
            return view

        return register

    def get(
        self,
        path: str,
        asks: type[Given],
        gives: type[Gives],
        *,
        problems: tuple[int, ...] = (),
        cache: str | None = None,
        proof: Proof = "never",
    ) -> Callable[[Callable[[Given, Call], Gives]], Callable[[Given, Call], Gives]]:
        """Register a view of a query."""

        def register(view: Callable[[Given, Call], Gives]) -> Callable[[Given, Call], Gives]:
            def answer(request: Request) -> Response:
                given = view(read_query(request, asks), call_of(request))
                return _unless_known(request, given.model_dump_json(), {"Content-Type": JSON}, cache)

            operation = Operation(
                "GET",
                path,
                *_named(view),
                asks=asks,
                gives=gives,
                problems=problems,
                cache=cache,
                proof=proof,
            )
            self._add(operation, answer)
            return view

        return register

    def document(
        self,
        path: str,
        media_type: str,
        asks: type[Given],
        *,
        problems: tuple[int, ...] = (),
        cache: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Callable[[Callable[[Given, Call], str]], Callable[[Given, Call], str]]:
        """Register a view of a query that gives a text of this media type, to be sent with these headers."""
        sent = {"Content-Type": media_type, **(headers or {})}

        def register(view: Callable[[Given, Call], str]) -> Callable[[Given, Call], str]:
            def answer(request: Request) -> Response:
                return _unless_known(request, view(read_query(request, asks), call_of(request)), sent, cache)

            operation = Operation(
                "GET", path, *_named(view), asks=asks, media_type=media_type, problems=problems, cache=cache
            )
            self._add(operation, answer)
            return view

        return register

    def _add(self, operation: Operation, answer: Callable[[Request], Response]) -> None:
        def guarded() -> Response:
            request = self.current_request
            try:
                return answer(request)
            except Exception as error:
                # Chalice would log the exception with its text, which may hold a customer's words.
                return problem_of(error, path=request.path, request_id=request_id(request)).response()

        self.operations.append(operation)
        register = self.route(
            operation.path,
            methods=[operation.method],
            name=operation.name,
            # Chalice's check lets `text/plain;application/json` pass, and minds those of a GET.
            content_types=[],
            # Read from the environment, as Chalice deploys what stands here when it imports the application.
            api_key_required=os.environ.get("PUNAI_REQUIRE_API_KEY") == "true"
            and operation.path not in WITHOUT_KEY,
        )
        register(guarded)


def read_body(request: Request, model: type[Given]) -> Given:
    """The request's JSON body as this model.

    Raises:
        Problem: it is too large, of another type, not JSON, or not what the model describes.
    """
    media_type = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media_type != JSON:
        raise Problem(415, f"The body has the wrong type. Send it as {JSON}.")
    try:
        body = request.raw_body
    except ValueError:
        raise Problem(400, "The body's encoding is broken. Send one JSON object, in UTF-8.") from None
    if len(body) > MAX_BODY:
        raise Problem(413, f"The body is too large. Send at most {MAX_BODY} bytes.")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise invalid_body(error, model) from None


def read_query(request: Request, model: type[Given]) -> Given:
    """The request's query as this model; what the model does not know is ignored.

    Raises:
        Problem: it is not what the model describes.
    """
    sent = request.query_params
    given = {name: sent.getlist(name) for name in model.model_fields if sent and name in sent}
    twice = {name: "is there more than once" for name, values in given.items() if len(values) > 1}
    if twice:
        raise invalid_fields(model, twice)
    try:
        return model.model_validate_strings({name: value for name, [value] in given.items()})
    except ValidationError as error:
        raise invalid_query(error, model) from None


def call_of(request: Request) -> Call:
    """What a view gets of the request beside what was sent."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    wanted = accepted(request.headers.get("accept-language", ""))
    return Call(request_id(request), token.strip() if scheme.lower() == "bearer" else None, wanted)


def accepted(header: str) -> tuple[str, ...]:
    """What an `Accept-Language` or `Accept-Encoding` takes, best first: "de-CH, en;q=0.8" is ("de-CH", "en").

    Weights are read as RFC 9110 has them, section 12.4.2; one that is none counts as 0.
    """
    weighed = []
    for each in header.split(","):
        value, _, weight = each.partition(";")
        written = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)\s*", weight or "q=1")
        weighed.append((value.strip(), float(written[1]) if written else 0.0))
    best_first = sorted(weighed, key=lambda pair: -pair[1])
    return tuple(value for value, weight in best_first if value and weight)


def request_id(request: Request) -> str:
    """Lambda's id of the request, or the local server's; it is in the logs and in `X-Request-Id`."""
    context: Any = request.lambda_context
    return str(context.aws_request_id)


def _unless_known(request: Request, text: str, headers: Mapping[str, str], cache: str | None) -> Response:
    """The text, with its tag where it may be kept; without it where the client has that one."""
    if cache is None:
        return Response(text, dict(headers))
    # Weak, since the same text is sent compressed and not.
    tag = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    kept: dict[str, str | list[str]] = {"ETag": tag, "Cache-Control": cache}
    known = {each.strip() for each in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, tag.removeprefix("W/"), "*"}:
        return Response("", kept, HTTPStatus.NOT_MODIFIED)
    return Response(text, {**headers, **kept})


def _named(view: Callable[..., object]) -> tuple[str, str]:
    return view.__name__, (view.__doc__ or "").strip().splitlines()[0]
