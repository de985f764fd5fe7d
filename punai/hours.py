"""When somebody is there: a business's opening hours, in its own time zone, with its holidays."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, model_validator

from punai.models import Model

LOOK_AHEAD = 400
"""Days; a business that is closed for longer says nothing of when it is back."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('is no time zone; write one such as "Europe/Berlin"') from error
    return name


def _spans(value: Any) -> Any:
    """One span or several, as pydantic takes them; each is checked by `_span`."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _span(text: str) -> str:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", text)
    if not found or (not text.endswith("24:00") and text[:5] >= text[6:]):
        raise ValueError('is no span of a day; write one such as "09:00-17:30"')
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Spans = Annotated[tuple[Annotated[str, AfterValidator(_span)], ...], BeforeValidator(_spans)]


class Hours(Model):
    """`[hours]` of a pack: for each weekday a span such as "09:00-17:30", or several; without any, always."""

    time_zone: Zone = "UTC"
    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()
    holidays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _name_a_day(self) -> Self:
        if self.model_fields_set and not self.are_given:
            raise ValueError('names no day; write one such as monday = "09:00-17:30"')
        return self

    @cached_property
    def are_given(self) -> bool:
        """Whether the business said when it is open; if not, it always is."""
        return any(getattr(self, day) for day in DAYS)

    def are_open(self, at: datetime) -> bool:
        """Whether somebody is there at this moment."""
        if not self.are_given:
            return True
        here = at.astimezone(ZoneInfo(self.time_zone))
        return any(start <= here < end for start, end in self._spans_of(here.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """When somebody is there again, in the business's own time; None where that is not known."""
        here = at.astimezone(ZoneInfo(self.time_zone))
        for ahead in range(LOOK_AHEAD):
            for start, _ in self._spans_of(here.date() + timedelta(days=ahead)):
                if start > here:
                    return start
        return None

    def _spans_of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.holidays:
            return
        zone = ZoneInfo(self.time_zone)
        for span in sorted(getattr(self, DAYS[day.weekday()])):
            start, end = span.split("-")
            closes = datetime.combine(day, time.min, zone) + timedelta(days=1)
            if end != "24:00":
                closes = datetime.combine(day, time.fromisoformat(end), zone)
            yield datetime.combine(day, time.fromisoformat(start), zone), closes
