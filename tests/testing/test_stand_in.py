"""The server in a service's place, and the wall around who calls it."""

import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest

from punai.deadline import call_within
from punai.testing import StandIn
from punai.testing.network import Outside, no_network, only_this_machine
from punai.testing.samples import SECRET, SampleBusiness


def test_it_keeps_what_was_asked_and_answers() -> None:
    with StandIn({"ticket": 7}) as service:
        answer = httpx.put(f"{service.url}/tickets/7?a=b", json={"é": "✓"}, headers={"X-Key": "k"})
        [asked] = service.requests
    assert (answer.status_code, answer.json()) == (200, {"ticket": 7})
    assert (asked.method, asked.path, asked.headers["X-Key"]) == ("PUT", "/tickets/7?a=b", "k")
    assert asked.json() == {"é": "✓"}


def test_it_answers_with_the_status_it_is_told() -> None:
    with StandIn() as service:
        service.status = 429
        assert httpx.get(service.url).status_code == 429


def test_silent_one_takes_the_request_and_never_answers() -> None:
    with StandIn() as service:
        service.silent = True
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(service.url, timeout=0.2)
        assert len(service.requests) == 1


def test_one_that_left_is_not_there() -> None:
    with StandIn() as service:
        with httpx.Client() as client:  # whose connection is kept alive
            client.get(service.url)
            service.leave()
            with pytest.raises(httpx.TransportError):
                client.get(service.url)
        with pytest.raises(httpx.ConnectError):
            httpx.get(service.url)


def test_block_ends_though_somebody_waits() -> None:
    with StandIn() as service:
        service.silent = True
        with pytest.raises(TimeoutError):
            call_within(0.2, httpx.get, service.url, timeout=None)
        began = time.monotonic()
    assert time.monotonic() - began < 5


def try_to_connect(address: tuple[str, int]) -> int:
    with socket.socket() as connection:
        return connection.connect_ex(address)


@pytest.mark.parametrize(
    "call",
    [
        lambda: httpx.get("https://example.com"),
        lambda: socket.create_connection(("192.0.2.1", 443), timeout=1),
        lambda: socket.getaddrinfo("example.com", 443),
        lambda: try_to_connect(("192.0.2.1", 443)),
    ],
)
def test_other_machines_cannot_be_called(call: Callable[[], object]) -> None:
    with only_this_machine(), pytest.raises((Outside, httpx.ConnectError), match="this machine only"):
        call()


def test_this_machine_can() -> None:
    with StandIn() as service, only_this_machine():
        port = urlsplit(service.url).port
        assert httpx.get(f"http://localhost:{port}").status_code == 200


def test_nobody_can_be_called_where_nobody_may() -> None:
    with StandIn() as service:
        with no_network() as tried, pytest.raises(httpx.ConnectError):
            httpx.get(service.url)
        assert set(tried) == {"127.0.0.1"}
        assert httpx.get(service.url).status_code == 200


@pytest.mark.parametrize(
    ("key", "default", "found"),
    [
        ("url", None, f"http://s/{SECRET}"),
        ("webhook_url", "https://service.example", f"http://s/{SECRET}"),
        ("token", None, SECRET),
        ("priority", "high", "high"),
        ("given", None, "http://s/api"),
    ],
)
def test_sample_business_has_every_setting(key: str, default: str | None, found: str) -> None:
    settings = {"crm": {"given": "{service}/api"}}
    business = SampleBusiness(id="s", name="S", service="http://s", settings=settings)
    assert business.setting("crm", key, default) == found
