"""What becomes of calls that DynamoDB refuses, does not hear, or whose answer is lost."""

import json
import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from punai import Tenant
from punai.builtin.dynamodb import connection as dynamodb_connection
from punai.builtin.dynamodb.items import current_key
from punai.builtin.dynamodb.store import DynamoDBStore, open_store
from punai.builtin.dynamodb.table import DEFINITION
from punai.builtin.dynamodb.writes import key_item
from punai.models import Status
from punai.ports import ConfigurationError, Store, StoreUnavailable
from punai.testing.store_contract.basis import accept, exchange, message, reply

TENANT = Tenant(id="shop", name="Shop")


class Line(ThreadingHTTPServer):
    """A line to DynamoDB that can be made a bad one: `faults` holds what befalls an operation next."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.upstream = urlsplit(upstream).netloc
        self.faults: dict[str, list[tuple[int, Any] | None]] = {}  # None: the answer is lost
        self.calls: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def refuse(self, operation: str, code: str, *, times: int = 1, reasons: tuple[str, ...] = ()) -> None:
        """Have an operation refused as DynamoDB does."""
        said: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}
        said["message"] = "what was said: where is my order"
        if reasons:
            said["CancellationReasons"] = [{"Code": reason} for reason in reasons]
        self.faults.setdefault(operation, []).extend([(400, said)] * times)


class Call(BaseHTTPRequestHandler):
    """One call on the line."""

    server: Line

    def do_POST(self) -> None:
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append(operation)
        faults = self.server.faults.get(operation)
        lost = False
        if faults:
            fault = faults.pop(0)
            if fault:
                status, said = fault
                self._answer(status, json.dumps(said).encode())
                return
            lost = True
        upstream = HTTPConnection(self.server.upstream, timeout=10)
        upstream.request("POST", self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        if not lost:
            self._answer(answer.status, content)

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a line per request helps nobody."""


@pytest.fixture
def line(moto_server: str) -> Iterator[Line]:
    with Line(moto_server) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture
def new_store(aws: pytest.MonkeyPatch) -> Iterator[Callable[[str], DynamoDBStore]]:
    """Opens a store on an endpoint, with a table name of its own."""
    opened: list[DynamoDBStore] = []

    def open_at(endpoint: str) -> DynamoDBStore:
        aws.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint)
        store = open_store(f"dynamodb://punai-{uuid4().hex}")
        assert isinstance(store, DynamoDBStore)
        opened.append(store)
        return store

    yield open_at
    for store in opened:
        store.close()


@pytest.fixture
def store(new_store: Callable[[str], DynamoDBStore], line: Line) -> DynamoDBStore:
    store = new_store(line.address)
    store.prepare()
    return store


def test_words_whose_confirmation_was_lost_are_still_their_senders(store: Store, line: Line) -> None:
    exchange(store, TENANT, message(conversation="c1"))
    line.faults["PutItem"] = [None]
    accepted = accept(store, TENANT, message("Hello?", conversation="c1", id="m1"))
    assert accepted.state == "new"
    assert line.calls.count("PutItem") == 2
    assert store.turn(TENANT, "c1", "m1") == accepted.turn
    store.complete(TENANT, accepted.turn, reply(), expect="bot", now=accepted.turn.at)


def test_a_first_message_whose_confirmation_was_lost_starts_one_conversation(
    store: Store, line: Line
) -> None:
    line.faults["TransactWriteItems"] = [None]
    accepted = accept(store, TENANT, message("Hello?"))
    assert accepted.state == "new"
    assert [turn.text for turn in store.turns_of(TENANT, "ann")] == ["Hello?"]


@pytest.mark.parametrize(("operation", "to"), [("UpdateItem", "bot"), ("TransactWriteItems", "waiting")])
def test_an_answer_whose_confirmation_was_lost_is_stored_once(
    store: Store, line: Line, operation: str, to: Status
) -> None:
    held = accept(store, TENANT, message(conversation="c1")).turn
    line.faults[operation] = [None]
    turn = store.complete(TENANT, held, reply("Here.", status=to), expect="bot", now=held.at)
    assert line.faults[operation] == []
    assert list(store.turns_of(TENANT, "ann")) == [turn]


@pytest.mark.parametrize(
    ("operation", "code", "reasons"),
    [
        ("TransactWriteItems", "TransactionCanceledException", ("None", "TransactionConflict")),
        ("TransactWriteItems", "TransactionCanceledException", ("ThrottlingError", "None")),
        ("TransactWriteItems", "ThrottlingException", ()),
        ("Query", "ProvisionedThroughputExceededException", ()),
        ("GetItem", "ThrottlingException", ()),
        ("PutItem", "TransactionConflictException", ()),
        ("UpdateItem", "TransactionConflictException", ()),
    ],
)
def test_what_passes_is_waited_for(
    store: Store, line: Line, operation: str, code: str, reasons: tuple[str, ...]
) -> None:
    exchange(store, TENANT, message(conversation="c1"))
    line.refuse(operation, code, reasons=reasons, times=3)
    exchange(store, TENANT, message(conversation="c1"))
    exchange(store, TENANT, message(conversation="c1"), reply(status="waiting"))
    assert line.faults[operation] == []


def test_what_does_not_pass_is_given_up_in_time(
    store: Store, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb_connection, "PATIENCE", 0.1)
    line.refuse(
        "TransactWriteItems", "TransactionCanceledException", reasons=("TransactionConflict",), times=99
    )
    with pytest.raises(StoreUnavailable, match=r"^the DynamoDB table 'punai-\w+' is busy; try again"):
        accept(store, TENANT, message())


def test_what_is_not_deleted_at_first_is_deleted_then(store: DynamoDBStore, line: Line) -> None:
    exchange(store, TENANT, message(conversation="c1", id="m1"))
    key = key_item(current_key(TENANT, "ann"))
    left = {store.table.name: [{"DeleteRequest": {"Key": key}}]}
    line.faults["BatchWriteItem"] = [(200, {"UnprocessedItems": left})] * 2
    assert store.erase(TENANT, "ann") == 1
    assert store.table.connection.call("scan", TableName=store.table.name)["Items"] == []


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AccessDeniedException", r"access to .* is denied: allow dynamodb:GetItem on it"),
        ("UnrecognizedClientException", r"AWS refuses the credentials for .*: set AWS_PROFILE"),
        ("ExpiredTokenException", r"AWS refuses the credentials for .*: set AWS_PROFILE"),
        ("ValidationException", r"does not take get_item: is it one that PunAI made\?"),
        ("KMSDisabledException", r"refuses get_item: KMSDisabled"),
    ],
)
def test_a_refusal_says_what_to_do_and_repeats_nothing_that_was_said(
    store: Store, line: Line, code: str, advice: str
) -> None:
    line.refuse("GetItem", code)
    with pytest.raises(StoreUnavailable, match=advice) as refused:
        accept(store, TENANT, message("where is my order"))
    told = str(refused.value)
    assert "punai-" in told
    assert "\n" not in told
    assert not re.search("where is my order|nobody|nothing|shop|ann", told)


def test_a_missing_table_is_named(new_store: Callable[[str], DynamoDBStore], moto_server: str) -> None:
    with pytest.raises(
        StoreUnavailable, match=r"'punai-.*' does not exist in eu-west-1: punai provision makes it, or check"
    ):
        new_store(moto_server).check()


def test_a_table_of_an_earlier_punai_is_named(
    new_store: Callable[[str], DynamoDBStore], moto_server: str
) -> None:
    store = new_store(moto_server)
    earlier = {
        name: value
        for name, value in DEFINITION.items()
        if name not in ("GlobalSecondaryIndexes", "TimeToLiveSpecification")
    }
    earlier["AttributeDefinitions"] = earlier["AttributeDefinitions"][:3]
    store.table.connection.call("create_table", TableName=store.table.name, **earlier)
    with pytest.raises(ConfigurationError, match=r"PUNAI_STORE: .* has no index 'unanswered'"):
        store.prepare()


def test_a_missing_region_is_named(
    new_store: Callable[[str], DynamoDBStore], moto_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(StoreUnavailable, match=r"there is no AWS region for .*: set AWS_DEFAULT_REGION"):
        new_store(moto_server).check()


def test_missing_credentials_are_named(
    new_store: Callable[[str], DynamoDBStore], moto_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreUnavailable, match=r"there are no AWS credentials for .*: set AWS_PROFILE"):
        new_store(moto_server).check()


def test_an_endpoint_that_is_no_url_is_named(new_store: Callable[[str], DynamoDBStore]) -> None:
    with pytest.raises(
        StoreUnavailable, match=r"AWS_ENDPOINT_URL_DYNAMODB .* is no address: write http://host:port"
    ):
        new_store("localhost").check()


def test_an_endpoint_where_nobody_listens_is_reported_soon(
    new_store: Callable[[str], DynamoDBStore],
) -> None:
    with socket() as bound:
        bound.bind(("127.0.0.1", 0))
        silent = new_store(f"http://127.0.0.1:{bound.getsockname()[1]}")
        with pytest.raises(StoreUnavailable, match=r"cannot be reached \(EndpointConnectionError\)"):
            silent.check()
