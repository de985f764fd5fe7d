"""Pages of other origins: who may call, as a browser asks and as it is answered."""

from collections.abc import Iterator

import httpx
import pytest

from punai.web import cors

SHOP, SECOND, STRANGER = "https://shop.example", "http://localhost:3000", "https://evil.example"
CHAT = {"user_id": "ann", "message": "thank you"}
ALLOWING = "Access-Control-"


@pytest.fixture
def allowed() -> Iterator[None]:
    """Two origins may call."""
    cors.allow(f"{SHOP}, {SECOND.upper()}")
    yield
    cors.allow("")


@pytest.fixture
def anybody() -> Iterator[None]:
    """Every page may call."""
    cors.allow("*")
    yield
    cors.allow("")


def preflight(http: httpx.Client, origin: str, path: str = "/chat", method: str = "POST") -> httpx.Response:
    """What a browser asks before it sends what a page wants to send."""
    asking = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,x-api-key",
    }
    return http.options(path, headers=asking)


def granted(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith(ALLOWING.lower())}


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("origin", [SHOP, SECOND])
def test_a_page_that_may_call_reads_its_answer(http: httpx.Client, origin: str) -> None:
    response = http.post("/chat", json=CHAT, headers={"Origin": origin})
    assert response.json()["reply"] == "You're welcome!"
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert response.headers["Vary"] == "Origin"
    assert "X-Request-Id" in response.headers["Access-Control-Expose-Headers"]


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("path", "methods"),
    [("/chat", "OPTIONS, POST"), ("/escalate", "OPTIONS, POST"), ("/health", "GET, HEAD, OPTIONS")],
)
def test_a_page_that_may_call_is_told_so_beforehand(http: httpx.Client, path: str, methods: str) -> None:
    response = preflight(http, SHOP, path)
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Length" not in response.headers, "HTTP has none in a 204"
    assert response.headers["Allow"] == methods
    assert response.headers["Vary"] == "Origin"
    assert granted(response).pop("access-control-expose-headers")
    assert granted(response) == {
        "access-control-allow-origin": SHOP,
        "access-control-allow-methods": methods,
        "access-control-allow-headers": "Authorization, Content-Type, X-Api-Key",
        "access-control-expose-headers": "Retry-After, X-Request-Id",
        "access-control-max-age": "7200",
    }


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("origin", [STRANGER, "null", "", SHOP + ".evil.example", SHOP.replace("s:", ":")])
def test_a_page_that_may_not_is_granted_nothing(http: httpx.Client, origin: str) -> None:
    for response in (preflight(http, origin), http.post("/chat", json=CHAT, headers={"Origin": origin})):
        assert response.is_success, "it is the browser that keeps the page from reading this"
        assert granted(response) == {}
        assert response.headers["Vary"] == "Origin"


@pytest.mark.usefixtures("allowed")
def test_a_client_that_is_no_page_sees_nothing_of_it_but_what_caches_need(http: httpx.Client) -> None:
    response = http.post("/chat", json=CHAT)
    assert granted(response) == {}
    assert response.headers["Vary"] == "Origin"


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "/chat", b"{}", 400),
        ("POST", "/nowhere", b"{}", 404),
        ("PUT", "/chat", b"{}", 405),
        ("POST", "/chat", b" " * 131_073, 413),
    ],
)
def test_a_page_reads_why_it_was_refused(
    http: httpx.Client, method: str, path: str, sent: bytes, status: int
) -> None:
    response = http.request(method, path, content=sent, headers={"Origin": SHOP})
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Access-Control-Allow-Origin"] == SHOP


@pytest.mark.usefixtures("anybody")
@pytest.mark.parametrize("origin", [STRANGER, "null"])
def test_a_star_lets_every_page_call(http: httpx.Client, origin: str) -> None:
    for response in (preflight(http, origin), http.post("/chat", json=CHAT, headers={"Origin": origin})):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Vary" not in response.headers


def test_no_page_may_call_unless_somebody_says_so(http: httpx.Client) -> None:
    for response in (preflight(http, SHOP), http.post("/chat", json=CHAT, headers={"Origin": SHOP})):
        assert granted(response) == {}
        assert "Vary" not in response.headers


def test_nobodys_cookies_are_asked_for(http: httpx.Client, allowed: None) -> None:
    assert "Access-Control-Allow-Credentials" not in preflight(http, SHOP).headers


def test_a_path_without_a_route_has_no_options(http: httpx.Client, allowed: None) -> None:
    assert preflight(http, SHOP, "/nowhere").status_code == 404
