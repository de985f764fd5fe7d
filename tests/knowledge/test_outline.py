"""Sections follow the document's structure, and are cut where it lets them be."""

import pytest

from punai.knowledge import outline as bounds
from punai.knowledge.outline import LONGEST, LONGEST_HEADING, QUESTION, Outline, Unreadable


def found(outline: Outline) -> list[tuple[tuple[str, ...], str]]:
    return [(section.path, section.text) for section in outline.sections()]


def test_headings_make_the_path_and_text_without_one_has_the_documents_name() -> None:
    outline = Outline("Faq")
    outline.paragraph("before")
    outline.heading("Shop", 1)
    outline.heading("Delivery", 2)
    outline.paragraph("three days")
    outline.heading("To Spain", 4)
    outline.paragraph("five")
    outline.heading("Returns", 2)
    outline.paragraph("thirty")
    assert found(outline) == [
        (("Faq",), "before"),
        (("Shop", "Delivery"), "three days"),
        (("Shop", "Delivery", "To Spain"), "five"),
        (("Shop", "Returns"), "thirty"),
    ]


def test_what_follows_a_closed_question_belongs_to_the_heading_above() -> None:
    outline = Outline("Faq")
    outline.heading("Delivery", 1)
    outline.heading("How long?", QUESTION)
    outline.paragraph("Three days.")
    outline.close(QUESTION)
    outline.paragraph("We are glad to help.")
    assert found(outline) == [
        (("Delivery", "How long?"), "Three days."),
        (("Delivery",), "We are glad to help."),
    ]


@pytest.mark.parametrize("paragraph", ["", "  \n ", "\u200b", "\x00"])
def test_document_without_visible_text_is_refused(paragraph: str) -> None:
    outline = Outline("Faq")
    outline.heading("Heading", 1)
    outline.paragraph(paragraph)
    with pytest.raises(Unreadable, match=r"^there is no text in it$"):
        outline.sections()


def test_heading_that_is_too_long_is_text_too() -> None:
    outline = Outline("Faq")
    outline.heading("word " * 100, 1)
    [((heading,), text)] = found(outline)
    assert len(heading) <= LONGEST_HEADING
    assert text == ("word " * 100).strip()


@pytest.mark.parametrize(
    "paragraph",
    [
        "Q: How long?\nA: Three days.",
        "Question: How long? Answer: Three days.",
        "Q1: How long? A1: Three days.",
        "Frage: How long?\nAntwort: Three days.",
        "P: How long?\nR: Three days.",
    ],
)
def test_question_and_answer_are_a_section(paragraph: str) -> None:
    outline = Outline("Faq")
    outline.heading("Delivery", 1)
    outline.paragraph(paragraph)
    assert found(outline) == [(("Delivery", "How long?"), "Three days.")]


def test_answer_may_be_a_paragraph_of_its_own_and_several_pairs_one() -> None:
    outline = Outline("Faq")
    for text in ("Q: How long?", "A: Three days.", "More.", "Q: A? A: b. Q: C? A: d."):
        outline.paragraph(text)
    assert found(outline) == [(("How long?",), "Three days.\n\nMore."), (("A?",), "b."), (("C?",), "d.")]


@pytest.mark.parametrize("text", ["P: 030 1234", "F: 030 1235", "A: the first of three", "Plan Q: none"])
def test_letter_with_a_colon_is_no_question_by_itself(text: str) -> None:
    outline = Outline("Contact")
    outline.paragraph(text)
    assert found(outline) == [(("Contact",), text)]


def test_items_stay_with_what_leads_to_them_and_a_list_that_is_cut_says_it_again() -> None:
    outline = Outline("Faq")
    outline.paragraph("Before.")
    outline.paragraph("You need:")
    for number in range(60):
        outline.item(f"- thing number {number} of the list")
    first, *others = (text for _, text in found(outline))
    assert first.startswith("Before.\n\nYou need:\n- thing number 0 of the list\n- thing number 1 ")
    assert others
    assert all(part.startswith("You need:\n- thing number ") for part in others)
    assert all(len(part) <= LONGEST for part in (first, *others))


def test_next_list_does_not_say_what_led_to_the_last() -> None:
    outline = Outline("Faq")
    outline.paragraph("You need:")
    outline.item("- tea")
    outline.paragraph("x" * (LONGEST - 50))
    outline.item("- cups")
    outline.item("- pots, and all that goes with them in a house where tea is drunk")
    assert [text for _, text in found(outline)][
        -1
    ] == "- pots, and all that goes with them in a house where tea is drunk"


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([["Country", "Price"], ["Spain", "5 €"]], "Country: Spain\nPrice: 5 €"),
        ([["Country", "Price", "By"], ["Spain", "", "air"]], "Country: Spain\nBy: air"),
        ([["Monday", "9 to 17"], ["Sunday", "closed"]], "Monday: 9 to 17\nSunday: closed"),
        ([["Phone", "ask us"], ["Mail", "write us"]], "Phone: ask us\nMail: write us"),
        ([["a", "b", "1"], ["c", "d", "2"]], "a | b | 1\nc | d | 2"),
        ([["a box"]], "a box"),
        ([["A", "B", "C"], ["1", "2", "3", "4"]], "A: 1\nB: 2\nC: 3\n4"),
    ],
)
def test_columns_are_named_where_the_first_row_names_them(rows: list[list[str]], text: str) -> None:
    outline = Outline("Faq")
    outline.table(rows)
    assert found(outline) == [(("Faq",), text)]


def test_long_table_is_cut_between_rows() -> None:
    outline = Outline("Faq")
    outline.table([["Country", "Price"], *([f"Country {n}", f"{n} €"] for n in range(200))], headed=True)
    parts = [section.text for section in outline.sections()]
    assert len(parts) > 3
    rows = [row for part in parts for row in part.split("\n\n")]
    assert rows == [f"Country: Country {n}\nPrice: {n} €" for n in range(200)]


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
def test_long_paragraph_is_cut_and_nothing_of_it_is_lost(paragraph: str) -> None:
    outline = Outline("Faq")
    for text in ("Before.", paragraph, "After."):
        outline.paragraph(text)
    parts = outline.sections()
    assert all(len(part.text) <= LONGEST for part in parts)
    assert [part.part for part in parts] == list(range(1, len(parts) + 1))
    assert "".join("".join(part.text for part in parts).split()) == "".join(
        f"Before.{paragraph}After.".split()
    )


def test_long_paragraph_is_cut_between_sentences() -> None:
    outline = Outline("Faq")
    outline.paragraph("A sentence of some length. " * 100)
    parts = outline.sections()
    assert len(parts) > 1
    assert all(part.text.endswith("length.") for part in parts)


def test_section_says_on_which_page_it_begins() -> None:
    outline = Outline("Faq")
    for page, text in ((2, "a"), (2, "b" * LONGEST), (3, "c")):
        outline.page = page
        outline.paragraph(text)
    assert [section.page for section in outline.sections()] == [2, 2, 3]


def read_one_more(outline: Outline) -> None:
    outline.paragraph("x")
    outline.sections()


@pytest.mark.parametrize("what", ["sections", "characters"])
def test_document_is_bounded(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(bounds, f"MOST_{what.upper()}", 20)
    outline = Outline("Faq")
    for number in range(20):
        outline.heading(f"{number}", 1)
        outline.paragraph("x")
    assert len(outline.sections()) == 20
    outline.heading("21", 1)
    with pytest.raises(Unreadable, match=rf"^it has more than 20 {what}: split it$"):
        read_one_more(outline)


def test_document_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SECONDS", -1.0)
    with pytest.raises(Unreadable, match=r"^it takes more than -1 s to read: split it$"):
        Outline("Faq").paragraph("text")
