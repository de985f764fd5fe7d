"""Intents that every business has: greeting, thanks, goodbye, and asking for a person. English."""

from collections.abc import Callable, Generator

from punai import Intent, IntentMatch, hookimpl
from punai.builtin import mood

INTENTS = (
    Intent(
        name="greeting",
        description="says hello",
        examples=(
            "hi",
            "hello",
            "hey",
            "hey there",
            "good morning",
            "good afternoon",
            "good evening",
            "hi there",
        ),
        reply="Hello! How can I help you?",
    ),
    Intent(
        name="gratitude",
        description="says thank you",
        examples=(
            "thanks",
            "thank you",
            "thank you so much",
            "thanks a lot",
            "cheers",
            "that helped, thanks",
        ),
        reply="You're welcome! Is there anything else I can do?",
    ),
    Intent(
        name="goodbye",
        description="says goodbye",
        examples=("bye", "goodbye", "bye bye", "see you", "have a nice day", "that's all, bye", "take care"),
        reply="Goodbye, and thank you for writing.",
    ),
    Intent(
        name="talk_to_human",
        description="asks for a person",
        examples=(
            "I want to talk to a person",
            "let me speak to a human",
            "can I talk to an agent",
            "connect me to customer service",
            "is there a real person I can chat with",
        ),
        escalate=True,
    ),
)


@hookimpl
def register_intents(register: Callable[[str, Intent], None]) -> None:
    """Small talk with its replies, and the request for a person."""
    for intent in INTENTS:
        register(intent.name, intent)


@hookimpl(wrapper=True)
def classify_message(message: str) -> Generator[None, IntentMatch | None, IntentMatch | None]:
    """Thanks that are none are not answered as thanks: they count as `other`."""
    match = yield
    if match and match.name == "gratitude" and mood.sentiment(message) == "negative":
        return match.model_copy(update={"name": "other", "confidence": 0.0})
    return match
