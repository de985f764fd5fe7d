"""The index that a process holds: newer ones come by themselves, and an S3 in trouble costs little."""

import io
import zipfile
from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest

from punai.builtin.bucket import objects, shelf
from punai.builtin.bucket.rereading import reread
from punai.builtin.bucket.shelf import ASK_AGAIN, ASK_EVERY, Shelf
from punai.knowledge.library import Library
from tests.builtin.bucket.conftest import Bucket, logged

NOT_READ = "the index of documents was not read"


class Seconds:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Reader:
    """A shelf on the bucket, and what can be read from it."""

    def __init__(self, bucket: Bucket) -> None:
        self.clock = Seconds()
        self.shelf = Shelf(bucket.objects(), self.clock)

    def says(self, question: str = "returns") -> list[str]:
        library = self.shelf.library()
        return [passage.text for passage in library.index.search(question)] if library else []

    def later(self, seconds: float) -> list[str]:
        self.clock.now += seconds
        return self.says()

    def finish(self) -> None:
        """Wait until what S3 was asked for is here, or is known not to come."""
        self.shelf._asking.join(20)
        assert not self.shelf._asking.is_alive()


@pytest.fixture
def reader(bucket: Bucket) -> Reader:
    return Reader(bucket)


class Gate:
    """Before S3: while it is closed, nothing comes through, and customers have little patience."""

    def __init__(self, bucket: Bucket, patience: pytest.MonkeyPatch) -> None:
        self._passing = Event()
        self._patience = patience
        bucket.before("GetObject", lambda: self._passing.wait(20))
        self.open()

    def close(self) -> None:
        self._passing.clear()
        for name in ("PATIENCE", "FIRST_PATIENCE"):
            self._patience.setattr(shelf, name, 0.05)

    def open(self) -> None:
        for name in ("PATIENCE", "FIRST_PATIENCE"):
            self._patience.setattr(shelf, name, 20)
        self._passing.set()


@pytest.fixture
def gate(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(bucket, monkeypatch)
    yield gate
    gate.open()


def archive(catalogue: str) -> bytes:
    """A file such as an index is, with nothing in it but this catalogue."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("catalogue.json", catalogue)
    return file.getvalue()


def content(library: Library) -> bytes:
    file = io.BytesIO()
    library.write(file)
    return file.getvalue()


def write(bucket: Bucket, text: str) -> None:
    """Upload it, and bring the index up to date, as another process would."""
    bucket.upload(returns=text)
    reread(bucket.objects())


def test_a_newer_index_is_taken_after_a_minute_and_not_before(bucket: Bucket, reader: Reader) -> None:
    write(bucket, "Ten days.")
    assert reader.says() == ["Ten days."]
    write(bucket, "Thirty days.")
    assert reader.later(ASK_EVERY - 1) == ["Ten days."]
    assert reader.later(1) == ["Thirty days."]


def test_an_index_that_is_the_same_is_not_sent_again(bucket: Bucket, reader: Reader) -> None:
    write(bucket, "Ten days.")
    reader.says()
    held = reader.shelf.library()
    bucket.fetched.clear()
    assert reader.later(ASK_EVERY) == ["Ten days."]
    assert bucket.fetched == ["/index/acme.zip"]  # asked for, and answered with: not modified
    assert reader.shelf.library() is held


def test_s3_is_asked_once_a_minute_however_many_customers_there_are(bucket: Bucket, reader: Reader) -> None:
    write(bucket, "Ten days.")
    bucket.fetched.clear()
    for _ in range(5):
        reader.says()
    threads = [Thread(target=reader.says) for _ in range(5)]
    reader.clock.now += ASK_EVERY
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bucket.fetched) == 2


def test_customers_who_come_together_wait_for_the_first_index_together(
    bucket: Bucket, reader: Reader
) -> None:
    write(bucket, "Ten days.")
    said: list[list[str]] = []
    threads = [Thread(target=lambda: said.append(reader.says())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [["Ten days."]] * 5


def test_without_an_index_nothing_is_found_until_there_is_one(bucket: Bucket, reader: Reader) -> None:
    assert reader.says() == []
    write(bucket, "Ten days.")
    assert reader.later(ASK_EVERY - 1) == []
    assert reader.later(1) == ["Ten days."]


def test_what_was_deleted_is_found_no_more(bucket: Bucket, reader: Reader) -> None:
    write(bucket, "Ten days.")
    reader.says()
    bucket.remove("index/acme.zip")
    assert reader.later(ASK_EVERY) == []


def test_the_old_index_serves_while_s3_is_away_and_the_log_says_why(
    bucket: Bucket, reader: Reader, away: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    write(bucket, "Ten days.")
    reader.says()
    away()
    assert reader.later(ASK_EVERY) == ["Ten days."]
    reader.finish()
    [line] = logged(caplog, NOT_READ)
    assert line["tenant"] == "acme"
    assert line["why"].startswith(f"the bucket {bucket.name!r} cannot be reached (EndpointConnectionError)")
    assert reader.later(1) == ["Ten days."]
    assert len(logged(caplog, NOT_READ)) == 1


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"{", "it is damaged, or no index"),
        (archive(catalogue='{"format": 0}'), "it is not one that this version of PunAI reads"),
        (archive(catalogue='{"languages": ["en"]}'), "the index cannot be read"),
    ],
)
def test_the_old_index_serves_in_the_place_of_a_broken_one(
    bucket: Bucket, reader: Reader, caplog: pytest.LogCaptureFixture, broken: bytes, why: str
) -> None:
    write(bucket, "Ten days.")
    reader.says()
    bucket.put("index/acme.zip", broken)
    assert reader.later(ASK_EVERY) == ["Ten days."]
    [line] = logged(caplog, NOT_READ)
    assert line["why"].startswith(why)
    write(bucket, "Thirty days.")
    assert reader.later(ASK_EVERY) == ["Thirty days."]


def test_an_index_that_is_too_large_is_not_even_fetched(
    bucket: Bucket, reader: Reader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bucket, "Ten days.")
    monkeypatch.setattr(objects, "LARGEST_INDEX", 10)
    assert reader.says() == []
    [line] = logged(caplog, NOT_READ)
    assert line["why"] == f"s3://{bucket.name}/index/acme.zip is not PunAI's: remove it"


def test_one_customer_waits_a_moment_for_a_slow_s3_and_what_it_brings_is_not_lost(
    bucket: Bucket, reader: Reader, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    write(bucket, "Ten days.")
    reader.shelf.put(*reread(bucket.objects()))
    write(bucket, "Thirty days.")
    gate.close()
    assert reader.later(ASK_EVERY) == ["Ten days."]
    assert logged(caplog, NOT_READ) == [{"tenant": "acme", "why": "S3 did not answer within 0.05 s"}]
    asking = reader.shelf._asking
    assert reader.later(10 * ASK_EVERY) == ["Ten days."]
    assert reader.shelf._asking is asking  # S3 is not asked twice at once
    gate.open()
    reader.finish()
    assert reader.says() == ["Thirty days."]


def test_nobody_waits_again_before_s3_has_answered(
    bucket: Bucket, reader: Reader, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bucket, "Ten days.")
    reader.says()
    fails: list[Exception] = [OSError()]
    bucket.before("GetObject", lambda: throw(fails))
    gate.close()
    reader.later(ASK_EVERY)  # the one who waits
    gate.open()
    reader.finish()

    gate.close()
    monkeypatch.setattr(shelf, "PATIENCE", 60)  # longer than the gate stays closed
    assert reader.later(ASK_EVERY) == ["Ten days."]
    assert reader.shelf._asking.is_alive()  # nobody waited for it
    gate.open()
    reader.finish()
    write(bucket, "Thirty days.")
    assert reader.later(ASK_EVERY) == ["Thirty days."]  # S3 has answered, and is waited for


def throw(errors: list[Exception]) -> None:
    """Raise them, one after the other."""
    if errors:
        raise errors.pop()


def test_a_first_index_that_does_not_come_is_asked_for_again_soon(
    bucket: Bucket, reader: Reader, gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    write(bucket, "Ten days.")
    gate.close()
    assert reader.says() == []
    assert reader.says() == []
    assert len(logged(caplog, NOT_READ)) == 1
    gate.open()
    reader.finish()
    assert reader.says() == ["Ten days."]


def test_a_first_index_that_is_refused_is_asked_for_again_soon(bucket: Bucket, reader: Reader) -> None:
    write(bucket, "Ten days.")
    fails: list[Exception] = [OSError()]
    bucket.before("GetObject", lambda: throw(fails))
    assert reader.says() == []
    assert reader.later(ASK_AGAIN) == ["Ten days."]


def test_an_index_put_here_meanwhile_is_not_replaced_by_an_older_one(
    bucket: Bucket, reader: Reader, gate: Gate
) -> None:
    write(bucket, "Ten days.")
    reader.says()
    write(bucket, "Thirty days.")
    held = reread(bucket.objects())
    write(bucket, "Ten days, again.")
    newest = reread(bucket.objects())
    bucket.put("index/acme.zip", content(held[0]))
    gate.close()
    reader.later(ASK_EVERY)
    reader.shelf.put(*newest)
    gate.open()
    reader.finish()
    assert reader.says() == ["Ten days, again."]
