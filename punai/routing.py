"""Who is told that a human is needed: the first route of the pack that fits, else `escalate_to`."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from punai.models import OTHER, Model

REASONS = (
    "person_requested",
    "threat",
    "anger",
    "unhappy",
    "low_confidence",
    "down_votes",
    "model",
    "outage",
    "unanswered",
)
"""Why PunAI asks for a human, beside `intent:NAME`. A plugin may have reasons of its own."""


class Route(Model):
    """One `[[routes]]` of a pack. Each key that is given must fit; `to` names handlers.

    `open` is whether somebody is there at that time, `urgent` whether the intent is marked so; a reason fits
    that begins as one of `reasons` does (`intent` is every `intent:...`).
    """

    to: Annotated[tuple[str, ...], Field(min_length=1)]
    intents: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    urgent: bool | None = None
    open: bool | None = None

    def fits(self, case: "Case") -> bool:
        """Whether every key that is given holds."""
        return (
            (not self.intents or case.intent in self.intents)
            and (not self.reasons or case.reason.startswith(self.reasons))
            and (not self.languages or case.language in self.languages)
            and self.urgent in (None, case.urgent)
            and self.open in (None, case.open)
        )


class Case(Model):
    """What a route may ask of an escalation."""

    intent: str
    reason: str
    language: str
    urgent: bool
    open: bool


def handlers(routes: Sequence[Route], otherwise: Sequence[str], case: Case) -> tuple[str, ...]:
    """The handlers to tell, each once."""
    found = next((route.to for route in routes if route.fits(case)), otherwise)
    return tuple(dict.fromkeys(found))


def misnamed(
    routes: Sequence[Route], intents: Iterable[str], languages: Sequence[str], *, any_reason: bool
) -> tuple[str, str, Sequence[str]] | None:
    """What a route names and what can never be: its key, the name, and those that can; None where all can.

    With `any_reason`, a plugin has reasons of its own, which nobody knows before it gives them.
    """
    reasons = (*REASONS, *(f"intent:{name}" for name in intents))
    for route in routes:
        for name in route.intents:
            if name not in (*intents, OTHER):
                return "intents", name, tuple(intents)
        for name in route.languages:
            if name not in languages:
                return "languages", name, languages
        for name in route.reasons:
            if not any_reason and not any(reason.startswith(name) for reason in reasons):
                return "reasons", name, reasons
    return None
