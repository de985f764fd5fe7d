"""What people cannot see of a text is gone, and what they see is still there."""

import pytest

from punai.knowledge.visibility import visible


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\u00ad",
        "\x00",
        "\x1b",
        "\x7f",
        "\ufe01",
        "\U000e0049\U000e0067",
        "\U000e0101",
        "\ud800",
        "\u2062",
        "\u3164",
        "\u200b\u200c\u200d" * 50,
    ],
    ids=ascii,
)
def test_what_has_no_shape_is_gone(hidden: str) -> None:
    assert visible(f"pay{hidden}ment{hidden} {hidden}due") == "payment due"


@pytest.mark.parametrize(
    "text",
    [
        "naïve Ünïcode \u2013 “quotes” … €5",
        "日本語、한국어",
        "\u06a9\u062a\u0627\u0628\u200c\u0647\u0627",
        "क्\u200dष",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "❤\ufe0f",
        "a\tb\nc",
        "\u00a05 km",
    ],
    ids=ascii,
)
def test_what_people_see_stays(text: str) -> None:
    assert visible(f"x{text}x") == f"x{text}x"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0c"], ids=ascii)
def test_every_line_end_is_one(end: str) -> None:
    assert visible(f"a{end}b") == "a\nb"


def test_letters_are_composed() -> None:
    assert visible("Cafe\u0301") == "Café"


def test_joiners_carry_no_words_between_letters_that_need_them() -> None:
    assert visible("م\u200c\u200d\u200c\u200dم") == "مم"
