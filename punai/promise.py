"""What a customer is told when a human is brought in, and what they tell in return."""

import re
from datetime import datetime

from punai.hours import DAYS
from punai.tenant import Tenant

EMAIL = re.compile(r"(?<![\w.+@-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}(?![\w-])")
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


def handoff(tenant: Tenant, now: datetime) -> str:
    """That a human was asked for; when somebody is there, if nobody is, and how to leave an address."""
    texts = tenant.texts
    back = None if tenant.hours.are_open(now) else tenant.hours.next_opening(now)
    if back is None:
        return texts.handoff
    told = texts.handoff_closed.replace("{day}", _day(back, now, tenant.languages[0]))
    return f"{told.replace('{time}', f'{back:%H:%M}')} {texts.ask_contact}"


def find_email(text: str) -> str | None:
    """The e-mail address that a customer gives, if any."""
    found = EMAIL.search(text)
    return found[0] if found else None


def _day(at: datetime, now: datetime, language: str) -> str:
    """The weekday by its name, as far as that is known and leaves no doubt; else the date."""
    names = _NAMES.get(language.lower()[:2], "").split()
    ahead = (at.date() - now.astimezone(at.tzinfo).date()).days
    return names[at.weekday()] if names and ahead < _WEEK else f"{at:%Y-%m-%d}"
