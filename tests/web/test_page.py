"""The page and the widget, as a browser and its cache get them."""

import gzip
import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from punai.desk import Desk
from punai.web import page
from punai.web.local import COMPRESSED_FROM

ROOT = Path(__file__).parents[2]
FILE = ROOT / "punai/web/static/widget.js"
ON_LAMBDA = "https://x1y2z3.execute-api.eu-west-1.amazonaws.com/dev/"


class Elements(HTMLParser):
    """The elements of a page, by name, each with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = dict(attrs)


@pytest.fixture
def elements(http: httpx.Client) -> dict[str, dict[str, str | None]]:
    return Elements(http.get("/").text).found


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (each.split() for each in policy.split(";"))}


def test_page_is_the_widget_at_full_size(elements: dict[str, dict[str, str | None]], desk: Desk) -> None:
    assert elements["punai-chat"] == {"full": None}
    script = elements["script"]
    assert (script["data-business"], "defer" in script) == (desk.default_tenant, True)
    assert "noscript" in elements


def test_page_finds_the_widget_behind_a_stage_too(elements: dict[str, dict[str, str | None]]) -> None:
    assert urljoin(ON_LAMBDA, elements["script"]["src"]) == f"{ON_LAMBDA}widget.js"


def test_page_says_whose_it_is(http: httpx.Client) -> None:
    response = http.get("/")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>Lamp &amp; Shade" in response.text


def test_nothing_runs_in_the_page_but_its_own_files(http: httpx.Client) -> None:
    response = http.get("/")
    policy = directives(response.headers["Content-Security-Policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == ["'self'"]
    assert "style-src" not in policy
    assert not any("unsafe" in source for sources in policy.values() for source in sources)
    assert "style" not in Elements(response.text).found
    assert "<script>" not in response.text


def test_page_of_a_business_that_is_not_there_is_not_found(http: httpx.Client) -> None:
    assert http.get("/", params={"business": "lamps"}).status_code == 200
    response = http.get("/", params={"business": "nobody"})
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")
    assert response.headers["Cache-Control"] == "no-store"
    assert "nobody" not in response.text


@pytest.mark.parametrize("query", ["business=", "business=a&business=b", "business=" + "x" * 129])
def test_a_query_that_does_not_fit_names_its_parameter(http: httpx.Client, query: str) -> None:
    response = http.get(f"/?{query}")
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["field"] == "business"
    assert "its pack's folder" in error["detail"]


def test_widget_is_the_file_as_it_is(http: httpx.Client) -> None:
    response = http.get("/widget.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.content == FILE.read_bytes()


def test_widget_may_be_kept_for_an_hour_by_anybody(http: httpx.Client) -> None:
    kept = http.get("/widget.js").headers["Cache-Control"].split(", ")
    assert {"public", "max-age=3600"} <= set(kept)
    assert http.get("/").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/widget.js"])
def test_what_a_browser_has_is_not_sent_again(http: httpx.Client, path: str) -> None:
    first = http.get(path)
    for known in (first.headers["ETag"], f'"old", {first.headers["ETag"]}', first.headers["ETag"][2:], "*"):
        again = http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert "Content-Length" not in again.headers
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_what_has_changed_is_sent(
    http: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = http.get("/widget.js").headers["ETag"]
    changed = tmp_path / "widget.js"
    changed.write_text("// new")
    monkeypatch.setattr(page, "WIDGET", changed)
    response = http.get("/widget.js", headers={"If-None-Match": before})
    assert (response.status_code, response.text) == (200, "// new")
    assert response.headers["ETag"] != before


def test_answers_that_may_not_be_kept_have_no_tag(http: httpx.Client) -> None:
    response = http.get("/health", headers={"If-None-Match": "*"})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers


def raw(http: httpx.Client, path: str, accept: str, method: str = "GET") -> tuple[httpx.Headers, bytes]:
    with http.stream(method, path, headers={"Accept-Encoding": accept}) as response:
        return response.headers, b"".join(response.iter_raw())


@pytest.mark.parametrize("accept", ["gzip", "br, gzip;q=0.5", "GZIP"])
def test_long_answers_are_compressed_for_who_takes_it(http: httpx.Client, accept: str) -> None:
    headers, content = raw(http, "/openapi.json", accept)
    assert (headers["Content-Encoding"], headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert int(headers["Content-Length"]) == len(content)
    assert json.loads(gzip.decompress(content)) == http.get("/openapi.json").json()


@pytest.mark.parametrize("accept", ["", "identity", "gzip;q=0", "br", "gzip;q=much"])
def test_others_get_them_as_they_are(http: httpx.Client, accept: str) -> None:
    headers, content = raw(http, "/openapi.json", accept)
    assert "Content-Encoding" not in headers
    assert headers["Vary"] == "Accept-Encoding"
    assert json.loads(content)["openapi"] == "3.1.0"


def test_short_answers_are_not_compressed(http: httpx.Client) -> None:
    headers, content = raw(http, "/health", "gzip")
    assert len(content) < COMPRESSED_FROM
    assert not {"Content-Encoding", "Vary"} & {name.title() for name in headers}


def test_api_gateway_compresses_the_same() -> None:
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    assert config["minimum_compression_size"] == COMPRESSED_FROM
