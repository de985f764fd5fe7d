"""What a customer is told when a human is brought in, and the address that they may leave for it."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from punai.hours import DAYS
from punai.models import Answer, Conversation, Escalation, Turn
from punai.tenant import Tenant

EMAIL = re.compile(
    r"(?<![A-Za-z0-9_.+@-])[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}(?![A-Za-z0-9_@-])"
)
BESIDE = 8
"""Words beside an address, at most, if it is the customer's own: who tells a story may name anybody's."""
_NAMES = {
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
}
_WEEK = len(DAYS)
_REFERENCE = "reference-"


def handoff(tenant: Tenant, now: datetime, *, urgent: bool, reachable: bool) -> str:
    """That a human was asked for; where nobody is there, when somebody is, and how to leave an address.

    Args:
        tenant: the business.
        now: in UTC.
        urgent: somebody is told at any hour.
        reachable: an address is known.
    """
    texts = tenant.texts
    back = None if urgent or tenant.hours.are_open(now) else tenant.hours.next_opening(now)
    if back is None:
        return texts.handoff
    told = texts.handoff_closed.replace("{day}", _day(back, now, tenant.languages[0]))
    told = told.replace("{time}", f"{back:%H:%M %Z}")
    return told if reachable else f"{told} {texts.ask_contact}"


def reference(words: str, escalation: Escalation, tenant: Tenant, now: datetime) -> Turn:
    """The turn that tells a customer their ticket's number; for the same number it has the same id."""
    told = hashlib.sha256(f"{escalation.id} {words}".encode()).hexdigest()[:32]
    answer = Answer(
        reply=tenant.texts.reference.replace("{reference}", words),
        answered_by="fallback",
        step="handed_over",
        status="waiting",
        escalation=True,
        at=now,
    )
    return Turn(
        conversation_id=escalation.conversation_id,
        message_id=f"{_REFERENCE}{told}",
        user_id=escalation.user_id,
        text="",
        at=now,
        answer=answer,
    )


def told_reference(turns: Sequence[Turn]) -> str:
    """The words by which the customer was told the number of their ticket, if they were."""
    said = [turn.answer.reply for turn in turns if turn.answer and turn.message_id.startswith(_REFERENCE)]
    return said[-1] if said else ""


def left_address(message: str, conversation: Conversation, tenant: Tenant) -> str | None:
    """The address that a waiting customer leaves because they were asked for one; None if that is none."""
    replies = [turn.answer.reply for turn in conversation.turns if turn.answer]
    asked = any(tenant.texts.ask_contact in reply for reply in replies)
    noted = any(reply == tenant.texts.contact_noted for reply in replies)
    return own_address(message) if asked and not noted else None


def own_address(message: str) -> str | None:
    """The e-mail address in a message that says hardly anything else."""
    found = EMAIL.findall(message)
    beside = len(EMAIL.sub(" ", message).split())
    return str(found[0]) if len(found) == 1 and beside <= BESIDE else None


def _day(at: datetime, now: datetime, language: str) -> str:
    """The weekday by its name, as far as that is known and leaves no doubt; else the date."""
    names = _NAMES.get(language.lower()[:2], "").split()
    ahead = (at.date() - now.astimezone(at.tzinfo).date()).days
    return names[at.weekday()] if names and ahead < _WEEK else f"{at:%Y-%m-%d}"
