"""Documents in a folder answer as they are now, and the old ones while the new ones are read."""

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import pytest

from punai.knowledge import dense, library
from punai.knowledge import folder as folders
from punai.knowledge.folder import LOOK_EVERY, Folder, ship
from punai.knowledge.library import Library
from punai.sources import Document
from tests.knowledge.test_library import Letters

Texts = list[str]


class Clock:
    """A clock that goes on when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    write(folder / "returns.md", "Ten days.")
    return folder


def write(path: Path, text: str) -> None:
    path.write_text(f"# Returns\n\n{text}\n", encoding="utf-8")


def texts(found: Library) -> Texts:
    return [passage.text for passage in found.index.passages]


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_change_is_answered_from_after_a_moment(documents: Path) -> None:
    clock = Clock()
    folder = Folder(documents, ["en"], clock=clock)
    assert texts(folder.library()) == ["Ten days."]
    write(documents / "returns.md", "Thirty days, now.")
    assert texts(folder.library()) == ["Ten days."]
    clock.now += LOOK_EVERY
    folder.library()
    wait_for(lambda: texts(folder.library()) == ["Thirty days, now."])


def test_what_was_deleted_is_gone_and_what_is_hidden_never_there(documents: Path) -> None:
    write(documents / ".draft.md", "Draft.")
    write(documents / "more.md", "More.")
    folder = Folder(documents, ["en"])
    assert sorted(texts(folder.library())) == ["More.", "Ten days."]
    (documents / "more.md").unlink()
    assert texts(folder.refresh()) == ["Ten days."]


def test_a_folder_that_is_not_there_is_an_empty_one(tmp_path: Path) -> None:
    assert texts(Folder(tmp_path / "nowhere", ["en"]).library()) == []


def test_the_next_start_opens_what_was_kept_and_reads_nothing(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "cache" / "index.zip"
    Folder(documents, ["en"], keep_at=kept).library()
    monkeypatch.setattr(folders, "read", lambda *_: pytest.fail("it was read again"))
    assert texts(Folder(documents, ["en"], keep_at=kept).library()) == ["Ten days."]


def test_only_what_changed_is_read_again(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "index.zip"
    write(documents / "other.md", "Other.")
    Folder(documents, ["en"], keep_at=kept).library()
    os.utime(documents / "other.md")
    write(documents / "returns.md", "Thirty days.")
    read: list[str] = []

    def noted(name: str, stamp: str, size: int, load: Callable[[], bytes]) -> Document:
        read.append(name)
        return library.read(name, stamp, size, load)

    monkeypatch.setattr(folders, "read", noted)
    assert sorted(texts(Folder(documents, ["en"], keep_at=kept).library())) == ["Other.", "Thirty days."]
    assert read == ["returns.md"]


def test_a_broken_file_is_said_and_written_anew(
    documents: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = tmp_path / "index.zip"
    kept.write_bytes(b"broken")
    assert texts(Folder(documents, ["en"], keep_at=kept).library()) == ["Ten days."]
    assert "an index is not usable" in caplog.text
    with kept.open("rb") as archive:
        assert texts(Library.open(archive)) == ["Ten days."]


def test_where_nothing_can_be_kept_it_is_read_at_every_start(documents: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert texts(Folder(documents, ["en"], keep_at=tmp_path / "file" / "index.zip").library()) == [
        "Ten days."
    ]


def test_a_shipped_index_serves_where_none_was_kept(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "trained" / "knowledge.zip"
    assert ship(documents, ["en"], shipped) == 1
    monkeypatch.setattr(folders, "read", lambda *_: pytest.fail("it was read again"))
    assert texts(Folder(documents, ["en"], shipped=shipped).library()) == ["Ten days."]


def test_few_passages_are_embedded_at_once_and_many_behind_the_first_answer(
    documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Folder(documents, ["en"], Letters()).library().index.embedder == "letters"
    monkeypatch.setattr(folders, "AT_ONCE", 0)
    gate = Event()

    class Slow(Letters):
        def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            assert gate.wait(30)
            return super().__call__(texts)

    folder = Folder(documents, ["en"], Slow())
    assert folder.library().index.embedder == ""
    gate.set()
    wait_for(lambda: folder.library().index.embedder == "letters")


def test_vectors_that_are_kept_are_no_reason_to_wait(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "index.zip"
    write(documents / "other.md", "Other.")
    Folder(documents, ["en"], Letters(), keep_at=kept).library()
    monkeypatch.setattr(folders, "AT_ONCE", 1)
    write(documents / "returns.md", "Thirty days.")
    found = Folder(documents, ["en"], Letters(), keep_at=kept).library()
    assert (found.index.embedder, sorted(texts(found))) == ("letters", ["Other.", "Thirty days."])


def test_many_new_passages_do_not_cost_the_vectors_of_the_others(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "index.zip"
    Folder(documents, ["en"], Letters(), keep_at=kept).library()
    monkeypatch.setattr(folders, "AT_ONCE", 0)
    write(documents / "other.md", "Other.")
    letters = Letters()
    folder = Folder(documents, ["en"], letters, keep_at=kept)
    assert folder.library().index.embedder == ""
    wait_for(lambda: folder.library().index.embedder == "letters")
    assert "Ten days." not in letters.asked


def test_indexing_that_was_stopped_goes_on_where_it_was(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(Letters):
        def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            if "Other." in texts:
                raise KeyboardInterrupt
            return super().__call__(texts)

    monkeypatch.setattr(dense, "BATCH", 1)
    for name in ("other", "third"):
        write(documents / f"{name}.md", f"{name.capitalize()}.")
    kept = tmp_path / "cache" / "index.zip"
    stopped = Stopped()
    with pytest.raises(KeyboardInterrupt):
        Folder(documents, ["en"], stopped, keep_at=kept).refresh()
    assert not kept.exists()
    letters = Letters()
    made = Folder(documents, ["en"], letters, keep_at=kept).refresh()
    assert not set(stopped.asked) & set(letters.asked)
    plain = Folder(documents, ["en"], Letters()).refresh()
    assert made.index.vectors_by_text("letters") == plain.index.vectors_by_text("letters")
    assert [path.name for path in kept.parent.iterdir()] == ["index.zip"]


def test_vectors_on_the_way_that_cannot_be_kept_cost_no_index(documents: Path, tmp_path: Path) -> None:
    kept = tmp_path / "index.zip"
    kept.with_suffix(".db").write_text("no database, but a text that is long enough to be taken for one" * 20)
    assert Folder(documents, ["en"], Letters(), keep_at=kept).refresh().index.embedder == "letters"
    assert [path.name for path in tmp_path.glob("index*")] == ["index.zip"]


def test_what_failed_is_tried_again_at_the_next_look(
    documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    folder = Folder(documents, ["en"], clock=clock)
    folder.library()
    write(documents / "returns.md", "Thirty days, now.")
    with monkeypatch.context() as trouble:
        trouble.setattr(Library, "compile", lambda *_: (_ for _ in ()).throw(OSError("full")))
        clock.now += LOOK_EVERY
        folder.library()
        wait_for(lambda: folder._follower is not None and not folder._follower.is_alive())
    clock.now += LOOK_EVERY
    folder.library()
    wait_for(lambda: texts(folder.library()) == ["Thirty days, now."])


def test_a_link_out_of_the_folder_is_not_followed(
    documents: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "theirs.md", "Another business's.")
    (documents / "link.md").symlink_to(tmp_path / "theirs.md")
    (documents / "own.md").symlink_to(documents / "returns.md")
    folder = Folder(documents, ["en"])
    assert texts(folder.library()) == ["Ten days.", "Ten days."]
    for words in ("More.", "Less."):
        write(documents / "new.md", words)
        folder.refresh()
    assert caplog.text.count("a document was left out") == 1


def test_documents_that_are_out_of_reach_for_a_moment_are_kept(
    documents: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Folder(documents, ["en"])
    folder.library()
    documents.rename(documents.with_name("away"))
    assert texts(folder.refresh()) == ["Ten days."]
    assert "documents are out of reach" in caplog.text


def test_the_old_documents_answer_while_new_ones_cannot_be_read(
    documents: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    folder = Folder(documents, ["en"], clock=clock)
    folder.library()
    write(documents / "returns.md", "Thirty days, now.")

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(folders, "read", fail)
    clock.now += LOOK_EVERY
    assert texts(folder.library()) == ["Ten days."]
    wait_for(lambda: "documents were not read" in caplog.text)
    assert texts(folder.library()) == ["Ten days."]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_document_that_may_not_be_read_is_left_out(documents: Path) -> None:
    (documents / "returns.md").chmod(0)
    [document] = Folder(documents, ["en"]).library().documents().values()
    assert document.left_out == "Permission denied"


def test_a_document_that_changes_while_it_is_read_is_known_by_what_was_read(
    documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = folders._stamp
    changes = ["Thirty days."]

    def change_behind(path: Path) -> str:
        stamp = original(path)
        for text in changes:
            write(documents / "returns.md", text)
        return stamp

    monkeypatch.setattr(folders, "_stamp", change_behind)
    folder = Folder(documents, ["en"])
    refreshed = folder.refresh()
    assert texts(refreshed) == ["Thirty days."]
    changes.clear()
    assert folder.refresh() is refreshed


def test_progress_tells_how_many_passages_are_indexed(documents: Path) -> None:
    told: list[int] = []
    Folder(documents, ["en"]).refresh(told.append)
    assert told[-1] == 1


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "punai")
