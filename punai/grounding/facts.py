"""What can be checked in a text: numbers, prices, dates, times, links, e-mail addresses, phone numbers.

Words for numbers, months, weekdays and units are known in English; digits and symbols in any language.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from punai.grounding.numbers import COUNTED, in_digits, read_numbers, read_singles, read_units

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# "may" and "march" are verbs too, and "sat" and "sun" words: those count with a capital letter only.
_MONTH = (
    r"(?:january|february|april|june|july|august|september|october|november|december"
    r"|(?-i:May|March|MAY|MARCH|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec))"
)
_WEEKDAY = rf"(?:{'|'.join(_WEEKDAYS)}|(?-i:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun))"
_TO = r"(?:-|\u2013|\u2014|to|through|until|till)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DAYS = rf"{_DAY}(?:\s*(?:,|/|&|and|or|{_TO})\s*(?:the\s+)?{_DAY})*"
_HALF = r"\s*([ap])\.?m\b\.?"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_EMAIL = _pattern(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_REST_OF_LINK = r"[^\s<>\"'()\[\]]"
_URL = _pattern(rf"(?:https?://|www\.){_REST_OF_LINK}+")
_DOMAIN = _pattern(rf"(?<![\w@.-])(?:[^\W_][\w-]*\.)+[^\W\d_]{{2,24}}\b(?:[/?#]{_REST_OF_LINK}*)?")
_ISO_DATE = _pattern(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_NUMERIC_DATE = _pattern(r"(?<![\d.])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d.]\d|\d)")
_DAY_MONTH = _pattern(rf"\b({_DAYS})\.?\s+(?:of\s+)?({_MONTH})\b\.?(?:,?\s+(\d{{4}})(?!\d))?")
_MONTH_DAY = _pattern(rf"\b({_MONTH})\b\.?\s+(?:the\s+)?({_DAYS})(?![\d:])(?:,?\s+(\d{{4}})(?!\d))?")
_HALF_DAY = _pattern(rf"\b(\d{{1,2}})((?:[:.]\d\d)?)(\s*(?:{_TO}|and)\s*)(\d{{1,2}}(?:[:.]\d\d)?){_HALF}")
_CLOCK = _pattern(rf"(?<![\d.,:])(\d{{1,2}}):(\d\d)(?::\d\d)?(?!\d)(?:{_HALF})?")
_HOUR = _pattern(rf"(?<![\d.,:])(\d{{1,2}})(?:\.(\d\d))?{_HALF}")
_NOON = _pattern(r"\b(noon|midday|midnight)\b")
_PHONE = _pattern(r"(?<!\w)(?:\+|\(?0|(?=\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b)\(?\d)[\d()./ -]{5,20}\d(?!\w)")
_WEEKDAY_NAME = _pattern(rf"\b({_WEEKDAY})s?\b\.?(?:\s*{_TO}\s*({_WEEKDAY})s?\b)?")
# "May I", "March on": a month by itself is one after such a word, or before a year.
_NO_VERB = r"(?!(?:may|march)\b)|(?<=\bin )|(?<=\bof )|(?<=\bby )|(?<=\bto )|(?<=\bfrom )|(?<=\buntil )"
_MONTH_NAME = _pattern(rf"(?:{_NO_VERB}|(?=\w+ \d{{4}}\b))\b({_MONTH})\b\.?(?:\s*{_TO}\s*({_MONTH})\b)?")


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a text, each in one form however it is written.

    `numbers` are pairs of a value and its unit: a currency, `%`, a measure, `COUNTED` for any other word, or
    nothing. `units` are all that the text speaks of, `singles` those after "a", and `parts` the values inside
    its dates, and the hours of its times. A date is `2026-03-05`, or `-03-05` without a year; a time the
    minutes since midnight.
    """

    links: frozenset[str]
    emails: frozenset[str]
    dates: frozenset[str]
    times: frozenset[str]
    phones: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[tuple[str, str]]
    units: frozenset[str]
    singles: frozenset[str]
    parts: frozenset[str]

    def hold(self, stated: "Facts", repeatable: frozenset[str] = frozenset()) -> bool:
        """Whether all that is stated is among these; bare numbers may be among the repeatable ones too."""
        bare_links = {re.split(r"[?#]", link)[0] for link in self.links}
        return (
            stated.links <= self.links | bare_links
            and stated.emails <= self.emails
            and stated.times <= self.times
            and stated.names <= self.names
            and all(self._holds_date(date) for date in stated.dates)
            and all(phone in repeatable or self._holds_phone(phone) for phone in stated.phones)
            and all(
                (value in repeatable and unit in ("", COUNTED)) or self._holds_number(value, unit)
                for value, unit in stated.numbers
            )
        )

    def _holds_date(self, date: str) -> bool:
        year, _, day = date.partition("-")
        if date in self.dates or (not year and any(known.endswith(date) for known in self.dates)):
            return True
        return f"-{day}" in self.dates and self._holds_number(year, "")

    def _holds_phone(self, phone: str) -> bool:
        return phone in self.phones or (phone[0] not in "0+" and self._holds_number(phone, ""))

    def _holds_number(self, value: str, unit: str) -> bool:
        if (value, unit) in self.numbers:
            return True
        if not unit:
            return value in self.parts or any(value == known for known, _ in self.numbers)
        bare = (value, "") in self.numbers or (value, COUNTED) in self.numbers
        if unit == COUNTED:  # "3 people" are none of "3 days"
            return bare
        # As in a table, whose column says once what its numbers are.
        return (bare and unit in self.units) or (value == "1" and unit in self.singles)


def read_facts(text: str) -> Facts:
    """The facts of a text; what belongs to a date, say, is no number of its own."""
    rest = _Rest(_HALF_DAY.sub(_both_halves, in_digits(plain(text))))
    links = rest.take(_URL, lambda match: [_address(match[0])])
    emails = rest.take(_EMAIL, lambda match: [match[0].rstrip(".").casefold()])
    links += rest.take(_DOMAIN, lambda match: [_address(match[0])])
    dates = [
        *rest.take(_ISO_DATE, lambda match: _dates(match[1], match[3], match[4])),
        *rest.take(_NUMERIC_DATE, _numeric_dates),
        *rest.take(_DAY_MONTH, lambda match: _dates(match[3] or "", match[2], match[1])),
        *rest.take(_MONTH_DAY, lambda match: _dates(match[3] or "", match[1], match[2])),
    ]
    noon = rest.take(_NOON, lambda match: ["0" if match[1].lower() == "midnight" else "720"])
    times = [*noon, *rest.take(_CLOCK, _minutes), *rest.take(_HOUR, _minutes)]
    phones = rest.take(_PHONE, _phone)
    known = [date for date in dates if "?" not in date]
    return Facts(
        links=frozenset(links),
        emails=frozenset(emails),
        dates=frozenset(dates),
        times=frozenset(times),
        phones=frozenset(phones),
        names=frozenset(
            [
                *_names(_WEEKDAYS, _WEEKDAY_NAME, rest.text),
                *_names(_MONTHS, _MONTH_NAME, rest.text),
                *(_MONTHS[int(date[-5:-3]) - 1] for date in known),
            ]
        ),
        numbers=frozenset(read_numbers(rest.text)),
        units=frozenset(read_units(rest.text)),
        singles=frozenset(read_singles(rest.text)),
        parts=frozenset(_parts(dates, times)),
    )


def plain(text: str) -> str:
    """The text in Unicode's compatibility form, with ASCII digits and without invisible characters."""
    return _BEYOND_ASCII.sub(_plain, unicodedata.normalize("NFKC", text))


def _plain(match: re.Match[str]) -> str:
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in match[0]
        if unicodedata.category(char) != "Cf"
    )


class _Rest:
    """What of a text is still to be read."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str], read: Callable[[re.Match[str]], Iterable[str]]) -> list[str]:
        """What `read` makes of each match, which is cut out; one that it makes nothing of stays."""
        found: list[str] = []

        def cut(match: re.Match[str]) -> str:
            known = list(read(match))
            found.extend(known)
            return "\n" if known else match[0]

        self.text = pattern.sub(cut, self.text)
        return found


def _both_halves(match: re.Match[str]) -> str:
    """`9 to 11 am` as `9 am to 11 am`, and `9-5 pm` as `9 am-5 pm`."""
    first, minutes, to, last, half = match.groups()
    before = "a" if int(first) % 12 > int(re.split("[:.]", last)[0]) % 12 else half
    return f"{first}{minutes} {before}m{to}{last} {half}m"


def _address(link: str) -> str:
    """A link's host, path, query and fragment: what tells where it leads."""
    link = link.rstrip(".,;:!?*_")
    try:
        parts = urlsplit(link if "://" in link else f"//{link}")
    except ValueError:  # such as a bracket without its other half
        return link
    host = parts.netloc.casefold().removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"{host}{parts.path.rstrip('/')}{query}{fragment}"


def _dates(year: str, month: str, days: str) -> Iterator[str]:
    number = int(month) if month.isdigit() else _place(_MONTHS, month) + 1
    for day in re.findall(r"\d+", days):
        if 1 <= int(day) <= 31 and 1 <= number <= 12:
            yield f"{year}-{number:02}-{int(day):02}"


def _numeric_dates(match: re.Match[str]) -> Iterable[str]:
    one, sign, other, year = match.groups()
    year = year if len(year) == 4 else f"20{year}"
    if sign == "." or int(one) > 12:
        return _dates(year, other, one)
    if int(other) > 12:
        return _dates(year, one, other)
    return [f"{year}-?{int(one)}/{int(other)}"]  # the day first or the month: it is only ever itself


def _minutes(match: re.Match[str]) -> Iterable[str]:
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    return [str((hour % 12 + 12 * (half == "p") if half else hour) * 60 + minute)]


def _phone(match: re.Match[str]) -> Iterable[str]:
    digits = re.sub(r"[^\d+]", "", match[0].replace("(0)", ""))
    return [digits] if 7 <= len(digits.lstrip("+")) <= 15 else []


def _place(names: tuple[str, ...], name: str) -> int:
    return next(number for number, known in enumerate(names) if known.startswith(name.lower()[:3]))


def _names(names: tuple[str, ...], pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """The weekdays or months of a text; `Monday to Friday` names those between as well."""
    for match in pattern.finditer(text):
        first = _place(names, match[1])
        last = _place(names, match[2]) if match[2] else first
        for step in range((last - first) % len(names) + 1):
            yield names[(first + step) % len(names)]


def _parts(dates: Iterable[str], times: Iterable[str]) -> Iterator[str]:
    """The numbers that a text may be quoted with without the whole date or time that they stand in."""
    for date in dates:
        yield from (number.lstrip("0") for number in re.findall(r"\d+", date))
    for hour in (int(time) / 60 for time in times):
        if hour.is_integer():
            yield from (str(int(hour)), str(int((hour - 1) % 12 + 1)))
