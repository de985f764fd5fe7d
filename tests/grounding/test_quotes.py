"""A quote is found in its passage whatever a model did to its looks, and nothing else is."""

import pytest

from punai.grounding.quotes import find_quote
from punai.models import Passage

PASSAGE = Passage(
    id="p",
    title="Delivery times",
    source="p.md",
    text="Orders placed **before 14:00** are\nshipped the same day.\n\n"
    "- Café crème: 2\u20133 days (see www.shop.example).",
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("shipped the same day", "shipped the same day."),
        ("ORDERS PLACED before 14:00 are shipped", "Orders placed **before 14:00** are\nshipped"),
        ('"Orders placed"', None),
        ("Orders placed ... the same day", "Orders placed … the same day."),
        ("… Orders placed before […] the same day.", "Orders placed **before … the same day."),
        ("cafe\u0301 cre\u0300me: 2-3 days", "Café crème: 2\u20133 days"),
        ("\uff53hipped the \uff53ame", "shipped the same"),
        ("see www.shop.example", "(see www.shop.example)."),
        ("Delivery times: Orders placed", "Delivery times\nOrders placed"),
    ],
)
def test_a_quote_is_shown_as_the_passage_has_it(quote: str, found: str | None) -> None:
    assert find_quote(quote, PASSAGE) == found


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "...",
        "same day",
        "the",
        "Delivery times",
        "shipped on the same day",
        "the same day ... Orders placed",
        "Orders ... the ... day",
        "Orders placed before 15:00",
        "before 1400 are shipped",
        "pped the same day",
    ],
)
def test_what_is_not_there_or_says_too_little_is_no_quote(quote: str) -> None:
    assert find_quote(quote, PASSAGE) is None


def test_a_short_passage_may_be_quoted_whole() -> None:
    short = PASSAGE.model_copy(update={"text": "It is."})
    assert find_quote("it is", short) == "It is."
    assert find_quote("it", short) is None


def test_a_script_without_spaces_is_quoted_by_its_signs() -> None:
    japanese = PASSAGE.model_copy(update={"text": "送料は無料です。返品は三十日以内です。"})
    assert find_quote("送料は無料", japanese) == "送料は無料"
    assert find_quote("送料は有料", japanese) is None
