"""The local server against clients that no library would be: raw sockets."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import chalice.test
import httpx
import pytest

from punai.desk import Desk
from punai.models import Inbound, Turn
from punai.web import app
from punai.web.desk import use
from punai.web.local import Handler, running

Talk = Callable[[bytes], bytes]

CHAT = json.dumps({"user_id": "raw", "message": "thank you"}).encode()
LINE = b"POST /chat HTTP/1.1\r\nHost: x\r\n"
GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def talk(server: str) -> Talk:
    """Send bytes, say no more, and read until the server closes."""
    parts = urlsplit(server)

    def exchange(sent: bytes) -> bytes:
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while more := connection.recv(65536):
                received += more
        return received

    return exchange


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return LINE + b"Transfer-Encoding: chunked\r\n\r\n" + framed + end


def with_length(length: bytes, body: bytes = CHAT) -> bytes:
    return LINE + b"Content-Length: " + length + b"\r\n\r\n" + body


def test_a_body_of_the_length_it_says_is_answered(talk: Talk) -> None:
    assert talk(with_length(b"%d" % len(CHAT))).startswith(b"HTTP/1.1 200 ")


def test_a_body_in_chunks_is_answered(talk: Talk) -> None:
    assert talk(chunked(CHAT)).startswith(b"HTTP/1.1 200 ")
    assert talk(chunked(*(CHAT[n : n + 1] for n in range(len(CHAT))))).startswith(b"HTTP/1.1 200 ")
    assert talk(chunked(CHAT, end=b"0;a=b\r\nX-Trailer: 1\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


NO_REQUEST = {
    "no length": (LINE + b"\r\n" + CHAT, 411),
    "a negative length": (with_length(b"-5"), 400),
    "a signed length": (with_length(b"+5"), 400),
    "a length in words": (with_length(b"many"), 400),
    "an empty length": (with_length(b""), 400),
    "a length with underscores": (with_length(b"1_0"), 400),
    "a length in other digits": (with_length("٣".encode()), 400),
    "two lengths": (with_length(b"5\r\nContent-Length: 6"), 400),
    "two lengths in one": (with_length(b"5, 6"), 400),
    "a huge length": (with_length(b"9" * 5000), 413),
    "a length over the limit": (with_length(b"131073"), 413),
    "a length longer than the body": (with_length(b"1000"), 400),
    "length and chunks": (LINE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "another coding": (LINE + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    "a chunk without size": (LINE + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n", 400),
    "a negative chunk": (LINE + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", 400),
    "a huge chunk": (LINE + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413),
    "a longer chunk than said": (LINE + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", 400),
    "chunks over the limit": (chunked(*[b"x" * 16384] * 9), 413),
    "chunks without end": (chunked(CHAT, end=b""), 400),
    "trailers without end": (chunked(CHAT, end=b"0\r\n" + b"X: 1\r\n" * 100), 400),
    "a long line between chunks": (LINE + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 9000, 400),
    "a header without colon": (
        b"POST /chat HTTP/1.1\r\nHost: x\r\nNonsense\r\nContent-Length: 0\r\n\r\n",
        400,
    ),
    "a space before the colon": (LINE + b"Content-Length : 5\r\n\r\nhello", 400),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "another version": (b"GET /health HTTP/9.9\r\n\r\n", 505),
    "no version at all": (b"POST /chat\r\n\r\n", 400),
    "a long address": (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    "a long header": (b"GET /health HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
    "many headers": (b"GET /health HTTP/1.1\r\n" + b"X: 1\r\n" * 200 + b"\r\n", 431),
}


@pytest.mark.parametrize(("sent", "status"), NO_REQUEST.values(), ids=NO_REQUEST.keys())
def test_bytes_that_are_no_request_are_refused_and_the_connection_closed(
    talk: Talk, sent: bytes, status: int
) -> None:
    received = talk(sent + GET)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    assert b"application/problem+json" in head
    assert b"Connection: close" in head
    assert json.loads(body)["status"] == status, "nothing follows: the rest was not read as a request"


def test_an_answer_tells_no_version_of_the_server(talk: Talk) -> None:
    assert b"Server: PunAI\r\n" in talk(GET)


def test_the_old_way_of_asking_is_answered_with_a_status(talk: Talk) -> None:
    assert talk(b"GET /health\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_requests_may_follow_each_other_on_one_connection(talk: Talk) -> None:
    post = with_length(b"%d" % len(CHAT))
    received = talk(post + GET + b"HEAD /health HTTP/1.1\r\n\r\n" + chunked(CHAT) + GET)
    assert received.count(b"HTTP/1.1 200 ") == 5


def test_a_refused_body_does_not_hide_the_next_request(talk: Talk) -> None:
    received = talk(with_length(b"2", b"[]") + GET)
    assert [received.count(status) for status in (b"HTTP/1.1 400 ", b"HTTP/1.1 200 ")] == [1, 1]


def test_a_body_where_none_belongs_is_read_and_ignored(talk: Talk) -> None:
    received = talk(b"GET /health HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello" + GET)
    assert received.count(b"HTTP/1.1 200 ") == 2


def test_a_client_that_asks_first_is_told_to_go_on(server: str) -> None:
    parts = urlsplit(server)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(LINE + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(CHAT))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(CHAT)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", [b"", b"POST /chat HT", LINE, with_length(b"100", b"{"), GET])
def test_a_slow_client_loses_the_connection(
    server: str, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "timeout", 0.2)
    parts = urlsplit(server)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
        connection.sendall(sent)
        while connection.recv(65536):
            pass


def test_clients_that_go_away_are_no_trouble(server: str, capfd: pytest.CaptureFixture[str]) -> None:
    parts = urlsplit(server)
    for sent in (b"", LINE, with_length(b"%d" % len(CHAT))):
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(sent)
    assert httpx.get(f"{server}/health").status_code == 200
    assert capfd.readouterr().err == ""


def test_nothing_is_written_for_a_request(server: str, capfd: pytest.CaptureFixture[str]) -> None:
    httpx.get(f"{server}/health?card=4111")
    httpx.get(f"{server}/nowhere")
    assert capfd.readouterr() == ("", "")


class SlowDesk(Desk):
    """A desk that takes its time."""

    def __init__(self, desk: Desk) -> None:
        self.__dict__.update(desk.__dict__)
        self.busy = threading.Event()

    def receive(self, tenant: str, inbound: Inbound, *, human: bool = False, request_id: str = "") -> Turn:
        self.busy.set()
        time.sleep(0.5)
        return super().receive(tenant, inbound, human=human, request_id=request_id)


@pytest.fixture
def slow(desk: Desk) -> Iterator[SlowDesk]:
    yield SlowDesk(desk)
    use(desk)


def test_a_stop_finishes_the_answers_under_way_and_waits_for_nobody_else(slow: SlowDesk) -> None:
    answers: list[httpx.Response] = []

    def ask(address: str) -> None:
        answers.append(httpx.post(f"{address}/chat", content=CHAT, timeout=10))

    with running(slow, "127.0.0.1", 0) as address, httpx.Client(base_url=address) as idle:
        idle.get("/health")
        asking = threading.Thread(target=ask, args=(address,))
        asking.start()
        assert slow.busy.wait(5)
        stopping = time.monotonic()
    asking.join()
    assert [answer.status_code for answer in answers] == [200]
    assert time.monotonic() - stopping < 5
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_a_taken_port_is_an_error_of_the_system(desk: Desk, server: str) -> None:
    port = urlsplit(server).port
    assert port
    with pytest.raises(OSError, match="in use"), running(desk, "127.0.0.1", port):
        pass


def test_the_application_survives_having_been_served(server: str, desk: Desk) -> None:
    use(desk)
    with chalice.test.Client(app) as client:
        assert client.http.get("/health").json_body["status"] == "ok"
    assert httpx.get(f"{server}/health").status_code == 200


SERVE = """
import sys
from pathlib import Path
from punai.bootstrap import open_desk
from punai.settings import Settings
from punai.web.local import serve

desk = open_desk(Settings(store="sqlite:///:memory:", model="local", plugins=Path(sys.argv[1])))
desk.store.prepare()
serve(desk, "127.0.0.1", 0, ready=lambda address: print(address, flush=True))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server(packs: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(packs)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout
    with httpx.Client(base_url=process.stdout.readline().strip()) as client:
        assert client.get("/health").status_code == 200
        process.send_signal(number)
        assert process.communicate(timeout=10) == ("stopped\n", "")
    assert process.returncode == 0
