"""What documents say twice, or in two ways, is found; what only sounds alike is not."""

import pytest

from punai.knowledge.review import contradictions, duplicates
from punai.knowledge.words import Words
from punai.models import Passage

ENGLISH = Words(["en"])


def passage(number: int, text: str, title: str = "Delivery") -> Passage:
    return Passage(id=f"{number}.md#x", title=title, source=f"{number}.md", text=text)


def pairs(found: object) -> list[tuple[str, str]]:
    return [finding.words for finding in found]  # type: ignore[attr-defined]  # an iterator of findings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Delivery within Germany takes 3 days.", "Delivery within Germany takes 5 days."),
        ("Gift cards expire after 12 months.", "Gift cards expire after 36 months."),
        ("Opened tins can be returned.", "Opened tins cannot be returned."),
        ("Opened tins can be returned.", "Opened tins can't be returned."),
        ("We do send gifts abroad.", "We don\u2019t send gifts abroad."),
        ("We ship to Switzerland by post.", "We never ship to Switzerland by post."),
    ],
)
def test_sentences_that_disagree_are_found(one: str, other: str) -> None:
    passages = [passage(1, f"Welcome. {one} Bye."), passage(2, f"Hello there.\n{other}")]
    assert pairs(contradictions(passages, ENGLISH)) == [(one, other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Delivery within Germany takes 3 days.", "Delivery within Germany takes 3 days."),
        ("Delivery within Germany takes 3 days.", "Delivery to Norway takes 9 days by ship."),
        ("Gift cards expire after 12 months.", "Vouchers are sent by e-mail within 5 minutes."),
        ("3 days.", "5 days."),
    ],
)
def test_sentences_about_different_things_do_not_disagree(one: str, other: str) -> None:
    assert pairs(contradictions([passage(1, one), passage(2, other, title="Else")], ENGLISH)) == []


def test_a_passage_does_not_contradict_itself() -> None:
    text = "Delivery to Spain takes 3 days. Delivery to Spain takes 5 days."
    assert pairs(contradictions([passage(1, text)], ENGLISH)) == []


def test_passages_that_say_the_same_are_found() -> None:
    one = passage(1, "You can return unopened tins within thirty days of delivery, free of charge.")
    same = passage(2, "You can return unopened tins within thirty days of the delivery, free of charge!")
    other = passage(3, "Opened tins are yours to keep, whatever they taste like.")
    [finding] = duplicates([one, other, same], ENGLISH)
    assert finding.passages == (one, same)
