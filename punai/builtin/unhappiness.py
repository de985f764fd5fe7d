"""How a conversation goes for its customer: a trend over what they wrote last, from 0 to 1."""

from collections.abc import Sequence, Set
from functools import cache, lru_cache

from punai import Answer, Turn
from punai.builtin import mood
from punai.knowledge.words import QUESTION_WORDS, Words

LAST = 6
"""How many messages are read: the trend would keep less than a sixtieth of an earlier one."""
UNANSWERED, ANSWERED = 0.4, 0.3
"""How much it says that a message asks again what got no answer, or one that cannot have been of use."""
MODEL = 0.2
"""How much it says that a model called a message negative: little, since even people rarely agree on that."""
ALIKE = 0.6
_FILLERS = "again already ask go more next no not now ok okay said still tell thanks then told yeah yes"


def trend(message: str, turns: Sequence[Turn]) -> float:
    """How unhappy the customer is by now: each message counts half, and all before it the other half.

    A message counts by its wording, by how often it asks again what was asked before, and by what a model
    made of it. What was written before a human had the conversation is settled, and so is every question
    before a thank-you. Nothing is kept: it is reckoned from the turns each time.

    Args:
        message: what the customer writes now.
        turns: the conversation's last turns, oldest first, without this message.
    """
    level = 0.0
    asked: list[tuple[Set[str], float]] = []
    for text, answer in (*_written(turns)[1 - LAST :], (message, None)):
        words = stems(text) - stems(_FILLERS)
        wording = mood.unhappiness(text)
        if mood.corrects(text):  # then the answers until now were none
            asked = [(before, UNANSWERED) for before, _ in asked]
        signs = [wording, *(weight for before, weight in asked if alike(words, before) >= ALIKE)]
        if answer and (answer.answered_by, answer.sentiment) == ("model", "negative"):
            signs.append(MODEL)
        level = (level + mood.joined(signs)) / 2
        thanked = wording < mood.NEGATIVE and mood.is_glad(text)
        weight = ANSWERED if answer and answer.step == "answered" else UNANSWERED
        asked = [] if thanked else [*asked, (words, weight)]
    return level


def alike(one: Set[str], other: Set[str]) -> float:
    """The share of words that two messages have in common.

    0 where it is none but question words, or where they hold other numbers: another order, another question.
    """
    renumbered = any(character.isdigit() for word in one ^ other for character in word)
    if renumbered or one & other <= stems(" ".join(QUESTION_WORDS)):
        return 0.0
    return len(one & other) / len(one | other)


@lru_cache(maxsize=1000)
def stems(text: str) -> frozenset[str]:
    """The words that say what a text is about, in the form that all of their forms share."""
    words = _english()
    return frozenset(term for word in words.telling(text) for term in words.terms(word))


@cache
def _english() -> Words:
    return Words(["en"])


def _written(turns: Sequence[Turn]) -> list[tuple[str, Answer | None]]:
    """What the customer wrote since a human last had the conversation, with what the bot answered."""
    written: list[tuple[str, Answer | None]] = []
    for turn in turns:
        if turn.answer and turn.answer.status != "bot":
            written = []
        elif turn.text:
            written.append((turn.text, turn.answer))
    return written
