"""A question back and a courtesy need no passage; a claim in their clothes does."""

import pytest

from punai.grounding.courtesy import asks_back, is_courtesy


@pytest.mark.parametrize(
    "reply",
    [
        "Which order is it about?",
        "Do you mean the French press or the moka pot?",
        "Happy to help! Which item is it about?",
        "I'm not sure what you mean. Is it about a delivery?",
        "I'm sorry, I can't find anything about parcel lockers in our documents. Shall I ask a colleague?",
        "Our documents don't say whether parcel lockers are covered. Would you like to talk to a colleague?",
        "Um welche Bestellung geht es?",
        "ご注文番号は何ですか\uff1f",
    ],
)
def test_a_question_back_needs_no_passage(reply: str) -> None:
    assert asks_back(reply, "do you deliver to parcel lockers")


@pytest.mark.parametrize(
    "reply",
    [
        "Parcel lockers are free. Anything else?",
        "We do deliver to parcel lockers. Which one?",
        "You get a free grinder, which colour?",
        "Did you know that lockers are free?",
        "Which one, since all lockers are free?",
        "It is on its way. OK?",
        "Which one? All lockers are free.",
        "Parcel lockers are not free. Which one?",
        f"Which one, {'very ' * 40}exactly?",
        "",
    ],
)
def test_a_claim_beside_a_question_does(reply: str) -> None:
    assert not asks_back(reply, "do you deliver to parcel lockers")


@pytest.mark.parametrize(
    "reply", ["You're welcome!", "My pleasure. Have a lovely day!", "No worries, any time."]
)
def test_thanks_are_returned_without_a_passage(reply: str) -> None:
    assert is_courtesy(reply, "Great, thanks a lot!")


@pytest.mark.parametrize(
    ("message", "reply"),
    [
        ("thanks", "You're welcome! Your refund is on its way."),
        ("thanks", "No."),
        ("thanks", "It is so."),
        ("thanks, and is it free?", "You're welcome!"),
        ("thanks for the free grinder", "You're welcome!"),
        ("is it free", "No problem!"),
        ("thanks", "Lovely! " * 30),
    ],
)
def test_a_claim_is_no_courtesy_nor_is_one_due_to_a_question(message: str, reply: str) -> None:
    assert not is_courtesy(reply, message)
