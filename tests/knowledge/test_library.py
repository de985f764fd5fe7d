"""What was read of documents travels as one file, and is opened whole or not at all."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from threading import Thread

import pytest

from punai.knowledge.library import Library, read
from punai.knowledge.reading import LARGEST
from punai.models import Passage
from punai.sources import Document

TEA = Passage(id="tea.md#tea", title="Tea", source="tea.md", text="Green tea stays fresh for a year.")
CUPS = Passage(id="cups.md#cups", title="Cups", source="cups.md", text="Cups can be returned.")
DOCUMENTS = {
    "tea.md": Document("1", (TEA,)),
    "cups.md": Document("2", (CUPS,)),
    "scan.pdf": Document("3", left_out="it has no text"),
}


class Letters:
    """An embedder: how often each letter stands in a text."""

    def __init__(self, name: str = "letters") -> None:
        self.name = name
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        self.asked += texts
        return [[text.lower().count(letter) + 0.01 for letter in "abcdefghij"] for text in texts]


def written(library: Library) -> io.BytesIO:
    file = io.BytesIO()
    library.write(file)
    return file


def test_what_was_read_comes_back_as_it_was() -> None:
    library = Library.open(written(Library.compile(DOCUMENTS, ["en"])))
    assert library.documents() == DOCUMENTS
    assert [passage.id for passage in library.index.search("how long does green tea stay fresh")] == [TEA.id]


def test_a_business_without_documents_has_a_library() -> None:
    library = Library.open(written(Library.compile({}, ["en"])))
    assert library.documents() == {}
    assert library.index.search("anything") == []


@pytest.mark.parametrize(
    ("documents", "languages", "same"),
    [
        ({}, ["en"], True),
        ({"tea.md": "4"}, ["en"], False),
        ({"new.md": "1"}, ["en"], False),
        ({}, ["en", "de"], False),
    ],
)
def test_it_is_of_exactly_these_documents(
    documents: Mapping[str, str], languages: Sequence[str], same: bool
) -> None:
    library = Library.compile(DOCUMENTS, ["en"])
    stamps = {name: document.stamp for name, document in DOCUMENTS.items()}
    assert library.is_of({**stamps, **documents}, languages, None) is same


def test_whoever_has_no_embedder_can_use_the_index_of_somebody_who_has() -> None:
    stamps = {name: document.stamp for name, document in DOCUMENTS.items()}
    plain, embedded = (Library.compile(DOCUMENTS, ["en"], embedder) for embedder in (None, Letters()))
    assert embedded.is_of(stamps, ["en"], None)
    assert embedded.is_of(stamps, ["en"], Letters())
    assert not embedded.is_of(stamps, ["en"], Letters("others"))
    assert not plain.is_of(stamps, ["en"], Letters())


def test_only_new_texts_are_embedded() -> None:
    letters = Letters()
    before = Library.open(written(Library.compile(DOCUMENTS, ["en"], letters)))
    letters.asked.clear()
    new = Passage(id="new.md#new", title="New", source="new.md", text="Something new.")
    Library.compile({**DOCUMENTS, "new.md": Document("5", (new,))}, ["en"], letters, before)
    assert sorted(letters.asked) == ["New", "Something new."]


def damaged(file: io.BytesIO) -> bytes:
    """The archive without the engine's files, whatever they are called."""
    kept = io.BytesIO()
    with zipfile.ZipFile(file) as parts, zipfile.ZipFile(kept, "w") as fewer:
        for part in parts.infolist():
            if not part.filename.startswith("engine"):
                fewer.writestr(part, parts.read(part))
    return kept.getvalue()


def test_what_is_no_index_is_refused() -> None:
    whole = written(Library.compile(DOCUMENTS, ["en"])).getvalue()
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts,
        parts.open("catalogue.json", "w", force_zip64=True) as part,
    ):
        for _ in range(1001):
            part.write(b" " * 1_000_000)
    for broken in (b"", b"no archive", whole[: len(whole) // 2], damaged(io.BytesIO(whole)), bomb.getvalue()):
        with pytest.raises(ValueError, match=r"damaged|larger|cannot be read"):
            Library.open(io.BytesIO(broken))


def test_nothing_is_written_outside_of_the_index() -> None:
    file = written(Library.compile(DOCUMENTS, ["en"]))
    with zipfile.ZipFile(file, "a") as parts:
        parts.writestr("../../outside.txt", "outside")
    library = Library.open(file)
    assert library.documents() == DOCUMENTS
    assert not (library._folder.parent / "outside.txt").exists()
    assert not (library._folder.parent.parent / "outside.txt").exists()


def test_a_file_with_a_byte_that_is_another_is_refused_or_the_same() -> None:
    whole = written(Library.compile(DOCUMENTS, ["en"])).getvalue()
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        try:
            assert Library.open(io.BytesIO(damaged)).documents() == DOCUMENTS
        except ValueError:
            continue


def test_words_alone_are_searched_where_the_embedder_fails(caplog: pytest.LogCaptureFixture) -> None:
    class Away(Letters):
        def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
            raise ConnectionError("a key, or words of documents")

    library = Library.compile(DOCUMENTS, ["en"], Away())
    assert library.index.embedder == ""
    assert library.index.search("how long does green tea stay fresh")[0].id == TEA.id
    assert "searching by words alone" in caplog.text
    assert "a key" not in caplog.text


def test_threads_search_one_library() -> None:
    library = Library.open(written(Library.compile(DOCUMENTS, ["en"])))
    found: list[list[str]] = []
    questions = ["how long does green tea stay fresh", "can cups be returned"] * 10
    threads = [
        Thread(target=lambda asked=asked: found.append([p.id for p in library.index.search(asked)][:1]))
        for asked in questions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(found) == sorted([[TEA.id], [CUPS.id]] * 10)


def test_a_document_that_is_too_large_is_not_even_loaded(caplog: pytest.LogCaptureFixture) -> None:
    document = read("big.md", "1", LARGEST + 1, lambda: pytest.fail("it was loaded"))
    assert document == Document("1", left_out=f"it has {LARGEST + 1:,} bytes; at most {LARGEST:,} are read")
    assert "a document was left out" in caplog.text


def test_passages_are_told_apart_by_a_prefix() -> None:
    document = read("tea.md", "1", 3, lambda: b"# Tea\n\nHot.", prefix="s3:")
    assert [passage.id for passage in document.passages] == ["s3:tea.md#tea"]
