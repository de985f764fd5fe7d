"""What went wrong, told as `application/problem+json` (RFC 9457): the field and the fix, never the value."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from chalice.app import Response
from pydantic import BaseModel, ValidationError

from punai.logs import event, frames
from punai.ports import (
    InFlight,
    MessageMismatch,
    NotFound,
    NotYours,
    PunaiError,
    StatusChanged,
    StoreUnavailable,
    TurnLost,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
"""When to come back after the store did not answer, or somebody else was quicker."""


class FieldProblem(BaseModel):
    """One field of a body or a query, and what to send there instead."""

    field: str
    detail: str


class ProblemDetails(BaseModel):
    """Why a request was refused, as RFC 9457 has it; `errors` names each field that is wrong."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] | None = None


class Problem(Exception):
    """A request that gets no answer but this."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors) or None
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The problem as an HTTP response."""
        details = ProblemDetails(
            title=HTTPStatus(self.status).phrase, status=self.status, detail=self.detail, errors=self.errors
        )
        return Response(
            details.model_dump_json(exclude_none=True),
            status_code=self.status,
            headers={"Content-Type": MEDIA_TYPE, **self.headers},
        )


def invalid_body(error: ValidationError, model: type[BaseModel]) -> Problem:
    """What is wrong with a body. A field's description says what belongs there.

    Pydantic's own words are kept only where they cannot quote the customer: for broken JSON.
    """
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Problem(400, f"{first['msg']}. Send one JSON object, in UTF-8.")
    if not first["loc"]:
        return Problem(400, "The body is not a JSON object. Send one.")
    return invalid_query(error, model)


def invalid_query(error: ValidationError, model: type[BaseModel]) -> Problem:
    """What is wrong with the fields of a query, or of a body that is an object."""
    wrong: dict[str, str] = {}
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        missing = each["type"] == "missing" and len(each["loc"]) == 1
        wrong.setdefault(str(each["loc"][0]), "is missing" if missing else "is not right")
    return invalid_fields(model, wrong)


def invalid_fields(model: type[BaseModel], wrong: Mapping[str, str]) -> Problem:
    """These fields are wrong, in these words; each field's description says what belongs there."""
    fixes = {field.alias or name: field.description for name, field in model.model_fields.items()}
    errors = [
        FieldProblem(field=name, detail=f"{name} {what}; send {fixes[name]}.") for name, what in wrong.items()
    ]
    return Problem(400, " ".join(each.detail for each in errors), errors=errors)


def problem_of(error: Exception, *, path: str, request_id: str) -> Problem:
    """The problem to answer with when this was raised. What nobody foresaw is logged, without its words."""
    match error:
        case Problem():
            return error
        case InFlight():
            return _retry(409, str(error), error.seconds)
        case StatusChanged() | TurnLost():
            return _retry(409, "The conversation changed meanwhile. Send the message again.")
        case MessageMismatch():
            return Problem(409, "This message_id was used before, for other words. Send a new one.")
        case NotYours():
            return Problem(403, "The conversation belongs to another user.")
        case NotFound():
            return Problem(404, f"{str(error).capitalize()}.")
        case StoreUnavailable():
            event(
                "the store does not answer",
                level=logging.ERROR,
                path=path,
                request_id=request_id,
                error=str(error),
            )
            return _retry(503, "The store does not answer. Try again in a moment.")
    event(
        "a request failed",
        level=logging.ERROR,
        path=path,
        request_id=request_id,
        exception=type(error).__name__,
        error=str(error) if isinstance(error, PunaiError) else None,
        at=frames(error.__traceback__),
    )
    return Problem(500, f"This went wrong on our side. Quote the request id {request_id} when you report it.")


def _retry(status: int, detail: str, seconds: int = RETRY_SECONDS) -> Problem:
    return Problem(status, detail, headers={"Retry-After": str(seconds)})
