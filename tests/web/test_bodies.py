"""Bodies nobody should send: each is refused with a problem that names the field and never the value."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from punai.models import Turn

CHAT = {"user_id": "hostile", "message": "hello"}
ESCALATE = {
    "userQuery": "a person, please",
    "conversationHistory": "",
    "userEmail": "hostile@example.com",
    "userName": "Ann",
}
STORE_QUERY = {
    "sessionId": "hostile",
    "timestamp": "2026-01-31T12:00:00Z",
    "userQuery": "hello",
    "botResponse": "hello",
    "confidenceScore": 0.5,
    "intentName": "greeting",
}
GOOD: dict[str, dict[str, Any]] = {"/chat": CHAT, "/escalate": ESCALATE, "/store-query": STORE_QUERY}

NO_JSON = {
    "empty": b"",
    "white space": b"  \n",
    "half an object": b'{"user_id": "hostile"',
    "single quotes": b"{'user_id': 'hostile', 'message': 'hello'}",
    "a trailing comma": b'{"user_id": "hostile", "message": "hello",}',
    "two objects": b"{}{}",
    "an array": b"[]",
    "a string": b'"hello"',
    "null": b"null",
    "a number": b"1",
    "a byte order mark": b'\xef\xbb\xbf{"user_id": "hostile", "message": "hello"}',
    "UTF-16": json.dumps(CHAT).encode("utf-16"),
    "broken UTF-8": b'{"user_id": "hostile", "message": "\xff\xfe"}',
    "an overlong NUL": b'{"user_id": "hostile", "message": "a\xc0\x80b"}',
    "a raw NUL": b'{"user_id": "hostile", "message": "a\x00b"}',
    "a raw line break": b'{"user_id": "hostile", "message": "a\nb"}',
    "a lone surrogate": b'{"user_id": "hostile", "message": "\\ud800"}',
    "a swapped pair": b'{"user_id": "hostile", "message": "\\udc00\\ud800"}',
    "a surrogate in UTF-8": b'{"user_id": "hostile", "message": "\xed\xa0\x80"}',
    "deep arrays": b"[" * 60_000,
    "deep objects": b'{"a":' * 20_000,
    "a deep unknown field": b'{"user_id":"hostile","message":"a","x":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "a number without end": b'{"user_id": "hostile", "message": ' + b"9" * 100_000 + b"}",
    "a form": b"user_id=hostile&message=hello",
    "XML": b"<user>hostile</user>",
    "a pickle": b"\x80\x04\x95\x00\x00\x00\x00.",
}

NO_STRING = [None, 1, 1.5, True, [], {}, ["hello"], {"$ne": ""}, 10**400]
BLANK = ["", " ", "\t\n", "\u00a0\u2003", "\x00", "\x1c", "\ufeff"]
CONTROL = ["a\x00b", "a\nb", "a\r\nX-Evil: 1", "\x1b[31m", "a\x7f"]
NO_EMAIL = ["ann", "ann@", "@example.com", "ann@example", "a b@example.com", "a@b@example.com", "a@-x.com"]
BAD_FIELDS: dict[tuple[str, str], list[Any]] = {
    ("/chat", "user_id"): [*NO_STRING, *BLANK, *CONTROL, "x" * 129],
    ("/chat", "message"): [*NO_STRING, *BLANK, "a\x00b", "x" * 4001],
    ("/chat", "conversation_id"): [*NO_STRING[1:], *BLANK, *CONTROL, "x" * 129],
    ("/chat", "message_id"): [*NO_STRING[1:], *BLANK, *CONTROL, "x" * 129],
    ("/chat", "channel"): [*NO_STRING, "", "fax", "web "],
    ("/escalate", "userQuery"): [*NO_STRING, *BLANK, "x" * 4001],
    ("/escalate", "conversationHistory"): [
        None,
        1,
        True,
        {},
        [1],
        [None],
        [["a"]],
        [{"text": 1}],
        "a\x00",
        ["\x00"],
    ],
    ("/escalate", "userEmail"): [
        *NO_STRING,
        *BLANK,
        *NO_EMAIL,
        "a@x.com\r\nBcc: b@x.com",
        f"{'a' * 128}@x.com",
    ],
    ("/escalate", "userName"): [*NO_STRING, *CONTROL, "x" * 129],
    ("/escalate", "sessionId"): [*NO_STRING[1:], *BLANK, *CONTROL, "x" * 129],
    ("/store-query", "sessionId"): [*NO_STRING, *BLANK, *CONTROL, "x" * 129],
    ("/store-query", "timestamp"): [
        None,
        True,
        [],
        {},
        "",
        "now",
        "2026-01-31",
        "2026-01-31T12:00:00",
        -1,
        10**400,
        5e12,
    ],
    ("/store-query", "userQuery"): [*NO_STRING, *BLANK, "x" * 4001],
    ("/store-query", "botResponse"): [*NO_STRING, *BLANK, "x" * 4001],
    ("/store-query", "confidenceScore"): [
        True,
        [],
        {},
        "",
        "high",
        "1.1",
        "-0.1",
        "NaN",
        "0x1",
        1.1,
        -0.1,
        10**400,
    ],
    ("/store-query", "intentName"): [*NO_STRING, *CONTROL, "x" * 129],
}
REQUIRED = [(path, field) for path, good in GOOD.items() for field in good]


def refused(response: httpx.Response, status: int = 400) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= problem.keys()
    return problem


@pytest.mark.parametrize("path", GOOD)
def test_the_examples_of_this_table_are_good(http: httpx.Client, path: str) -> None:
    assert http.post(path, json=GOOD[path]).status_code == 200


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON.keys())
def test_what_is_no_json_object_is_refused(http: httpx.Client, path: str, body: bytes) -> None:
    problem = refused(http.post(path, content=body, headers={"Content-Type": "application/json"}))
    assert "errors" not in problem
    assert "hostile" not in problem["detail"]


@pytest.mark.parametrize(("path", "field"), BAD_FIELDS)
def test_a_bad_value_is_refused_by_the_name_of_its_field(http: httpx.Client, path: str, field: str) -> None:
    for value in BAD_FIELDS[path, field]:
        # Python's own encoder takes numbers that httpx refuses.
        body = json.dumps(GOOD[path] | {field: value})
        problem = refused(http.post(path, content=body, headers={"Content-Type": "application/json"}))
        if isinstance(value, int) and value > 2**64:
            continue  # no number that long is read at all
        assert [each["field"] for each in problem["errors"]] == [field], value
        assert all(each["detail"].startswith(f"{field} is not ") for each in problem["errors"])


@pytest.mark.parametrize(("path", "field"), REQUIRED)
def test_a_missing_field_is_named(http: httpx.Client, path: str, field: str) -> None:
    body = {name: value for name, value in GOOD[path].items() if name != field}
    problem = refused(http.post(path, json=body))
    assert [each["field"] for each in problem["errors"]] == [field]
    assert problem["errors"][0]["detail"].startswith(f"{field} is missing; send ")


def test_every_wrong_field_is_named_once(http: httpx.Client) -> None:
    problem = refused(http.post("/store-query", json={"timestamp": [], "confidenceScore": "x" * 50}))
    fields = [each["field"] for each in problem["errors"]]
    assert sorted(fields) == sorted(STORE_QUERY)


def test_the_value_is_never_told(http: httpx.Client) -> None:
    secret = "4111 1111 1111 1111"
    for path, field in BAD_FIELDS:
        for value in ({secret: secret}, [secret], f"\x00{secret}"):
            assert secret not in http.post(path, json=GOOD[path] | {field: value}).text


def test_a_number_no_json_has_is_refused(http: httpx.Client) -> None:
    for number in ("NaN", "Infinity", "-Infinity", "1e999"):
        body = json.dumps(STORE_QUERY | {"confidenceScore": 7}).replace("7", number)
        refused(http.post("/store-query", content=body, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/plain; application/json",
        "*/*",
        "application/json-patch+json",
        ";",
    ],
)
def test_another_content_type_is_refused(http: httpx.Client, media_type: str) -> None:
    response = http.post("/chat", content=json.dumps(CHAT), headers={"Content-Type": media_type})
    assert "application/json" in refused(response, 415)["detail"]


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", None]
)
def test_json_by_any_of_its_names_is_read(http: httpx.Client, media_type: str | None) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    assert http.post("/chat", content=json.dumps(CHAT), headers=headers).status_code == 200


def test_a_repeated_key_counts_by_its_last_value(http: httpx.Client) -> None:
    body = b'{"user_id": "hostile", "message": "", "message": "hello"}'
    assert http.post("/chat", content=body).status_code == 200


@pytest.mark.parametrize("size", [128 * 1024 + 1, 1024 * 1024, 20 * 1024 * 1024])
def test_a_large_body_is_refused_by_its_size(http: httpx.Client, size: int) -> None:
    problem = refused(http.post("/chat", content=b"x" * size), 413)
    assert "131072 bytes" in problem["detail"]


def test_the_largest_body_is_read(http: httpx.Client) -> None:
    body = json.dumps(CHAT).encode()
    assert http.post("/chat", content=body + b" " * (128 * 1024 - len(body))).status_code == 200


def test_nothing_of_a_refused_body_is_stored(http: httpx.Client, stored: Callable[[str], list[Turn]]) -> None:
    refused(http.post("/chat", json={"user_id": "unstored", "message": "hello", "message_id": 5}))
    refused(http.post("/escalate", json=ESCALATE | {"userEmail": "unstored@example.com", "userName": 5}))
    refused(http.post("/store-query", json=STORE_QUERY | {"sessionId": "unstored", "intentName": 5}))
    assert not [turn for user in ("unstored", "unstored@example.com") for turn in stored(user)]
