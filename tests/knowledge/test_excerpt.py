"""An excerpt is what of a passage answers, in whole sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punai.knowledge.excerpt import excerpt

RETURNS = """You can return what you bought within 30 days. Use the label in the box.

How long a refund takes depends on how you paid:

- Visa and Mastercard: 3 to 5 working days.
- PayPal: 1 working day.
- Gift card: at once, back onto the card.

We pay for the label if the item was faulty, e.g. broken. Otherwise it costs 2.50 pounds. Items of
more than 30 kg are collected."""


def test_short_passage_is_quoted_whole() -> None:
    assert excerpt("  It is free.\n", "what does it cost", 100) == "It is free."


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("how many days do I have to return something", "You can return what you bought within 30 days."),
        ("refund by paypal", "- PayPal: 1 working day."),
        ("what does the label cost", "Otherwise it costs 2.50 pounds."),
    ],
)
def test_sentence_that_answers_is_in_it(question: str, wanted: str) -> None:
    found = excerpt(RETURNS, question, 130)
    assert wanted in found
    assert len(found) <= 130


WARRANTY = """Part: Battery
Covered: Less than 70 % of its capacity. Send it in.
Years: 2

Part: Tyres
Covered: Nothing: they wear
Years: 0

Part: Frame
Covered: cracks, broken welds and whatever else comes of bad work, but nothing that comes of a fall
Years: 10

Phone: 020 7946 0000
Saturday: 10 to 16"""


@pytest.mark.parametrize(
    "question", ["Are tyres covered?", "years of the battery", "is a frame covered", "70 % capacity"]
)
@pytest.mark.parametrize("length", [60, 100, 150, 230])
def test_row_of_a_table_is_quoted_whole_or_not_at_all(question: str, length: int) -> None:
    rows = WARRANTY.split("\n\n")[:3]
    found = excerpt(WARRANTY, question, length)
    assert any(row in found for row in rows)
    for row in rows:
        found = found.replace(row, "")
    assert "Covered" not in found
    assert "Years" not in found


def test_pairs_are_quoted_one_by_one() -> None:
    assert excerpt(WARRANTY, "what is your phone number", 30) == "Phone: 020 7946 0000"


def test_items_come_with_what_leads_to_them() -> None:
    assert excerpt(RETURNS, "refund to Visa", 120).startswith(
        "How long a refund takes depends on how you paid:"
    )


def test_number_is_not_cut() -> None:
    assert excerpt(RETURNS, "2.50 pounds", 40) == "Otherwise it costs 2.50 pounds."


def test_best_sentence_stays_whole_where_it_is_too_long() -> None:
    assert excerpt("One. Delivery to the islands takes six days. Two.", "islands", 10) == (
        "Delivery to the islands takes six days."
    )


def test_japanese_sentences_are_told_apart() -> None:
    text = "送料は500円です。返品は30日以内にできます。店は日曜日に休みます。"
    assert excerpt(text, "返品できますか", 20) == "返品は30日以内にできます。"


@given(
    st.text(alphabet=st.sampled_from(" \n.!?-*|1a\u00e9\u3042\u3002\U0001f600\"')"), max_size=200),
    st.text(max_size=50),
    st.integers(1, 100),
)
def test_any_excerpt_is_a_part_of_its_passage(text: str, question: str, length: int) -> None:
    found = excerpt(text, question, length)
    assert found in text
    assert bool(found) == bool(text.strip())
