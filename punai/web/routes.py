"""Blueprints whose views take and give pydantic models, and whose failures are problems."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from chalice.app import Blueprint, Request, Response
from pydantic import BaseModel, ValidationError

from punai.web.problems import Problem, invalid_body, problem_of

JSON = "application/json"
MAX_BODY = 128 * 1024
"""Bytes. A message has at most 4,000 characters; a front end's whole history comes with an escalation."""
WITHOUT_KEY = ("/health",)
"""Paths that API Gateway lets through without a key, where it asks for one: monitors have none."""

Takes = TypeVar("Takes", bound=BaseModel)
Gives = TypeVar("Gives", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, with what the OpenAPI document says about it."""

    method: str
    path: str
    name: str
    summary: str
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    media_type: str = JSON
    problems: tuple[int, ...] = ()


class Routes(Blueprint):
    """A part of the web application. Views know nothing of HTTP: they raise what the desk raises."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.operations: list[Operation] = []

    def post(
        self, path: str, takes: type[Takes], gives: type[Gives], *, problems: tuple[int, ...] = ()
    ) -> Callable[[Callable[[Takes, str], Gives]], Callable[[Takes, str], Gives]]:
        """Register a view of the body and the request's id; `problems` are statuses it has of its own."""

        def register(view: Callable[[Takes, str], Gives]) -> Callable[[Takes, str], Gives]:
            def answer(request: Request) -> Response:
                return _json(view(read_body(request, takes), request_id(request)))

            about = _named(view)
            self._add(Operation("POST", path, *about, takes, gives, problems=problems), answer)
            return view

        return register

    def get(
        self, path: str, gives: type[Gives], *, problems: tuple[int, ...] = ()
    ) -> Callable[[Callable[[], Gives]], Callable[[], Gives]]:
        """Register a view without arguments."""

        def register(view: Callable[[], Gives]) -> Callable[[], Gives]:
            operation = Operation("GET", path, *_named(view), gives=gives, problems=problems)
            self._add(operation, lambda _: _json(view()))
            return view

        return register

    def document(self, path: str, media_type: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
        """Register a view that gives a text of this media type."""

        def register(view: Callable[[], str]) -> Callable[[], str]:
            operation = Operation("GET", path, *_named(view), media_type=media_type)
            self._add(operation, lambda _: Response(view(), {"Content-Type": media_type}))
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


def read_body(request: Request, model: type[Takes]) -> Takes:
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


def request_id(request: Request) -> str:
    """Lambda's id of the request, or the local server's; it is in the logs and in `X-Request-Id`."""
    context: Any = request.lambda_context
    return str(context.aws_request_id)


def _json(body: BaseModel) -> Response:
    return Response(body.model_dump_json(), {"Content-Type": JSON})


def _named(view: Callable[..., object]) -> tuple[str, str]:
    return view.__name__, (view.__doc__ or "").strip().splitlines()[0]
