"""The index says what the documents say, whoever else is at it, and only what changed is read for that."""

from collections.abc import Callable
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from punai.builtin.bucket import objects, rereading
from punai.builtin.bucket.objects import BucketUnavailable
from punai.builtin.bucket.rereading import reread
from punai.knowledge import reading
from tests.builtin.bucket.conftest import Bucket, left_out, logged


def texts(bucket: Bucket, tenant: str = "acme") -> dict[str, list[str]]:
    """The texts in the index, by document."""
    documents = bucket.index(tenant).items()
    return {name: [passage.text for passage in document.passages] for name, document in documents}


def test_documents_are_read_into_the_index(bucket: Bucket) -> None:
    bucket.upload(returns="# Returns\nThirty days.\n# Refunds\nAt once.")
    bucket.put("documents/acme/deep/down/faq.csv", "question,answer\nHow long?,Three days.\n")
    library, _ = reread(bucket.objects())
    assert [(each.id, each.source, each.title, each.text) for each in library.index.passages] == [
        ("s3:deep/down/faq.csv#how-long", "deep/down/faq.csv", "How long?", "Three days."),
        ("s3:returns.md#returns", "returns.md", "Returns", "Thirty days."),
        ("s3:returns.md#refunds", "returns.md", "Refunds", "At once."),
    ]
    assert texts(bucket) == {
        "deep/down/faq.csv": ["Three days."],
        "returns.md": ["Thirty days.", "At once."],
    }


def test_only_what_changed_is_read_again_and_what_was_deleted_goes(bucket: Bucket) -> None:
    bucket.upload(kept="one", changed="two", deleted="three")
    reread(bucket.objects())
    bucket.fetched.clear()
    bucket.upload(changed="four", added="five", kept="one")  # the last with the same words
    bucket.remove("documents/acme/deleted.md")
    reread(bucket.objects())
    assert texts(bucket) == {"added.md": ["five"], "changed.md": ["four"], "kept.md": ["one"]}
    read = [key for key in bucket.fetched if "/documents/" in key]
    assert sorted(read) == ["/documents/acme/added.md", "/documents/acme/changed.md"]


def test_where_nothing_changed_nothing_is_written(bucket: Bucket) -> None:
    bucket.upload(returns="Thirty days.")
    reread(bucket.objects())
    bucket.before("PutObject", lambda: pytest.fail("it was written"))
    bucket.fetched.clear()
    reread(bucket.objects())
    assert bucket.fetched == ["/index/acme.zip"]


def test_an_empty_bucket_has_an_empty_index(bucket: Bucket) -> None:
    reread(bucket.objects())
    assert bucket.index() == {}
    bucket.upload(only="one")
    reread(bucket.objects())
    bucket.remove("documents/acme/only.md")
    reread(bucket.objects())
    assert bucket.index() == {}


def test_names_may_be_in_any_language(bucket: Bucket) -> None:
    names = ["Öffnungs zeiten.md", "配送 & 100%+more?.txt", "a#b.html", "it's.md"]
    for name in names:
        bucket.put(f"documents/acme/{name}", "words")
    reread(bucket.objects())
    assert sorted(bucket.index()) == sorted(names)
    assert {document.left_out for document in bucket.index().values()} == {""}


def test_all_pages_of_a_long_list_are_read(bucket: Bucket) -> None:
    bucket.pages_of(2)
    bucket.upload(**{f"d{number}": "words" for number in range(5)})
    reread(bucket.objects())
    assert len(bucket.index()) == 5


def test_a_tenants_index_holds_its_own_documents_alone(bucket: Bucket) -> None:
    bucket.upload("acme", ours="ours")
    bucket.upload("acme2", theirs="theirs")
    bucket.put("documents/top.md", "nobody's")
    for tenant in ("acme", "acme2"):
        reread(bucket.objects(tenant))
    assert (texts(bucket), texts(bucket, "acme2")) == ({"ours.md": ["ours"]}, {"theirs.md": ["theirs"]})


def test_folders_and_hidden_files_are_no_documents(bucket: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "folder/", ".DS_Store", "folder/.draft.md"):
        bucket.put(f"documents/acme/{name}", "")
    reread(bucket.objects())
    assert bucket.index() == {}
    assert left_out(caplog) == {}


def test_a_document_that_cannot_be_read_is_left_out_and_said_once(
    bucket: Bucket, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 1000)
    bucket.upload(good="words", binary=b"\x00" * 10, large="x" * 1001, largest="x" * 1000)
    bucket.put("documents/acme/prices.csv", "product,price\npan,10\n")
    bucket.put("documents/acme/advert.mp4", "x")
    reread(bucket.objects())
    why = {
        "binary.md": "it is not text",
        "large.md": "it has 1,001 bytes; at most 1,000 are read",
        "prices.csv": "it has no column question and no column answer, but: product, price",
        "advert.mp4": ".mp4 is not read; use .md, .txt, .html, .pdf, .docx or .csv",
    }
    assert left_out(caplog) == why
    assert {name: each.left_out for name, each in bucket.index().items() if each.left_out} == why
    assert not {"/documents/acme/large.md", "/documents/acme/advert.mp4"} & set(bucket.fetched)
    assert set(texts(bucket)) == {*why, "good.md", "largest.md"}
    assert logged(caplog, "documents read") == [{"tenant": "acme", "documents": 6, "left_out": 4}]

    caplog.clear()
    bucket.fetched.clear()
    bucket.upload(binary="Café")
    reread(bucket.objects())
    assert (left_out(caplog), texts(bucket)["binary.md"]) == ({}, ["Café"])
    assert "/documents/acme/prices.csv" not in bucket.fetched


@pytest.mark.parametrize(("most", "together"), [(2, 10**6), (10, 14)])
def test_what_is_beyond_the_bounds_is_left_out(
    bucket: Bucket,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    together: int,
) -> None:
    monkeypatch.setattr(rereading, "MOST", most)
    monkeypatch.setattr(rereading, "TOGETHER", together)
    bucket.upload(a="words", b="words", c="words", d="words")
    reread(bucket.objects())
    assert list(texts(bucket)) == ["a.md", "b.md"]
    assert set(left_out(caplog)) == {"c.md"}
    bucket.remove("documents/acme/a.md")
    reread(bucket.objects())
    assert list(texts(bucket)) == ["b.md", "c.md"]


def test_a_document_that_s3_will_not_give_stays_as_it_was(
    bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.upload(archived="old", other="old")
    reread(bucket.objects())
    bucket.put("documents/acme/archived.md", "new", StorageClass="GLACIER")
    bucket.put("documents/acme/never.md", "new", StorageClass="GLACIER")
    bucket.upload(other="new")
    reread(bucket.objects())
    assert texts(bucket) == {"archived.md": ["old"], "other.md": ["new"]}
    assert set(left_out(caplog)) == {"archived.md", "never.md"}
    assert "InvalidObjectState" in left_out(caplog)["never.md"]
    bucket.upload(archived="new")
    reread(bucket.objects())
    assert texts(bucket)["archived.md"] == ["new"]


@pytest.mark.parametrize("broken", [b"", b"{", b'{"format": 1, "documents": {}}', b"\xff", b"[]"])
def test_an_index_that_is_none_is_written_anew(bucket: Bucket, broken: bytes) -> None:
    bucket.upload(returns="Thirty days.")
    bucket.put("index/acme.zip", broken)
    reread(bucket.objects())
    assert texts(bucket) == {"returns.md": ["Thirty days."]}


def test_an_index_that_is_none_is_written_anew_where_there_are_no_documents(bucket: Bucket) -> None:
    bucket.put("index/acme.zip", "broken")
    reread(bucket.objects())
    assert bucket.index() == {}


def test_a_document_that_changes_while_it_is_read_is_read_as_it_is_now(bucket: Bucket) -> None:
    bucket.upload(moving="first", gone="words")
    reread(bucket.objects())
    bucket.upload(moving="second", gone="other words")

    def change() -> None:
        bucket.upload(moving="third")
        bucket.remove("documents/acme/gone.md")

    bucket.before("ListObjectsV2", lambda: bucket.once_before("GetObject", change))
    reread(bucket.objects())
    assert texts(bucket) == {"moving.md": ["third"]}


def test_what_a_document_said_for_a_moment_is_not_taken_for_what_it_says(bucket: Bucket) -> None:
    bucket.upload(moving="first")
    listed: list[None] = []
    bucket.before("ListObjectsV2", lambda: listed.append(None))
    bucket.before("GetObject", lambda: bucket.upload(moving="second") if len(listed) == 1 else None)
    bucket.once_before("PutObject", lambda: bucket.upload(moving="first"))
    reread(bucket.objects())
    assert texts(bucket) == {"moving.md": ["first"]}


CHANGES: dict[str, Callable[[Bucket], None]] = {
    "added": lambda bucket: bucket.upload(b="new"),
    "changed": lambda bucket: bucket.upload(a="new"),
    "deleted": lambda bucket: bucket.remove("documents/acme/a.md"),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("existing", [True, False])
def test_an_older_index_never_takes_the_place_of_a_newer_one(
    bucket: Bucket, what: str, existing: bool
) -> None:
    bucket.upload(a="words")
    if existing:
        reread(bucket.objects())
        bucket.upload(more="words")
    written: list[Any] = []

    def be_quicker() -> None:
        CHANGES[what](bucket)
        reread(bucket.objects())
        written.append(bucket.index())

    bucket.once_before("PutObject", be_quicker)  # the first has made its list, and is about to write
    bucket.before("PutObject", lambda: written.append(bucket.index()) if written else None)
    reread(bucket.objects())
    written.append(bucket.index())
    assert written[0] == written[-1]
    assert all(each == written[0] for each in written)


def test_a_list_that_is_out_of_date_when_it_is_written_is_found_out(bucket: Bucket) -> None:
    bucket.upload(a="words")
    reread(bucket.objects())
    bucket.upload(b="words")

    def undo() -> None:
        bucket.remove("documents/acme/b.md")
        reread(bucket.objects())  # which finds the index as it should be, and writes nothing

    bucket.once_before("PutObject", undo)
    reread(bucket.objects())
    assert list(bucket.index()) == ["a.md"]


def test_what_was_read_for_an_index_that_came_too_late_is_not_read_again(bucket: Bucket) -> None:
    bucket.upload(a="words", b="words")
    bucket.once_before("PutObject", lambda: bucket.put("index/acme.zip", "another's"))
    reread(bucket.objects())
    assert sorted(key for key in bucket.fetched if "/documents/" in key) == [
        "/documents/acme/a.md",
        "/documents/acme/b.md",
    ]
    assert len(bucket.index()) == 2


def test_an_index_that_is_removed_meanwhile_is_written_all_the_same(bucket: Bucket) -> None:
    bucket.upload(a="words")
    reread(bucket.objects())
    bucket.upload(b="words")
    bucket.once_before("PutObject", lambda: bucket.remove("index/acme.zip"))
    reread(bucket.objects())
    assert list(bucket.index()) == ["a.md", "b.md"]


def test_documents_that_never_stay_the_same_are_given_up(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rereading, "ATTEMPTS", 3)
    bucket.upload(a="words")
    reread(bucket.objects())
    bucket.upload(b="words")
    bucket.before("PutObject", lambda: bucket.put("index/acme.zip", uuid4().hex))
    with pytest.raises(BucketUnavailable, match=r"s3://.+/documents/acme/ changes too often"):
        reread(bucket.objects())


def test_a_crowd_of_uploads_ends_with_all_of_them_read(bucket: Bucket) -> None:
    failures: list[Exception] = []

    def upload_and_read(number: int) -> None:
        bucket.upload(**{f"d{number}": "words"})
        try:
            reread(bucket.objects())
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=upload_and_read, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert sorted(bucket.index()) == [f"d{number}.md" for number in range(6)]


def test_an_outage_in_the_middle_leaves_the_index_as_it_was(
    bucket: Bucket, away: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.upload(a="old")
    reread(bucket.objects())
    before = bucket.index()
    bucket.upload(a="new", b="new")
    bucket.once_before("ListObjectsV2", away)
    with pytest.raises(BucketUnavailable, match="cannot be reached"):
        reread(bucket.objects())
    assert bucket.index() == before
    assert objects._client().meta.endpoint_url == "http://127.0.0.1:9"


def test_an_index_that_nobody_would_read_is_not_written(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.upload(returns="Thirty days.")
    reread(bucket.objects())
    bucket.upload(more="Many more words.")
    written: list[int] = []

    def lower() -> None:  # only now: the index that is there has been read
        written.append(objects.LARGEST_INDEX)
        monkeypatch.setattr(objects, "LARGEST_INDEX", 100)

    bucket.once_before("ListObjectsV2", lower)
    bucket.before("PutObject", lambda: pytest.fail("it was written"))
    with pytest.raises(BucketUnavailable, match=r"would have [\d,]+ bytes, at most 100 are read"):
        reread(bucket.objects())
    monkeypatch.setattr(objects, "LARGEST_INDEX", written[0])
    assert texts(bucket) == {"returns.md": ["Thirty days."]}


def test_a_document_that_stays_out_is_told_of_once(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rereading, "MOST", 1)
    bucket.upload(a="words", b="words")
    ours = bucket.objects()
    for _ in range(3):
        reread(ours)
    assert [line["document"] for line in logged(caplog, "a document was left out")] == ["b.md"]
    monkeypatch.setattr(rereading, "MOST", 0)
    reread(ours)
    assert [line["document"] for line in logged(caplog, "a document was left out")] == ["b.md", "a.md"]
