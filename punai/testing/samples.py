"""What customers and settings may hold, for trying a plugin: the least, the most, and the odd."""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from punai.models import (
    Answer,
    Citation,
    Conversation,
    Delivery,
    Escalation,
    Intent,
    Line,
    Mood,
    Steps,
    Text,
    Turn,
)
from punai.tenant import Tenant

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
SECRET = "n0t-to-be-shown-9b1c"  # noqa: S105 - made up, to be found again where it must not be
"""What every setting of a sample business holds that is neither given nor an address."""

PRIVATE = ("Zebedee Quux", "zebedee@quux.example", "purple teapot", "rings after six", "tired of waiting")
"""What the fullest sample escalation holds of a customer, and no log may."""

WORDS = {
    "emoji": "👩‍👩‍👧 my order 📦 is 😡😡😡",
    "right_to_left": "متى يصل طلبي؟ \u202eהיכן ההזמנה שלי",  # noqa: RUF001 - Hebrew, and meant
    "html": "<script>alert(1)</script> & \"quotes\" 'too' <!channel> *bold* [a](https://example.com) `x`",
    "header_injection": "hello\r\nBcc: everybody@example.com\r\n\r\nnew body",
    "control_characters": "a\x00b\x07c\x1b[31md\u2028e",
    "one_character": "?",
    "at_its_longest": "Where is it? " * 307 + "Please!!!",
}
"""Messages that customers write, by what is odd about them; the longest has 4,000 characters."""

_ADDRESS = re.compile(r"url|uri|address|endpoint|host|base|webhook|server|site|domain", re.IGNORECASE)


class SampleBusiness(Tenant):
    """A business that has every setting: what is given, addresses that lead to `service`, else a secret.

    In a setting that is given, `{service}` is the service's address.
    """

    service: str

    def setting(self, section: str, key: str, default: str | None = None) -> str:
        """A setting that is given; one that is named like an address; the default; else a secret."""
        given = self.settings.get(section, {}).get(key)
        if given is not None:
            return str(given).replace("{service}", self.service)
        if _ADDRESS.search(key):
            return f"{self.service}/{SECRET}"
        return SECRET if default is None else default


def bare_escalation(id: str = "esc_bare") -> Escalation:
    """Nothing in it but what must be."""
    return Escalation(id=id, conversation_id="c", user_id="u", reason="unhappy", at=NOW)


def full_escalation(id: str = "esc_full", *, turns: int = 3, words: str = "") -> Escalation:
    """Everything in it that can be; `words` are what the customer said, if they shall be odd."""
    name, email, said, note, summary = PRIVATE
    asked = words or f"Where is my {said}?"
    said_by: tuple[tuple[Literal["customer", "assistant"], str], ...]
    said_by = (("customer", asked), ("assistant", "It is on its way."))
    transcript = tuple(
        Line(role=role, text=text, at=NOW + timedelta(minutes=number))
        for number in range(turns)
        for role, text in said_by
    )
    return Escalation(
        id=id,
        conversation_id=f"{id}-conversation",
        user_id="customer_123",
        reason="person_requested",
        intent="order_status",
        at=NOW,
        name=words[:200] or name,
        email=email,
        note=words or note,
        deliveries=(Delivery(handler="log", due_at=NOW),),
        summary=words or f"{asked} / {summary}",
        mood=Mood(score=0.6, trend="worse"),
        tried=("quoted Delivery (delivery.md)", "offered a human"),
        transcript=transcript,
        news=transcript[-2:],
        link="https://desk.example/conversations/1",
        reference="4711 https://desk.example/tickets/4711",
    )


def turn(words: str = "", *, bare: bool = False, id: str = "m1") -> Turn:
    """An answered turn; with `words` as what is to be told to the customer."""
    reply = words or f"Your {PRIVATE[2]} is on its way."
    more = {
        "citations": (Citation(title="Delivery", source="delivery.md", quote="Three days."),),
        "blocks": (Text(text=reply), Steps(items=("Wait.", "Open the door."))),
        "suggestions": ("Thanks",),
    }
    answer = Answer.model_validate(
        {"reply": reply, "answered_by": "human", "status": "human", **({} if bare else more)}
    )
    return Turn(conversation_id="c", message_id=id, user_id="customer_123", text="", at=NOW, answer=answer)


def conversation(turns: int = 2) -> Conversation:
    """A conversation with a few turns, or with many."""
    said = tuple(
        Turn(
            conversation_id="c",
            message_id=f"m{number}",
            user_id="customer_123",
            text=f"Where is my {PRIVATE[2]}?",
            at=NOW + timedelta(minutes=number),
            answer=Answer(reply="It is on its way.", answered_by="documents", intent="order_status"),
        )
        for number in range(turns)
    )
    return Conversation(id="c", user_id="customer_123", created_at=NOW, turns=said)


def intents() -> dict[str, Intent]:
    """What customers of a sample business want, by name."""
    examples = {
        "order_status": ("where is my order", "my parcel has not arrived", "track my order"),
        "opening_hours": ("when are you open", "are you open on sunday"),
        "refund": ("I want my money back", "how do I return this"),
    }
    return {
        name: Intent(name=name, description=name.replace("_", " "), examples=said)
        for name, said in examples.items()
    }
