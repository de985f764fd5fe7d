"""A service that says when to come back is left alone until then."""

from datetime import timedelta

import httpx
import pytest
from botocore.exceptions import ClientError

from punai.outbox import LONGEST_PAUSE, retry_after


class Busy(Exception):
    """A plugin's own way to say when."""

    def __init__(self, seconds: object) -> None:
        super().__init__("busy")
        self.retry_after = seconds


def from_httpx(value: str) -> Exception:
    """What `raise_for_status` raises."""
    request = httpx.Request("POST", "https://hooks.example.org")
    response = httpx.Response(429, headers={"Retry-After": value}, request=request)
    return httpx.HTTPStatusError("429", request=request, response=response)


def from_aws(value: str) -> Exception:
    """What boto3 raises."""
    answer = {"Error": {"Code": "429"}, "ResponseMetadata": {"HTTPHeaders": {"retry-after": value}}}
    error: Exception = ClientError(answer, "Publish")
    return error


@pytest.mark.parametrize("error", [from_httpx("90"), from_aws("90"), Busy(90), Busy("90")])
def test_seconds_are_honoured(error: Exception) -> None:
    assert retry_after(error) == timedelta(seconds=90)


@pytest.mark.parametrize(
    "error",
    [
        from_httpx("Wed, 21 Oct 2026 07:28:00 GMT"),
        from_httpx("-1"),
        from_httpx("nan"),
        Busy(None),
        Busy("soon"),
        ConnectionError("x"),
        ClientError({}, "Publish"),
    ],
)
def test_what_is_no_number_of_seconds_is_left_to_our_own_pause(error: Exception) -> None:
    assert retry_after(error) is None


def test_nobody_is_kept_waiting_for_more_than_the_longest_pause() -> None:
    assert (
        retry_after(from_httpx("inf")) == retry_after(from_httpx("86400")) == timedelta(seconds=LONGEST_PAUSE)
    )
