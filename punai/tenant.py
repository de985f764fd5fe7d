"""A business, as its `business.toml` describes it."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from punai.hours import Hours
from punai.models import Fraction, Intent, Model, Words
from punai.routing import Route
from punai.secrets import resolve

SHORTEST_SECRET = 16
"""Characters of a secret that signs customers' ids: a shorter one can be found by trying."""


class Thresholds(Model):
    """Below `intent` a message is `other` (0 never refuses); below `reply` a stock reply is not sent unasked;
    below `passage` a document does not answer; above `unhappy` a human is brought in (1: never). In 0..1."""

    intent: Fraction = 0.35
    reply: Fraction = 0.6
    passage: Fraction = 0.5
    unhappy: Fraction = 0.4


class Ladder(Model):
    """Who is not understood is asked `clarify` times in a row what they mean, then `rephrase` times for other
    words. Then a human is offered, or with `offer_human` false brought in unasked."""

    clarify: Annotated[int, Field(ge=0, le=5)] = 1
    rephrase: Annotated[int, Field(ge=0, le=5)] = 1
    offer_human: bool = True


class Texts(Model):
    """What PunAI itself says to customers, for a business to put in its own words or language.

    `handoff_closed` is for when nobody is there: {day} and {time} say when somebody is. `reference` tells the
    number of the ticket, once there is one: {reference}.
    """

    handoff: Words = "I have asked a colleague to help you. They can see what we have written so far."
    handoff_closed: Words = (
        "I have asked a colleague to help you. Nobody is there right now; they are back on {day} at {time}."
    )
    ask_contact: Words = "If you leave your e-mail address here, they can write to you."
    contact_noted: Words = "Thank you, I have passed on how to reach you."
    reference: Words = "Your reference is {reference}."
    still_waiting: Words = "A colleague has been asked to help you, and will see this message too."
    clarify: Words = "I'm not sure I understood. What is it about?"
    clarify_again: Words = "Sorry, I still don't follow. Could you say it in other words, in more detail?"
    offer_human: Words = "I can't answer this by myself. Shall I bring in a colleague?"
    accept_human: Words = "Talk to a person"


class ConversationSettings(Model):
    """`idle_hours` without a word, and the next message starts a new conversation. With `join_seconds`, each
    message waits so long for the next: those of a burst get one answer. 0 answers each at once. What is said
    while a human is asked for, or there, reaches the handlers together, `update_seconds` after the first."""

    idle_hours: Annotated[float, Field(gt=0, le=24 * 365)] = 24.0
    join_seconds: Annotated[float, Field(ge=0, le=5)] = 0.0
    update_seconds: Annotated[float, Field(ge=0, le=3600)] = 10.0


def _color(text: str) -> str:
    if not re.fullmatch("#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", text):
        raise ValueError('is no colour; write one such as "#0b6e4f"')
    return text


class Chat(Model):
    """The chat page and the widget: how they look, and what they say first.

    `logo` is a file of the pack, kept as a `data:` address, or an https address. Without `suggestions` there
    are those that the pack's documents and replies answer. `words` are the widget's own, by language and key.
    """

    welcome: Annotated[Words, Field(max_length=500)] | None = None
    color: Annotated[str, AfterValidator(_color)] = "#3347b8"
    logo: str | None = None
    suggestions: (
        Annotated[tuple[Annotated[Words, Field(max_length=200)], ...], Field(max_length=6)] | None
    ) = None
    voice: bool = False
    words: Mapping[str, Mapping[str, Words]] = {}


class Tenant(Model):
    """A business: what its `business.toml` says, with defaults for what it leaves out."""

    id: str
    name: Words
    languages: Annotated[tuple[str, ...], Field(min_length=1)] = ("en",)
    tone: str = "friendly, short, plain"
    escalate_to: Annotated[tuple[str, ...], Field(min_length=1)] = ("log",)
    retain_days: Annotated[int, Field(ge=1, le=3650)] = 90
    plugins: tuple[str, ...] | None = None
    thresholds: Thresholds = Thresholds()
    ladder: Ladder = Ladder()
    conversation: ConversationSettings = ConversationSettings()
    texts: Texts = Texts()
    chat: Chat = Chat()
    hours: Hours = Hours()
    routes: tuple[Route, ...] = ()
    intents: tuple[Intent, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = {}
    folder: str | None = None

    def setting(self, section: str, key: str, default: str | None = None) -> str:
        """The string under `[settings.<section>] <key>`, with a reference such as `env:NAME` followed.

        Raises:
            LookupError: it is neither set nor given a default, or the reference leads nowhere.
        """
        value = self.settings.get(section, {}).get(key, default)
        if value is None:
            raise LookupError(f"set {key} under [settings.{section}] in the business.toml of {self.id}")
        return resolve(str(value))

    def identity_secret(self) -> str | None:
        """What the business's site signs its customers' ids with; None where it does not.

        Raises:
            LookupError: the reference leads nowhere, or the secret is too short to be one.
        """
        if "identity" not in self.settings:
            return None
        secret = self.setting("identity", "secret")
        if len(secret) < SHORTEST_SECRET:
            raise LookupError(f"secret has fewer than {SHORTEST_SECRET} characters; use openssl rand -hex 32")
        return secret

    @property
    def handlers(self) -> tuple[str, ...]:
        """Every handler that may be told, by name: those of `escalate_to`, and of the routes."""
        routed = (name for route in self.routes for name in route.to)
        return tuple(dict.fromkeys((*self.escalate_to, *routed)))

    @cached_property
    def idle(self) -> timedelta:
        """How long a conversation may lie quiet before the next message starts a new one."""
        return timedelta(hours=self.conversation.idle_hours)
