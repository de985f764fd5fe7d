"""A document is read by its kind; whatever is in it, there are sections, or one clear reason why not."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from punai import Passage
from punai.knowledge import reading
from punai.knowledge.folder import Folder
from punai.knowledge.outline import LONGEST
from punai.knowledge.reading import Unreadable, is_hidden, read_document, refuse_large
from tests.knowledge.docx_files import docx
from tests.knowledge.pdfs import paragraph, pdf

DOCUMENTS = {
    "a.md": b"# Heading\n\nText of it.",
    "a.markdown": b"# Heading\n\nText of it.",
    "a.txt": b"Heading\n=======\nText of it.",
    "a.html": b"<h1>Heading</h1><p>Text of it.",
    "a.HTM": b"<h1>Heading</h1><p>Text of it.",
    "a.csv": b"question,answer\nHeading,Text of it.",
    "a.pdf": pdf([*paragraph("Heading", size=20), *paragraph("Text of it.", top=600)]),
    "a.docx": docx(
        '<w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr><w:r><w:t>Heading</w:t></w:r></w:p>', "Text of it."
    ),
}


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_folder(folder: Path) -> list[Passage]:
    return list(Folder(folder, ["en"]).refresh().index.passages)


def left_out(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """What was logged: the reason by the document."""
    fields = [vars(record)["fields"] for record in caplog.records]
    return {found["document"]: found["why"] for found in fields}


def why(name: str, content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        read_document(name, lambda: content)
    return str(refused.value)


@pytest.mark.parametrize(("name", "content"), DOCUMENTS.items(), ids=DOCUMENTS)
def test_every_kind_is_read(name: str, content: bytes) -> None:
    [section] = read_document(f"sub/{name}", lambda: content)
    assert (section.path, section.text) == (("Heading",), "Text of it.")


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("content", [b"", b" \r\n\t\n"])
def test_an_empty_document_is_said_to_be_empty(name: str, content: bytes) -> None:
    assert why(name, content) == "it is empty"


def test_document_without_a_heading_has_its_readable_name() -> None:
    [section] = read_document("sub/opening-hours_2026.md", lambda: b"9 to 5")
    assert section.path == ("Opening hours 2026",)


@pytest.mark.parametrize("name", ["advert.mp4", "LICENSE", "old.doc", "sheet.xlsx"])
def test_document_of_another_kind_is_not_even_loaded(name: str) -> None:
    with pytest.raises(Unreadable, match=r"is not read; use \.md, \.txt, \.html, \.pdf, \.docx or \.csv$"):
        read_document(name, lambda: pytest.fail("loaded"))


def test_document_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 10)
    assert why("a.txt", b"x" * 11) == "it has 11 bytes; at most 10 are read"
    assert read_document("a.txt", lambda: b"x" * 10)
    refuse_large(10)


def test_file_that_is_too_large_is_not_loaded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with write(tmp_path, "manual.pdf", "%PDF").open("r+b") as file:
        file.truncate(200_000_000)  # a hole: no such file is written
    assert read_folder(tmp_path) == []
    assert left_out(caplog) == {"manual.pdf": "it has 200,000,000 bytes; at most 20,000,000 are read"}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.html", f"<p>&#{'9' * 5000};".encode(), "it is broken (ValueError)"),
        ("a.html", b"<p>Hello</p><![foo[x]]>", "it is broken (AssertionError)"),
        ("a.html", b"<script>all()</script><noscript>on</noscript>", "there is no text in it"),
        ("a.md", b"# Only\n# Headings", "there is no text in it"),
        ("a.md", b"<!-- only a comment -->", "there is no text in it"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "it is not text"),
    ],
)
def test_what_has_no_text_is_refused(name: str, content: bytes, reason: str) -> None:
    assert why(name, content) == reason


def test_folder_is_read_in_the_order_of_paths_and_what_cannot_be_read_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "b.md", "# One\nfirst\n# Two\nsecond\n")
    write(tmp_path, "a/deep/down/c.txt", "third")
    write(tmp_path, "a/empty.txt", "")
    assert read_folder(tmp_path) == [
        Passage(id="a/deep/down/c.txt#c", title="C", source="a/deep/down/c.txt", text="third"),
        Passage(id="b.md#one", title="One", source="b.md", text="first"),
        Passage(id="b.md#two", title="Two", source="b.md", text="second"),
    ]
    assert left_out(caplog) == {"a/empty.txt": "it is empty"}


@pytest.mark.parametrize("name", ["nowhere", "a_file"])
def test_there_is_nothing_to_read_where_there_is_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "a_file").touch()
    assert read_folder(tmp_path / name) == []


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that nobody can read")
def test_document_that_the_system_cannot_read_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folder, "_holds", lambda *_: True)  # or the link would not be followed
    (tmp_path / "memory.md").symlink_to("/proc/self/mem")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    (tmp_path / "folder.md").mkdir()
    assert read_folder(tmp_path) == []
    assert left_out(caplog) == {"memory.md": "Input/output error"}


def test_document_whose_name_is_not_text_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")).write_text("text")
    except OSError:
        pytest.skip("this file system takes no such names")
    assert read_folder(tmp_path) == []
    assert left_out(caplog) == {"\udcff.md": "its name is not UTF-8"}


@pytest.mark.parametrize("name", [".draft.md", ".git/config", "a/.b/c.md", ".DS_Store"])
def test_hidden_files_and_folders_are_nobodys_business(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    assert is_hidden(name)
    write(tmp_path, name, "secret")
    assert read_folder(tmp_path) == []
    assert not caplog.records


def test_folder_itself_may_lie_in_a_hidden_one(tmp_path: Path) -> None:
    write(tmp_path, ".cache/knowledge/faq.md", "text")
    assert len(read_folder(tmp_path / ".cache" / "knowledge")) == 1


def check(name: str, load: Callable[[], bytes]) -> None:
    with suppress(Unreadable):
        sections = read_document(name, load)
        assert sections
        assert all(section.text.strip() and len(section.text) <= LONGEST for section in sections)
        assert all(all(section.path) for section in sections)


@settings(deadline=None)
@given(st.sampled_from(sorted(DOCUMENTS)), st.binary(max_size=300))
def test_any_bytes_give_sections_within_bounds_or_a_reason(name: str, content: bytes) -> None:
    check(name, lambda: content)


TAGS = (
    "table tr td th /table ul ol li /ul h2 /h2 p /p b /b details summary /details dl dt dd !-- -- script /a"
)
PIECES = [
    *(f"<{tag}>" for tag in TAGS.split()),
    *(
        "<p hidden>",
        "<a href='https://a.b'>",
        "| a | b |\n",
        "|-|-|\n",
        "\n\n",
        "- ",
        "1. ",
        "# ",
        "> ",
        "```\n",
    ),
    *("Q: ", "A: ", "&amp;", "\u200b", "\u202e", "text ", "?", ":", '"', ","),
]


@settings(deadline=None)
@given(
    st.sampled_from([name for name in DOCUMENTS if not name.endswith(("pdf", "docx"))]),
    st.lists(st.sampled_from(PIECES), max_size=60),
)
def test_any_markup_gives_sections_within_bounds_or_a_reason(name: str, pieces: list[str]) -> None:
    check(name, lambda: ("question,answer\n" * name.endswith("csv") + "".join(pieces)).encode())
