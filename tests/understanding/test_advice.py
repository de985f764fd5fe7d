"""What is told of a business's examples before they are learned."""

from punai.understanding.advice import shared_examples, with_few_examples
from tests.understanding.packs import SHOP, intent


def test_example_under_two_intents_is_found_with_both_names() -> None:
    twins = (intent("zebra", "Where is my order?", "a"), intent("ant", "where is my order"), *SHOP[1:])
    assert shared_examples(twins) == [("Where is my order?", ["ant", "zebra"])]


def test_same_example_twice_in_one_intent_is_no_matter() -> None:
    assert shared_examples([intent("ant", "hello", "Hello!")]) == []


def test_examples_without_words_are_not_alike() -> None:
    assert shared_examples([intent("ant", "👍"), intent("zebra", "👎")]) == []


def test_intents_with_few_examples_are_named() -> None:
    assert with_few_examples(
        [intent("many", *"abcde"), intent("few", *"abcd"), intent("same", *"aaaaaa")]
    ) == [
        "few",
        "same",
    ]
