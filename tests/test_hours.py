"""Opening hours hold in the business's own time zone, through holidays and changes of the clock."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from punai.hours import Hours

OFFICE = Hours.model_validate_json(
    '{"time_zone": "Europe/Berlin", "monday": "09:00-17:00", "tuesday": ["09:00-12:00", "13:00-24:00"],'
    ' "friday": "00:00-06:00", "holidays": ["2026-01-06"]}'
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-01-05T07:59", False),  # a Monday, an hour behind Berlin
        ("2026-01-05T08:00", True),
        ("2026-01-05T15:59", True),
        ("2026-01-05T16:00", False),
        ("2026-01-06T09:00", False),  # a holiday
        ("2026-01-13T11:30", False),  # lunch
        ("2026-01-13T22:59", True),
        ("2026-01-13T23:00", False),
        ("2026-01-14T09:00", False),
        ("2026-01-15T23:30", True),  # Friday in Berlin
        ("2026-07-06T07:00", True),  # summer
    ],
)
def test_somebody_is_there_in_the_business_s_own_time(at: str, is_open: bool) -> None:
    assert OFFICE.are_open(utc(at)) is is_open


@pytest.mark.parametrize(
    ("at", "back"),
    [
        ("2026-01-05T05:00", "2026-01-05T09:00+01:00"),
        ("2026-01-05T16:30", "2026-01-09T00:00+01:00"),  # over the holiday
        ("2026-01-13T11:30", "2026-01-13T13:00+01:00"),
        ("2026-03-28T12:00", "2026-03-30T09:00+02:00"),  # the clock changes between
    ],
)
def test_who_comes_when_nobody_is_there_learns_when_somebody_is(at: str, back: str) -> None:
    opening = OFFICE.next_opening(utc(at))
    assert opening is not None
    assert opening.isoformat(timespec="minutes") == back


def test_who_says_nothing_is_always_there() -> None:
    assert Hours().are_open(utc("2026-01-04T03:00"))
    assert Hours().next_opening(utc("2026-01-04T03:00")) is None


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("time_zone", '"Berlin"', "is no time zone"),
        ("time_zone", '"../etc/passwd"', "is no time zone"),
        ("monday", '"9-17"', "is no span of a day"),
        ("monday", '"17:00-09:00"', "is no span of a day"),
        ("monday", '["09:00-25:00"]', "is no span of a day"),
        ("holidays", '["Christmas"]', "date"),
        ("someday", '"09:00-17:00"', "not permitted"),
    ],
)
def test_what_is_wrong_is_said(key: str, value: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Hours.model_validate_json(f'{{"{key}": {value}}}', strict=True)
