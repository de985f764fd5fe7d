"""The local classifier: sure of what it has seen, unsure of the rest, and upset by nothing."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from punai import Intent, IntentMatch, Tenant
from punai.builtin.classifier import classify_message

TENANT = Tenant(id="acme", name="Acme")
ODD = {
    "nothing": "",
    "spaces": " \t\n\u2003",
    "emoji": "👍🏽" * 100,
    "signs": "?!… --- ///",
    "Chinese": "我的订单在哪里" * 50,
    "Arabic": "أين طلبي",
    "one word": "a" * 4000,
    "many words": "order " * 666,
    "numbers": "12345 " * 600,
    "accents": "où est ma commande — ça tarde",
    "apostrophes": "''' ' don't o''clock '",
    "nul": "\x00order\x00",
    "letters that grow": "İSTANBUL ß ﬁ",
    "markup": "<script>alert(1)</script> {{7*7}} %s %n",
}


def intent(name: str, *examples: str) -> Intent:
    return Intent(name=name, description="d", examples=examples)


SHOP = (
    intent("order_status", "where is my order", "my parcel has not arrived", "track order 12345"),
    intent("returns", "how do I return something", "I want to send this back", "what is your return policy"),
    intent("opening_hours", "when are you open", "what are your opening hours", "are you open on sunday"),
)


def match(message: str, intents: Sequence[Intent] = SHOP) -> IntentMatch:
    return classify_message(message, (), {known.name: known for known in intents}, TENANT)


@pytest.mark.parametrize("known", SHOP, ids=lambda known: known.name)
def test_examples_are_recognised_for_sure(known: Intent) -> None:
    for example in known.examples:
        assert match(example).name == known.name
        assert match(example).confidence > 0.85


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Where's my order?!", "order_status"),
        ("WHERE IS MY PARCEL", "order_status"),
        ("can i return it", "returns"),
        ("I'd like to send these back", "returns"),
        ("opening hours pls", "opening_hours"),
        ("r u open sundays", "opening_hours"),
        ("where is my ordr", "order_status"),
    ],
)
def test_other_words_for_the_same_are_recognised(message: str, name: str) -> None:
    assert match(message).name == name


def test_confidence_falls_with_the_likeness() -> None:
    ordered = [
        "where is my order",
        "where is my order please",
        "where might an order be",
        "the order of the garter",
    ]
    confidences = [match(message).confidence for message in ordered]
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[-1] < confidences[0] - 0.1


@pytest.mark.parametrize("message", ["qwertz", "你好", "👍", ""])
def test_message_that_shares_nothing_with_the_examples_is_other(message: str) -> None:
    assert match(message) == IntentMatch()


@pytest.mark.parametrize("message", ["photosynthesis", "do you sell gift cards", "the king is dead"])
def test_message_that_shares_little_is_below_the_threshold(message: str) -> None:
    assert match(message).confidence < TENANT.thresholds.intent


@pytest.mark.parametrize("message", ODD.values(), ids=ODD)
@pytest.mark.parametrize(
    "intents",
    [
        SHOP,
        SHOP[:1],
        (),
        (intent("emoji", "👍"),),
        (intent("emoji", "👍"), intent("signs", "?!", "…")),
        (intent("letter", "x"),),
        (intent("same", "order"), intent("twin", "order")),
        tuple(intent(name.replace(" ", "_"), text) for name, text in ODD.items() if text.strip()),
    ],
    ids=["shop", "one intent", "none", "no words", "none with words", "one letter", "twins", "odd"],
)
def test_confidence_lies_between_0_and_1_whatever_comes(message: str, intents: tuple[Intent, ...]) -> None:
    found = match(message, intents)
    for name, confidence in ((found.name, found.confidence), *found.rivals):
        assert name == "other" or name in {known.name for known in intents}
        assert 0 <= confidence <= 1


def test_only_intent_there_is_is_not_assumed() -> None:
    assert match("where is my order", SHOP[:1]).confidence > 0.85
    assert match("my hovercraft is full of eels", SHOP[:1]).confidence < 0.5


def test_rivals_come_best_first_and_without_the_winner() -> None:
    many = tuple(intent(f"i{number}", f"order number {number}", "where is it") for number in range(9))
    found = match("where is order number 3", many)
    assert found.name == "i3"
    assert found.name not in dict(found.rivals)
    confidences = [found.confidence, *(confidence for _, confidence in found.rivals)]
    assert confidences == sorted(confidences, reverse=True)
    assert len(confidences) == 5


def test_twins_are_told_in_the_order_of_their_names() -> None:
    twins = (intent("zebra", "where is my order"), intent("ant", "where is my order"))
    assert match("where is my order", twins).name == match("where is my order", twins[::-1]).name == "ant"


def test_same_message_gets_the_same_match_in_every_process() -> None:
    code = """
from tests.builtin.test_classifier import ODD, SHOP, match
print([match(message).model_dump_json() for message in (*ODD.values(), "can I return my order")])
"""
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            timeout=60,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_sentiment_comes_with_the_match() -> None:
    assert match("where is my order, this is ridiculous").sentiment == "negative"
    assert match("qwertz, thanks").sentiment == "positive"


def test_examples_added_to_an_intent_are_seen() -> None:
    assert match("do you sell gift cards").name != "gift_cards"
    more = (*SHOP, intent("gift_cards", "do you sell gift cards"))
    assert match("do you sell gift cards", more).name == "gift_cards"


def test_example_of_two_intents_is_warned_of_with_both(caplog: pytest.LogCaptureFixture) -> None:
    match(
        "hello", (intent("wolf", "where is my order", "howl"), intent("fox", "Where is my order?"), SHOP[1])
    )
    [record] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert record.getMessage() == "an example stands under several intents"
    assert record.__dict__["fields"]["intents"] == ["fox", "wolf"]
