import logging
from collections.abc import Callable

import httpx
import pytest

from punai.ports import (
    ConfigurationError,
    InFlight,
    MessageMismatch,
    NotFound,
    NotYours,
    PunaiError,
    StatusChanged,
    StoreUnavailable,
    TurnLost,
)

Failing = Callable[[Exception], httpx.Response]

WORDS = "my card is 4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (InFlight(7), 409, "7"),
        (StatusChanged("human"), 409, "2"),
        (TurnLost(WORDS), 409, "2"),
        (MessageMismatch(WORDS), 409, None),
        (NotYours(WORDS), 403, None),
        (NotFound(WORDS), 404, None),
        (StoreUnavailable(WORDS), 503, "2"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, PunaiError) else "",
)
def test_what_the_desk_raises_has_a_status(
    failing: Failing, error: Exception, status: int, retry_after: str | None
) -> None:
    response = failing(error)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers.get("Retry-After") == retry_after
    assert response.json()["status"] == status
    assert WORDS not in response.text


def test_what_nobody_foresaw_is_told_by_its_request_id_alone(
    failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    response = failing(ZeroDivisionError(WORDS))
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.json()["detail"]
    assert "ZeroDivisionError" not in response.text
    assert WORDS not in response.text + caplog.text


def test_what_nobody_foresaw_is_logged_without_its_words(
    failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    response = failing(ZeroDivisionError(WORDS))
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    fields = record.fields  # type: ignore[attr-defined]  # what punai.logs.event puts there
    assert fields["exception"] == "ZeroDivisionError"
    assert fields["request_id"] == response.headers["X-Request-Id"]
    assert fields["path"] == "/chat"
    assert any("chat.py:" in place for place in fields["at"])
    assert record.exc_info is None
    assert WORDS not in str(fields)


@pytest.mark.parametrize(("error", "status"), [(ConfigurationError, 500), (StoreUnavailable, 503)])
def test_an_error_made_to_be_shown_is_logged_with_its_line(
    failing: Failing, caplog: pytest.LogCaptureFixture, error: type[PunaiError], status: int
) -> None:
    assert failing(error("PUNAI_STORE is 'x'")).status_code == status
    assert [record.fields["error"] for record in caplog.records if hasattr(record, "fields")] == [
        "PUNAI_STORE is 'x'"
    ]


def test_a_path_without_a_route_is_not_found(http: httpx.Client) -> None:
    for path in ("/nowhere", "/chat/more", "/chat%00", "/../etc/passwd", "/CHAT", "//", "/%ff", "/?x=/chat/"):
        response = http.get(path)
        assert response.status_code == (404 if path not in ("//", "/?x=/chat/") else 200), path
    response = http.get("/nowhere")
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_method_without_a_route_is_told_what_is_allowed(http: httpx.Client, method: str) -> None:
    response = http.request(method, "/chat")
    # PUT and PATCH without a body are fine: httpx sends their length of 0.
    assert response.status_code == 405
    assert response.headers["Allow"] == "OPTIONS, POST"
    assert http.request(method, "/nowhere").status_code == 404


def test_health_may_be_asked_for_its_headers_alone(http: httpx.Client) -> None:
    got, headed = http.get("/health"), http.head("/health")
    assert headed.status_code == 200
    assert headed.headers["Content-Length"] == got.headers["Content-Length"]
    assert headed.content == b""
    assert http.post("/health").headers["Allow"] == "GET, HEAD, OPTIONS"
