"""What the wording alone tells: a person asked for, anger, a threat, a yes."""

import subprocess
import sys
from pathlib import Path

import pytest

from punai.builtin.mood import (
    NEGATIVE,
    UPSET,
    agrees,
    is_angry,
    sentiment,
    threatens,
    unhappiness,
    wants_person,
)

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
        "thank you so much!!!",
        "how many times can I use the code?",
        "do you know a joke",
        "I would like the Furious Five poster",
        'is the mug "Worst Shop Ever" in stock',
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


UNHAPPY = [
    # what the customer feels
    "I am disappointed",
    "I\u2019m so frustrated",
    "I'm not happy with this",
    "it's not good enough",
    "the service was not helpful",
    "I am livid",
    "you let me down",
    "what a waste of time",
    "very poor quality",
    "for god's sake",
    # in British and in American
    "rubbish support, honestly",
    "what a shambles",
    "bloody hell, where is it",
    "I'm gutted, the vase came broken",
    "this sucks",
    "I'm really pissed off",
    "your bot is crap",
    # what was not understood
    "no, I meant the blue one",
    "That's not what I asked",
    "I already told you my order number",
    "you don't understand",
    "that doesn't answer my question",
    "You didn't read my message",
    # what is wrong, and goes on
    "it never arrived",
    "this is the third time it fails",
    "still waiting for my refund",
    "nobody answers your phone",
    "I keep getting the same error",
    "Why is it still not working??",
    "thanks, but it is still not here",
    "complaint about my order",
    # thanks that are none
    "great, thanks for nothing",
    "thanks a lot, third time it broke",
    "oh great, another delay",
    "wonderful, broken again",
    "Oh brilliant. Still no refund.",
    "Thank you so much for losing my parcel",
    "big help you are",
    "Perfect, just what I needed",
    "well done, wrong item again",
    "cheers, late as usual",
    "nice, yet another excuse",
    # what was hoped for, and who leaves
    "I expected far better from you",
    "you people don't care",
    "I can't believe you sold me this",
    "are you kidding me",
    "never again",
    "that was the last time I order here",
    "you have lost a customer",
    # nobody answers, and it takes long
    "nobody called me back",
    "I have written four times",
    "how much longer do I have to wait",
    "it has been three weeks now",
    "????",
    # corrections without the word
    "no, the name, not the date",
    "please read my question",
    # German, French, Spanish
    "Das ist eine Frechheit",
    "schon zum dritten Mal",
    "je suis très déçue",
    "toujours pas de remboursement",
    "estoy muy decepcionado",
    "es la tercera vez que escribo",
    # without words
    "\U0001f621",
    "where is it \U0001f92c\U0001f92c",
    "\U0001f44e",
]


@pytest.mark.parametrize("text", UNHAPPY)
def test_unhappy_message_is_negative(text: str) -> None:
    assert sentiment(text) == "negative"
    assert NEGATIVE <= unhappiness(text) <= 1


CONTENT = [
    "where is my order",
    "do you ship to Norway?",
    "how late are you open",
    "do you have a third colour",
    "I have another question",
    "is the kettle still available",
    "can I still return it",
    "how do I use the code again",
    "could you say that again",
    "can I order it again",
    "tell me a joke",
    "ORDER BC-204817 PLEASE",
    # what is denied
    "not bad at all",
    "no problem, thanks",
    "don't worry about it",
    "no worries!",
    "it is not broken any more",
    "nothing wrong with it, I just want another size",
    "it arrived without any problems",
    "never late, love it",
    # other people, other things, and one's own mistakes
    "nobody is at home until five",
    "what can I do if someone else is using my card",
    "I hate coriander, which dishes have none",
    "say it once more please",
    "sorry, I meant Thursday",
    "sorry for asking again",
    "I am waiting for my card to arrive",
    # names, and what is quoted
    'I would like to order the "Furious Five" poster',
    "I'd like the Furious Five poster",
    "is the Angry Birds game in stock",
    "is the mug called 'Awful Truth' back in stock",
    "where can I find \u201cTerrible Twos\u201d, the book",
    # thanks that are thanks, and an apology
    "thanks again",
    "Great, thanks again!",
    "thank you so much!!!",
    "the replacement works, thank you",
    "sorry, I was rude earlier",
    # other languages
    "Ich m\u00f6chte meine Bestellung zur\u00fcckgeben",
    "O\u00f9 est ma commande ?",
    "\u00bfD\u00f3nde est\u00e1 mi pedido?",
    "\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc",
    "\u0623\u064a\u0646 \u0637\u0644\u0628\u064a",
    "\u043c\u043e\u0439 \u0437\u0430\u043a\u0430\u0437 \u043d\u0435 \u043f\u0440\u0438\u0448\u0451\u043b",
    # without words
    "",
    "???",
    "\U0001f44d",
    "\U0001f60a\U0001f60a",
    "\ud83d",
]


@pytest.mark.parametrize("text", CONTENT)
def test_content_message_is_not_negative(text: str) -> None:
    assert sentiment(text) != "negative"
    assert unhappiness(text) < NEGATIVE


@pytest.mark.parametrize(
    "text",
    [
        "How do I return a damaged item?",
        "my parcel is late, where is it?",
        "one cup arrived broken",
        "I was sent the wrong size",
        "my payment failed",
    ],
)
def test_ordinary_question_about_trouble_is_negative_and_no_more(text: str) -> None:
    assert sentiment(text) == "negative"
    assert unhappiness(text) == pytest.approx(NEGATIVE)


@pytest.mark.parametrize(
    ("milder", "stronger"),
    [
        ("my kettle is broken", "my kettle is broken again"),
        ("my kettle is broken", "my kettle is broken??"),
        ("my kettle is broken", "MY KETTLE IS BROKEN"),
        ("my kettle is broken", "my kettle is broken, I'm so disappointed"),
        ("I'm so disappointed", "I'm so disappointed, and furious"),
        ("where is it", "where is it \U0001f620"),
        ("where is it", "where is it, I want to talk to a person"),
        ("I'm so disappointed", "I'm so disappointed, you'll hear from my lawyer"),
    ],
)
def test_each_sign_adds_to_the_others(milder: str, stronger: str) -> None:
    assert unhappiness(milder) < unhappiness(stronger) < 1


def test_capitals_and_marks_of_a_glad_customer_are_no_sign() -> None:
    assert unhappiness("THANK YOU ALL") == unhappiness("thanks!!") == 0


def test_feeling_counts_more_than_the_trouble_it_is_about() -> None:
    assert unhappiness("my kettle is broken") < unhappiness("this is disappointing") == pytest.approx(UPSET)


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
from punai.builtin.mood import agrees, is_angry, sentiment, threatens, unhappiness, wants_person

SEEDS = ["a", "A", "!", " ", ".", "talk to ", "get me a ", "not ", "n't ", "agent ", "worst a ", "please "]
SEEDS += ["great ", "still ", "Furious Five ", '"', "\'"]
for first, second in itertools.product(SEEDS, repeat=2):
    texts = (first * 2000 + second * 2000)[:3999] + "x", ((first + second) * 4000)[:3999] + "x"
    for text in texts:
        for read in (agrees, is_angry, sentiment, threatens, unhappiness, wants_person):
            read(text)
"""
    # A few seconds are enough; a pattern that goes astray takes minutes for a single message.
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, timeout=120, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
