"""Numbered lines of a reply are steps; all else stays the words that it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punai.models import Steps, Text
from punai.web.layout import laid_out

RETURN = "How to return something\n\n1. Open your order.\n2. Print the label.\n\nKeep the receipt."


def test_numbered_lines_are_steps_between_what_stands_around_them() -> None:
    assert laid_out(RETURN) == (
        Text(text="How to return something"),
        Steps(items=("Open your order.", "Print the label.")),
        Text(text="Keep the receipt."),
    )


def test_steps_may_have_blank_lines_between_them_and_brackets() -> None:
    assert laid_out("1) Wait.\n\n2) Open the door.") == (Steps(items=("Wait.", "Open the door.")),)


def test_a_list_that_begins_anew_is_another_one() -> None:
    assert laid_out("1. a\n2. b\n1. c\n2. d") == (Steps(items=("a", "b")), Steps(items=("c", "d")))


@pytest.mark.parametrize(
    "reply",
    [
        "We open at 10.",
        "1. May is a holiday.",
        "3. Pack it.\n4. Send it.",
        "1. Pack it.\n3. Send it.",
        "1.5 kg\n2.5 kg",
        "- one\n- two",
    ],
)
def test_what_is_no_list_from_one_on_stays_text(reply: str) -> None:
    assert laid_out(reply) == (Text(text=reply),)


def test_an_empty_reply_has_no_blocks() -> None:
    assert laid_out("") == ()


@given(st.text(alphabet="1234. )\na\t\r", max_size=40))
def test_no_word_is_lost(reply: str) -> None:
    laid = laid_out(reply)
    words = [block.text for block in laid if isinstance(block, Text)]
    steps = [step for block in laid if isinstance(block, Steps) for step in block.items]
    assert "".join([*words, *steps]).count("a") == reply.count("a")
