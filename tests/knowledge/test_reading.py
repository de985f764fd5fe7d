"""Documents cut into sections: each title and text, and nothing lost or thrown by what is broken."""

import os
from pathlib import Path

import pytest

from punai import Passage
from punai.builtin.knowledge import read_folder
from punai.knowledge.reading import LONGEST, Unreadable, read_document


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def sections(folder: Path, name: str, content: str | bytes) -> list[tuple[str, str]]:
    write(folder, name, content)
    return [(passage.title, passage.text) for passage in read_folder(folder)]


def left_out(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """What was logged: the reason by the document."""
    fields = [vars(record)["fields"] for record in caplog.records]
    return {found["document"]: found["why"] for found in fields}


def test_sections_are_known_by_their_document_and_place(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "# One\nfirst\n# Two\nsecond\n")
    write(tmp_path, "a/deep/down/c.txt", "third")
    assert read_folder(tmp_path) == [
        Passage(id="a/deep/down/c.txt#c", title="C", source="a/deep/down/c.txt", text="third"),
        Passage(id="b.md#one", title="One", source="b.md", text="first"),
        Passage(id="b.md#two", title="Two", source="b.md", text="second"),
    ]


@pytest.mark.parametrize("name", ["nowhere", "a_file"])
def test_there_is_nothing_to_read_where_there_is_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "a_file").touch()
    assert read_folder(tmp_path) == []
    assert read_folder(tmp_path / name) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("# Delivery\n\nThree days.\n", [("Delivery", "Three days.")]),
        ("Before.\n## Delivery ##\nThree days.", [("Faq", "Before."), ("Delivery", "Three days.")]),
        ("# Delivery\n## Times\nThree days.", [("Times", "Three days.")]),
        ("# A\n```\n# no heading\n```\nend", [("A", "# no heading\n\nend")]),
        ("# A\n~~~ text\n# no heading\n~~~\nend", [("A", "~~~ text\n# no heading\n~~~\nend")]),
        ("# A\n```\n# never closed\n# B", [("A", "# never closed\n# B")]),
        ("#nospace\n####### seven\n#", [("Faq", "#nospace\n####### seven\n#")]),
        ("# **Bold**\n**so** `code`", [("**Bold**", "so code")]),
        ("see [the page](https://x.example/a)", [("Faq", "see the page (https://x.example/a)")]),
        ("\ufeff# A\r\ntext\r\n", [("A", "text")]),
        ("a\r\nb\rc", [("Faq", "a\nb\nc")]),
        ("# Only\n# Headings\n", []),
        ("", []),
        (" \n\t\n", []),
        ("\x00", [("Faq", "\x00")]),
    ],
)
def test_markdown_is_cut_at_its_headings(
    tmp_path: Path, content: str, expected: list[tuple[str, str]]
) -> None:
    assert sections(tmp_path, "faq.md", content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<h1>Delivery</h1><p>Three <b>days</b> &amp; nights</p>", [("Delivery", "Three days & nights")]),
        ("<p>Before<h2>A</h2>one<h2>B</h2>two", [("Faq", "Before"), ("A", "one"), ("B", "two")]),
        ("<ul><li>one<li>two</ul>", [("Faq", "one\ntwo")]),
        ("<table><tr><td>a</td> <td>b</td></tr><tr><td>c", [("Faq", "a b\nc")]),
        ("<script>if (a<b) alert('x')</script><style>p {}</style>text", [("Faq", "text")]),
        ("<nav><h2>Menu</h2><a>Home</a></nav>text<footer>imprint</footer>", [("Faq", "text")]),
        # broken
        (
            "<html><head><title>T</title><body><h1>A</h1>nobody closed the head",
            [("A", "nobody closed the head")],
        ),
        ("<h2>Delivery<p>nobody closed the heading", [("Delivery", "nobody closed the heading")]),
        ("<h2>Two<br>lines</h2>text", [("Two lines", "text")]),
        ("<h2></h2>no heading", [("Faq", "no heading")]),
        ("</p></div></nav></script></h1>only ends", [("Faq", "only ends")]),
        ("<p>cut off in a <a href='x", None),
        ("a < b and b > c & d &unknown; &#xD800; &#99999999;", None),
        ("<" * 2000, None),
        ("<!-- never closed", None),
        ("<![CDATA[x]]><!DOCTYPE ><?php echo 1 ?>", None),
        ("<div>" * 5000 + "deep", [("Faq", "deep")]),
        ("", []),
    ],
)
def test_html_is_read_without_its_scripts_and_menus_however_broken(
    tmp_path: Path, content: str, expected: list[tuple[str, str]] | None
) -> None:
    found = sections(tmp_path, "faq.html", content)
    assert expected is None or found == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("question,answer\nHow long?,Three days.\n", [("How long?", "Three days.")]),
        ("Answer , QUESTION,tags\nThree days.,How long?,x\n", [("How long?", "Three days.")]),
        ('question,answer\n"a, b","one\n\ntwo ""x"""\n', [("a, b", 'one\n\ntwo "x"')]),
        ("question,answer\nno answer\n,\n , yes \n\na,b,c,d\n", [("Faq", "yes"), ("a", "b")]),
        ("\ufeffquestion,answer\r\na,b\r\n", [("a", "b")]),
        ("question,answer\na,one\u2028two\n", [("a", "one\u2028two")]),
        ('question,answer\na,"never closed', [("a", "never closed")]),
        ("question,answer\n", []),
    ],
)
def test_csv_is_read_by_its_columns(tmp_path: Path, content: str, expected: list[tuple[str, str]]) -> None:
    assert sections(tmp_path, "faq.csv", content) == expected


NO_COLUMNS = "a CSV file needs the columns question and answer"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("faq.csv", "q,a\n1,2\n", NO_COLUMNS),
        ("faq.csv", "question;answer\n1;2\n", NO_COLUMNS),
        ("faq.csv", "", NO_COLUMNS),
        ("faq.csv", f"question,answer\na,{'x' * 200_000}\n", "field larger than field limit (131072)"),
        ("faq.md", "Café".encode("latin-1"), "it is not UTF-8 text"),
        ("faq.txt", "faq".encode("utf-16"), "it is not UTF-8 text"),
        ("faq.html", f"&#{'9' * 5000};", "Exceeds the limit (4300 digits) for integer string conversion"),
        ("faq.docx", "PK", ".docx is not read; use .md, .txt, .html or .csv"),
        ("LICENSE", "MIT", "a file without an ending is not read; use .md, .txt, .html or .csv"),
    ],
)
def test_document_that_cannot_be_read_is_left_out_with_its_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: str | bytes, why: str
) -> None:
    write(tmp_path, "good.md", "text")
    assert sections(tmp_path, f"sub/{name}", content) == [("Good", "text")]
    [(document, reason)] = left_out(caplog).items()
    assert (document, reason.partition(":")[0]) == (f"sub/{name}", why)


def test_document_of_another_kind_is_not_even_loaded() -> None:
    with pytest.raises(Unreadable, match=r"^\.mp4 is not read"):
        read_document("advert.mp4", lambda: pytest.fail("loaded"))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that nobody can read")
def test_document_that_the_system_cannot_read_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
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


def test_hidden_files_and_folders_are_nobodys_business(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in (".draft.md", ".git/config", ".obsidian/notes.md", "a/.b/c.md", ".DS_Store"):
        write(tmp_path, name, "secret")
    assert read_folder(tmp_path) == []
    assert not caplog.records


def test_folder_itself_may_lie_in_a_hidden_one(tmp_path: Path) -> None:
    write(tmp_path, ".cache/knowledge/faq.md", "text")
    assert len(read_folder(tmp_path / ".cache" / "knowledge")) == 1


@pytest.mark.parametrize(
    "paragraph",
    [
        "x" * 10_000,
        "word " * 3000,
        "A sentence of some length. " * 400,
        "line\n" * 2000,
        "日本語" * 3000,
        "👍" * 5000,
    ],
)
def test_long_paragraph_is_cut_and_nothing_of_it_is_lost(tmp_path: Path, paragraph: str) -> None:
    parts = [text for _, text in sections(tmp_path, "faq.txt", f"Before.\n\n{paragraph}\n\nAfter.")]
    assert all(len(part) <= LONGEST + len("\n\nAfter.") for part in parts)
    assert "".join("".join(parts).split()) == "".join(f"Before.{paragraph}After.".split())


def test_long_paragraph_is_cut_between_sentences(tmp_path: Path) -> None:
    parts = [text for _, text in sections(tmp_path, "faq.txt", "A sentence of some length. " * 100)]
    assert len(parts) > 1
    assert all(part.endswith("length.") for part in parts)


def test_paragraphs_stay_together_as_long_as_they_fit(tmp_path: Path) -> None:
    text = "\n \n".join(letter * 500 for letter in "abcd")
    assert [part for _, part in sections(tmp_path, "faq.md", text)] == [
        f"{'a' * 500}\n\n{'b' * 500}",
        f"{'c' * 500}\n\n{'d' * 500}",
    ]
