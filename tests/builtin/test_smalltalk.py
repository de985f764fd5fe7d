"""Small talk that every business understands."""

import pytest

from punai import Intent, IntentMatch
from punai.builtin.smalltalk import INTENTS, classify_message, register_intents
from punai.understanding.training import train


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
    [(best, confidence), *_] = train(INTENTS).intents(message)
    assert best == name
    assert confidence > 0.5


def amended(message: str, match: IntentMatch | None) -> IntentMatch | None:
    """What becomes of a classifier's match."""
    amending = classify_message(message)
    next(amending)
    with pytest.raises(StopIteration) as stopped:
        amending.send(match)
    result: IntentMatch | None = stopped.value.value
    return result


GRATITUDE = IntentMatch(name="gratitude", confidence=0.9, rivals=(("goodbye", 0.2),))


@pytest.mark.parametrize(
    "message",
    ["great, thanks for nothing", "thanks a lot, third time it broke", "thanks, it is still not here"],
)
def test_thanks_that_are_none_are_no_small_talk(message: str) -> None:
    match = amended(message, GRATITUDE)
    assert match is not None
    assert (match.name, match.confidence, match.rivals) == ("other", 0.0, GRATITUDE.rivals)


@pytest.mark.parametrize("message", ["thanks a lot", "no problem, thank you!!!", "thanks again"])
def test_thanks_that_are_meant_stay_what_they_are(message: str) -> None:
    assert amended(message, GRATITUDE) == GRATITUDE


def test_every_other_intent_stays_what_it_is() -> None:
    for match in (IntentMatch(name="order_status", confidence=0.9), IntentMatch(), None):
        assert amended("great, thanks for nothing", match) == match
