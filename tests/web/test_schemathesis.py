"""Requests made from the OpenAPI document, good and bad, against the running server."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case

from punai.web import document

schema = schemathesis.openapi.from_dict(document({"web"}))


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,  # the same requests in every run: a red build says something about the change
    database=None,
    # One server for all requests is the point: what one of them stores, another meets.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_route_keeps_what_the_document_promises(case: Case[Any], server: str) -> None:
    case.call_and_validate(base_url=server, timeout=30)
