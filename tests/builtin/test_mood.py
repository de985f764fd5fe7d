"""What the wording alone tells: a person asked for, anger, a threat, a yes."""

import subprocess
import sys
from pathlib import Path

import pytest

from punai.builtin.mood import agrees, is_angry, sentiment, threatens, wants_person

CHECKOUT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a human",
        "can I speak to someone please",
        "let me chat with a real person",
        "Connect me with your support agent",
        "transfer me to a representative",
        "put me through to the manager",
        "is there an actual person there?",
        "I need a human",
        "agent",
        "AGENT!!!",
        "  human, please  ",
        "real person",
        "Customer service pls",
        "call me back",
        "stop this bot",
        "I don't want to talk to a bot",
        "I don\u2019t want a chatbot",
        "not a robot again",
        "I will not talk to a machine",
        "get hold of somebody",
        "are you a human being?",
        "speak\nto\nan operator",
    ],
)
def test_person_is_asked_for(text: str) -> None:
    assert wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "where is my order",
        "there is no espresso machine in my parcel",
        "it does not heat, the machine leaks",
        "I did not order this washing machine",
        "which coffee maker for two people?",
        "the human body needs water",
        "is the travel agent discount still on",
        "do you have staff discounts",
        "I spoke too soon, it has arrived",
        "agents of change is the title of the book I ordered",
        "who is the manager of your Wexholme shop",
        "Do I need an account?",
        "robot vacuum cleaner, is it in stock",
    ],
)
def test_person_is_not_asked_for(text: str) -> None:
    assert not wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "you'll hear from my lawyer",
        "I will take you to court",
        "see you in court",
        "I'm going to sue you",
        "I'll go to Trading Standards",
        "small claims it is",
        "I'll do a chargeback",
        "I will call the police",
        "the consumer forum will hear of it",
    ],
)
def test_threat_is_told(text: str) -> None:
    assert threatens(text)
    assert sentiment(text) == "negative"


@pytest.mark.parametrize(
    "text",
    ["tennis court shoes", "pursue the parcel", "a suet pudding", "food court", "law books", "I sued nobody"],
)
def test_threat_is_not_heard_where_there_is_none(text: str) -> None:
    assert not threatens(text)


@pytest.mark.parametrize(
    "text",
    [
        "this is ridiculous",
        "I am furious",
        "you scammers",
        "absolute rip-off",
        "worst service ever",
        "I will never buy from you again",
        "this is the third time I write",
        "how many times must I ask",
        "where is it!!!",
        "WHERE IS MY ORDER IT IS TWO WEEKS LATE",
        "I'm sick and tired of this",
    ],
)
def test_anger_is_told(text: str) -> None:
    assert is_angry(text)
    assert sentiment(text) == "negative"


@pytest.mark.parametrize(
    "text",
    [
        "where is my order?",
        "my order has not arrived",
        "it is broken!!",
        "BC-204817",
        "ORDER BC-204817 PLEASE",
        "USB-C OR USB-A",
        "12345 67890 12345 67890",
        "",
        "👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍👍",
        "我的订单在哪里我的订单在哪里我的订单在哪里",
    ],
)
def test_problem_is_not_anger(text: str) -> None:
    assert not is_angry(text)


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("thank you so much", "positive"),
        ("great, that helped", "positive"),
        ("my parcel is damaged", "negative"),
        ("I am disappointed", "negative"),
        ("thanks, but it is still not here", "negative"),
        ("where is my order", "neutral"),
        ("", "neutral"),
        ("👍", "neutral"),
        ("你好", "neutral"),
    ],
)
def test_sentiment_is_that_of_the_words(text: str, mood: str) -> None:
    assert sentiment(text) == mood


@pytest.mark.parametrize(
    "text", ["yes", "Yes please", "ok", "okay!", "Sure", "yep", "go ahead", "…please do"]
)
def test_yes_is_a_yes(text: str) -> None:
    assert agrees(text)


@pytest.mark.parametrize(
    "text", ["no", "no thanks", "not yet", "yesterday", "surely not", "when?", "", "nope, ok?"]
)
def test_anything_else_is_none(text: str) -> None:
    assert not agrees(text)


def test_hostile_message_is_read_as_quickly_as_any_other() -> None:
    """4,000 characters that make patterns go back and forth: read in a process that may be ended."""
    code = """
import itertools
from punai.builtin.mood import agrees, is_angry, sentiment, threatens, wants_person

SEEDS = ["a", "A", "!", " ", ".", "talk to ", "get me a ", "not ", "n't ", "agent ", "worst a ", "please "]
for first, second in itertools.product(SEEDS, repeat=2):
    texts = (first * 2000 + second * 2000)[:3999] + "x", ((first + second) * 4000)[:3999] + "x"
    for text in texts:
        for read in (agrees, is_angry, sentiment, threatens, wants_person):
            read(text)
"""
    # A few seconds are enough; a pattern that goes astray takes minutes for a single message.
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, timeout=120, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
