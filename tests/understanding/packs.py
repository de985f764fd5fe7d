"""Small sets of intents to train on."""

from punai import Intent


def intent(name: str, *examples: str, description: str = "d") -> Intent:
    return Intent(name=name, description=description, examples=examples)


SHOP = (
    intent("order_status", "where is my order", "my parcel has not arrived", "track order 12345"),
    intent("returns", "how do I return something", "I want to send this back", "what is your return policy"),
    intent("opening_hours", "when are you open", "what are your opening hours", "are you open on sunday"),
)
