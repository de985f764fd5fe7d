"""Messages grouped by how alike they are."""

from punai.cli.groups import common_words, group

ORDERS = ["where is my order", "where is the order", "my order, where is it"]
MILK = ["do you have oat milk", "is there oat milk"]


def test_like_messages_come_together_the_largest_group_first() -> None:
    found = group([MILK[0], ORDERS[0], "hello", *ORDERS[1:], MILK[1]], known=[])
    assert [set(those) for those in found] == [set(ORDERS), set(MILK), {"hello"}]


def test_what_all_of_a_business_say_makes_no_messages_alike() -> None:
    messages = ["please tell me about ceramics", "please tell me about parking"]
    assert len(group(messages, known=[])) == 1
    assert (
        len(group(messages, known=[f"please tell me about {n}" for n in ("tea", "milk", "sugar") * 20])) == 2
    )


def test_messages_without_any_word_stand_alone() -> None:
    assert group(["???", "!!!"], known=[]) == [["!!!"], ["???"]]
    assert group([], known=[]) == []


def test_common_words_are_those_that_others_lack_and_no_numbers() -> None:
    assert common_words(["oat milk 4711", "the oat milk 4711"], ["the tea", "the milk", "the cup"]) == [
        "oat",
        "milk",
    ]
