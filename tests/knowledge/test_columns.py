"""Tables of a PDF: rows that answer alone, whatever stands to the left, right or middle of its column."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punai.knowledge.columns import Line
from punai.knowledge.outline import Outline
from punai.knowledge.pages import read_pages
from punai.knowledge.reading import read_document
from tests.knowledge.pdfs import Placed, drawn, file_of, paragraph, pdf, row

BEFORE = paragraph(
    "We deliver to many countries, on working days, and it takes as long as it says here:", top=760
)
AFTER = paragraph(
    "What comes too late is sent again, once you have told us of it, without any more costs.", top=600
)
NAMES = row((72, "Country"), (200, "Price"), (300, "Days"), top=720, bold=True)


def text(*page: list[Placed]) -> str:
    sections = read_document("prices.pdf", lambda: pdf([each for part in page for each in part]))
    return "\n\n".join(section.text for section in sections)


def test_each_row_says_what_its_values_are() -> None:
    spain = row((72, "Spain"), (200, "5.90 €"), (300, "3 to 5"), top=705)
    france = row((72, "France"), (200, "4.90 €"), (300, "2 to 3"), top=690)
    assert text(BEFORE, NAMES, spain, france, AFTER).split("\n\n") == [
        BEFORE[0].text,
        "Country: Spain\nPrice: 5.90 €\nDays: 3 to 5",
        "Country: France\nPrice: 4.90 €\nDays: 2 to 3",
        AFTER[0].text,
    ]


def test_columns_may_be_centred_or_end_at_a_line_and_be_close() -> None:
    names = row((130, "Country"), (233, "Price"), (290, "For"), top=720)
    spain = row((72, "Spain"), (234, "5.90 €"), (276.5, "orders of up to 40 € in one parcel"), top=705)
    many = row((72, "Other countries of the world"), (228, "12.90 €"), (276.5, "every order"), top=690)
    assert text(names, spain, many).split("\n\n") == [
        "Country: Spain\nPrice: 5.90 €\nFor: orders of up to 40 € in one parcel",
        "Country: Other countries of the world\nPrice: 12.90 €\nFor: every order",
    ]


def test_cells_of_several_lines_are_drawn_one_after_the_other() -> None:
    frame = [
        *paragraph("Frame and", "fork", top=700),
        *row((200, "Cracks and broken welds, but"), top=700),
        *row((200, "not of racers"), top=686.8),
        *row((400, "10"), top=700),
    ]
    tyres = row((72, "Tyres"), (200, "Nothing: they wear"), (400, "0"), top=665)
    battery = [*row((72, "Battery"), (200, "What it loses in"), top=640), *row((200, "two years"), top=626.8)]
    names = row((72, "Part"), (200, "What is covered"), (400, "Years"), top=720)
    assert text(names, frame, tyres, battery, row((400, "2"), top=640), AFTER).split("\n\n") == [
        "Part: Frame and fork\nWhat is covered: Cracks and broken welds, but not of racers\nYears: 10",
        "Part: Tyres\nWhat is covered: Nothing: they wear\nYears: 0",
        "Part: Battery\nWhat is covered: What it loses in two years\nYears: 2",
        AFTER[0].text,
    ]


def test_columns_of_text_are_read_one_after_the_other() -> None:
    left = paragraph(*(f"This is line {number} on the left" for number in range(30)), top=780)
    right = [line._replace(text=line.text.replace("left", "right"), left=320) for line in left]
    found = text(left, right)
    assert found.index("line 29 on the left") < found.index("line 0 on the right")
    assert " | " not in found


def test_cell_goes_on_below_and_may_be_missing() -> None:
    spain = row((72, "Spain"), (200, "5.90 €"), (300, "3 to 5, but not on"), top=705)
    more = row((300, "the islands"), top=692)
    france = row((72, "France"), (300, "2 to 3"), top=675)
    dash = row((72, "Italy"), (200, "-"), (300, "-"), top=660)
    assert text(NAMES, spain, more, france, dash).split("\n\n") == [
        "Country: Spain\nPrice: 5.90 €\nDays: 3 to 5, but not on the islands",
        "Country: France\nDays: 2 to 3",
        "Country: Italy\nPrice: -\nDays: -",
    ]


def test_pairs_are_pairs() -> None:
    pairs = [("Phone:", "020 7946 0000"), ("E-mail:", "help@shop.example"), ("Saturday", "10 to 16")]
    lines = [row((72, name), (150, value), top=700 - 15 * n) for n, (name, value) in enumerate(pairs)]
    assert text(*lines) == "Phone: 020 7946 0000\nE-mail: help@shop.example\nSaturday: 10 to 16"


def test_cells_that_are_drawn_one_by_one_and_a_little_higher_are_a_row() -> None:
    rows = [
        Placed(value, 700 - 15 * line + column * 0.8, 11, False, 72 + 100 * column)
        for line, values in enumerate((("Size", "Chest", "Waist"), ("S", "88", "72"), ("M", "96", "80")))
        for column, value in enumerate(values)
    ]
    assert text(rows) == "Size: S\nChest: 88\nWaist: 72\n\nSize: M\nChest: 96\nWaist: 80"


def test_two_lines_with_a_gap_are_no_table() -> None:
    assert text(
        row((72, "Page 1"), (400, "The Shop"), top=705), row((72, "Tea"), (400, "Pots"), top=690)
    ) == ("Page 1 The Shop Tea Pots")


def test_list_whose_marks_stand_far_from_its_items_is_a_list() -> None:
    items = ["tea that you like", "a pot", "water", "time"]
    lines = [
        row((72, "•"), (110, item), (300, "or more"), top=700 - 15 * number)
        for number, item in enumerate(items)
    ]
    assert text(*lines) == "\n".join(f"• {item} or more" for item in items)


@pytest.mark.parametrize("mark", ["\uf0b7", "\x7f"])
def test_bullets_of_other_alphabets_are_bullets(mark: str) -> None:
    outline = Outline("List")
    read_pages(
        [[Line(f"{mark} {item}", 11, 700 - 15 * n) for n, item in enumerate(("tea", "a pot"))]], outline
    )
    assert [section.text for section in outline.sections()] == ["• tea\n• a pot"]


def test_rows_may_be_numbered() -> None:
    names = ("Tea", "Pots", "Cups")
    lines = [
        row((72, f"{number}."), (90, name), (200, f"{number} €"), top=700 - 15 * number)
        for number, name in enumerate(names, 1)
    ]
    assert text(*lines) == "1. Tea: 1 €\n2. Pots: 2 €\n3. Cups: 3 €"


WORDS = (
    "a",
    "of",
    "the",
    "we",
    "to",
    "for",
    "tea",
    "order",
    "country",
    "delivery",
    "returns",
    "whoever",
    "days",
)


def test_words_drawn_one_by_one_are_a_paragraph() -> None:
    dice = Random(7)
    for _ in range(100):
        lines = [dice.choices(WORDS, k=dice.randint(6, 12)) for _ in range(8)]
        drawn: list[Placed] = []
        for number, words in enumerate(lines):
            left, space = 72.0, dice.uniform(2.5, 7)  # as wide as lines of equal length make it
            for word in words:
                drawn.append(Placed(word, 700 - 13.2 * number, 11, False, left))
                left += 11 * 0.55 * len(word) + space
        found = text(drawn)
        assert found.replace(" ", "") == "".join(word for words in lines for word in words), "no : and no |"


PLACES = st.tuples(st.integers(0, 5), st.integers(0, 12), st.text("abcXYZ 019.-:•", min_size=1, max_size=12))


@given(st.lists(PLACES, max_size=25))
def test_no_word_is_lost_wherever_it_stands(places: list[tuple[int, int, str]]) -> None:
    drawn = [
        Placed(f"w{number} {words}", 700 - 14 * line, 11, False, 72 + 40 * column)
        for number, (column, line, words) in enumerate(places)
    ]
    found = text(paragraph("Begin", size=20, top=760), drawn, paragraph("The end.", top=400))
    for number in range(len(places)):
        assert f"w{number}" in found


def test_clauses_keep_their_headings() -> None:
    page: list[Placed] = []
    for number, name in enumerate(["Definitions", "Prices", "Delivery"], start=1):
        top = 780 - 100 * number
        page += row((72, str(number)), (110, name), top=top, bold=True)
        for clause in range(1, 4):
            page += row((72, f"{number}.{clause}"), (110, "What we sell."), top=top - 10 - 14 * clause)
    sections = read_document("terms.pdf", lambda: pdf(page))
    assert [section.path for section in sections] == [("1 Definitions",), ("2 Prices",), ("3 Delivery",)]


def test_marked_questions_and_answers_are_such() -> None:
    page = [
        *row((72, "Q:"), (100, "Do you deliver on Sundays?"), top=700),
        *row((72, "A:"), (100, "Not yet."), top=686),
        *row((72, "Q:"), (100, "May I call?"), top=672),
        *row((72, "A:"), (100, "You may, from nine on."), top=658),
    ]
    (first, second) = read_document("faq.pdf", lambda: pdf(page))
    assert (first.path, first.text) == (("Do you deliver on Sundays?",), "Not yet.")
    assert (second.path, second.text) == (("May I call?",), "You may, from nine on.")


def test_words_of_a_paragraph_below_each_other_are_no_columns() -> None:
    lines = [row((72, "hash_one "), (127, "is what comes of it"), top=700 - 13 * n) for n in range(4)]
    assert ": " not in text(*lines)


def test_words_side_by_side_do_not_name_each_other() -> None:
    words = [
        "Free delivery",
        "Repairs",
        "Rental",
        "Test rides",
        "Lessons",
        "Used bikes",
        "Locks",
        "Bells",
        "Bags",
    ]
    page = [
        row((72, one), (220, two), (370, three), top=700 - 15 * n)
        for n, (one, two, three) in enumerate(zip(words[::3], words[1::3], words[2::3], strict=True))
    ]
    assert text(*page) == " ".join(words)


def test_rows_so_close_that_they_are_one_line_are_not_mixed() -> None:
    close = [
        part
        for n in range(4)
        for part in (
            *row((72, f"Zone {n}"), top=700 - 40 * n),
            *row((200, f"Spain{n}"), (300, f"{n} 1"), top=704 - 40 * n),
            *row((200, f"France{n}"), (300, f"{n} 2"), top=696 - 40 * n),
        )
    ]
    assert "Spain1 France1" not in text(close)


def test_table_right_below_another_has_its_own_names() -> None:
    sizes = [row((72, f"Size {n}"), (200, f"{n} cm"), top=685 - 15 * n) for n in range(3)]
    phones = [row((72, f"Shop {n}"), (200, f"0{n}"), top=625 - 15 * n) for n in range(3)]
    shown = text(
        row((72, "Size"), (200, "Height"), top=700, bold=True),
        *sizes,
        row((72, "Shop"), (200, "Phone"), top=640, bold=True),
        *phones,
    )
    assert "Shop: Shop 0\nPhone: 00" in shown


def test_cells_in_the_middle_of_long_ones_stay_in_their_row() -> None:
    rows: list[Placed] = row((72, "Case"), (200, "What to do"), (400, "Cost"), top=740, bold=True)
    for n in range(3):
        top = 700 - 70 * n
        rows += [
            Placed(word, top - 13 * at, 11, False) for at, word in enumerate(["The frame", "breaks", "now"])
        ]
        rows += [Placed("Send a photo of it", top + 6 - 13 * at, 11, False, 200) for at in range(4)]
        rows += row((400, f"{n} €"), top=top - 13)
    assert text(rows).split("\n\n")[1].splitlines() == [
        "Case: The frame breaks now",
        "What to do: " + " ".join(["Send a photo of it"] * 4),
        "Cost: 1 €",
    ]


def test_words_drawn_one_by_one_stay_apart() -> None:
    page = [
        [*row((72, "Return"), (150, number), top=top), *row((left - 3, " "), (left, "days"), top=top)]
        for number, left, top in (("30", 167, 700), ("5", 160, 685), ("seven", 184, 670))
    ]
    assert text(*page) == "Return: 30 days\nReturn: 5 days\nReturn: seven days"


def test_larger_number_makes_no_heading_of_its_item() -> None:
    lead = paragraph("This is what you need before you begin, and it is all in the box:", size=10)
    lines = [(b"12", 72, 680, b"1"), (b"10", 90, 680, b"one of the keys"), (b"12", 72, 660, b"2")]
    parts = [b"BT /F1 %s Tf 14 TL 1 0 0 1 %d %d Tm (%s) Tj T* ET" % line for line in lines]
    content = b"\n".join([*map(drawn, lead), *parts, b"BT /F1 10 Tf 1 0 0 1 90 660 Tm (the pump) Tj ET"])
    (section,) = read_document("box.pdf", lambda: file_of([content]))
    assert "1 one of the keys 2 the pump" in section.text


def test_rows_at_the_edges_of_pages_are_kept_though_they_count_like_pages() -> None:
    pages = [
        [
            part
            for n in range(20)
            for part in row(
                (72, f"A{page * 20 + n}"),
                (200, f"{(page * 20 + n) % 3}.00"),
                (300, str((page * 20 + n) % 5 + page)),
                top=780 - 20 * n,
            )
        ]
        for page in range(5)
    ]
    shown = " ".join(section.text for section in read_document("parts.pdf", lambda: pdf(*pages)))
    assert [n for n in range(100) if f"A{n} " not in shown] == []


def test_line_that_reaches_into_the_next_column_loses_no_table() -> None:
    prices = [row((72, f"Part {n}"), (200, "steel"), (300, f"{n} €"), top=700 - 14 * n) for n in range(3)]
    note = [Placed("of which some may have been used before", 659, 11, False, 200)]
    shown = text(*prices, note)
    assert "Part 1 | steel | 1 €" in shown
    assert "used before" in shown


def test_lines_that_run_up_the_page_are_no_row() -> None:
    lines = (
        (b"F2", b"16", 60, b"Delivery"),
        (b"F1", b"11", 90, b"We deliver"),
        (b"F1", b"11", 104, b"by bike."),
    )
    parts = [b"BT /%s %s Tf 0 1 -1 0 %d 60 Tm (%s) Tj ET" % line for line in lines]
    (section,) = read_document("turned.pdf", lambda: file_of([b"\n".join(parts)]))
    assert (section.path, section.text) == (("Delivery",), "We deliver by bike.")
