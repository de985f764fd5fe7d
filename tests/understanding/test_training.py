"""From examples to a classifier: the same every time, of use with few examples, and upset by none."""

import math
import random

import pytest

from punai import Intent
from punai.understanding.training import FOLDS, described, train
from tests.understanding.packs import SHOP, intent

MESSAGES = ("where is my order", "can I return it", "are you open", "zyxwv", "", "👍", "订单")


def many(intents: int, examples: int) -> list[Intent]:
    """Intents of made-up words, each with a word of its own in every example."""
    pick = random.Random(1)
    words = ["".join(pick.choices("abcdefghij", k=6)) for _ in range(300)]
    return [
        intent(f"i{number}", *(f"own{number}x {' '.join(pick.sample(words, 4))}" for _ in range(examples)))
        for number in range(intents)
    ]


def test_shares_of_all_intents_sum_to_one() -> None:
    judged = train(SHOP).judge.judge("where is my order")
    assert judged
    assert sum(map(math.exp, judged.logs)) == pytest.approx(1)
    assert 0 <= judged.likeness <= 1


def test_order_of_intents_makes_no_difference() -> None:
    one, other = train(SHOP), train(SHOP[::-1])
    assert one.dump() == other.dump()


def test_same_pack_trains_the_same_weights() -> None:
    assert train(SHOP).dump() == train(SHOP).dump()


def test_example_given_twice_counts_once() -> None:
    twice = (intent("order_status", *SHOP[0].examples, *SHOP[0].examples), *SHOP[1:])
    assert train(twice).dump() == train(SHOP).dump()


def test_three_examples_an_intent_are_enough_to_work_with() -> None:
    classifier = train(SHOP)
    assert [classifier.intents(known.examples[0])[0][0] for known in SHOP] == [known.name for known in SHOP]


def test_one_example_an_intent_works() -> None:
    classifier = train([intent("order", "where is my order"), intent("hours", "when are you open")])
    name, confidence = classifier.intents("where is my order")[0]
    assert name == "order"
    assert confidence > 0.9


def test_one_intent_is_not_assumed() -> None:
    classifier = train(SHOP[:1])
    assert classifier.intents("where is my order")[0][1] > 0.85
    assert classifier.intents("my hovercraft is full of eels")[0][1] < 0.35


def test_five_hundred_intents_are_told_apart() -> None:
    classifier = train(many(500, 2))
    found = classifier.intents("own77x")
    assert found[0][0] == "i77"
    assert len(found) == 500


def test_example_under_two_intents_belongs_to_one_of_them() -> None:
    twins = [
        intent("zebra", "where is my order", "stripes"),
        intent("ant", "where is my order", "legs"),
        *SHOP[1:],
    ]
    (first, confidence), (second, other), *_ = train(twins).intents("where is my order")
    assert {first, second} == {"ant", "zebra"}
    assert other > confidence / 2


def test_examples_without_words_leave_nothing_to_know() -> None:
    classifier = train([intent("emoji", "👍"), intent("signs", "?!", "…")])
    assert all(classifier.intents(message) == () for message in ("👍", "?!", "zyx"))


def test_description_is_learned_from_too() -> None:
    classifier = train([*SHOP[1:], intent("vouchers", "zyx", description="discount codes and gift cards")])
    assert classifier.intents("gift card")[0][0] == "vouchers"


def test_name_is_not_said_twice() -> None:
    assert described(intent("gift_cards", "x", description="Gift cards")) == "gift cards"
    assert described(intent("gift_cards", "x", description="what is left")) == "gift cards: what is left"


def test_progress_is_told_to_the_end() -> None:
    told: list[float] = []
    train(SHOP, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > FOLDS


@pytest.mark.parametrize("message", MESSAGES)
def test_classifier_that_was_dumped_is_loaded(message: str) -> None:
    classifier = train(SHOP)
    again = type(classifier).load(*classifier.dump(), None)
    assert again.intents(message) == classifier.intents(message)
    assert again.kind == classifier.kind == "small"
