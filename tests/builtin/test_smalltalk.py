"""Small talk that every business understands."""

import pytest

from punai import Intent
from punai.builtin.classifier import Classifier
from punai.builtin.smalltalk import INTENTS, register_intents


def registered() -> dict[str, Intent]:
    found: dict[str, Intent] = {}
    register_intents(found.__setitem__)
    return found


def test_intents_are_registered_by_their_own_names() -> None:
    assert registered() == {intent.name: intent for intent in INTENTS}
    assert registered().keys() == {"greeting", "gratitude", "goodbye", "talk_to_human"}


def test_each_is_answered_in_words_or_by_a_person() -> None:
    for intent in INTENTS:
        assert (intent.reply is None) is intent.escalate


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Hello!", "greeting"),
        ("good morning", "greeting"),
        ("thanks a lot", "gratitude"),
        ("Thank you", "gratitude"),
        ("bye", "goodbye"),
        ("goodbye then", "goodbye"),
        ("can I talk to an agent please", "talk_to_human"),
    ],
)
def test_small_talk_is_told_apart(message: str, name: str) -> None:
    [(best, confidence), *_] = Classifier(INTENTS).scores(message)
    assert best == name
    assert confidence > 0.5
