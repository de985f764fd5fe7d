"""Numbers in one form, however they are written, with their unit: a currency, a share, a time."""

import re
from collections.abc import Iterator

_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_IN_WORDS = re.compile(
    rf"\b(?:({_TENS})(?:[- ]({_ONES}))?|({_TEENS})|({_ONES.removeprefix('one|')})|(?:an?|one)\s+hundred)\b",
    re.IGNORECASE,
)
_CURRENCIES = {
    "€": "EUR", "euro": "EUR", "eur": "EUR", "£": "GBP", "pound": "GBP", "gbp": "GBP", "$": "USD",
    "dollar": "USD", "usd": "USD", "¥": "JPY", "yen": "JPY", "jpy": "JPY", "₹": "INR", "rupee": "INR",
    "inr": "INR", "franc": "CHF", "chf": "CHF", "cad": "CAD", "aud": "AUD", "sek": "SEK", "dkk": "DKK",
    "nok": "NOK", "pln": "PLN", "zł": "PLN", "czk": "CZK",
}  # fmt: skip
_CURRENCY = (
    r"[€£$¥₹]|(?:euro|pound|dollar|franc|rupee)s?\b"
    r"|(?:eur|gbp|usd|jpy|yen|inr|chf|cad|aud|sek|dkk|nok|pln|zł|czk)\b"
)
_PERCENT = r"%|per\s?cent\b|pct\b"
_MEASURE = (
    r"(?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?"
    r"|mg|g|kgs?|lbs?|oz|grams?|kilos?|kilograms?|ounces?|tonnes?|mm|cm|m|km|feet|ft|inch(?:es)?|miles?"
    r"|(?:centi|milli|kilo)?met(?:er|re)s?|ml|cl|l|lit(?:er|re)s?)\b"
)
_SHORT = {
    "min": "minute", "hr": "hour", "gram": "g", "kilo": "kg", "kilogram": "kg", "ounce": "oz", "meter": "m",
    "metre": "m", "kilometer": "km", "kilometre": "km", "centimeter": "cm", "centimetre": "cm",
    "millimeter": "mm", "millimetre": "mm", "liter": "l", "litre": "l", "foot": "ft", "feet": "ft",
}  # fmt: skip
UNIT = rf"(?:{_PERCENT}|{_CURRENCY}|{_MEASURE})"
"""A pattern, for text in any case."""
_KIND = r"(?:(?:working|business|calendar|full|more)\s+)?"
COUNTED = "*"
"""The unit of a number that is followed by some other word, such as "3 people"."""
_SCALES = {"k": 3, "m": 6, "hundred": 2, "thousand": 3, "million": 6, "billion": 9}
_FOLLOWING = (
    r"(?:a|after|and|are|as|at|before|but|by|can|each|for|from|if|in|is|may|of|off|on|or|per|so|than|that|the|then"
    r"|through|till|to|until|was|we|when|which|while|will|with|within|without|you)\b"
)
"""Words after a number that are not what it counts."""
_NUMBER = re.compile(
    rf"(?:({_CURRENCY})\s?)?(\d{{1,3}}(?:[ ']\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
    r"(?:([km])(?!\w)|\s+(hundred|thousand|million|billion)\b)?"
    rf"(?:\s?({_PERCENT}|{_CURRENCY})|[\s-]*{_KIND}({_MEASURE})|\s+(?!{_FOLLOWING})([^\W\d_]+))?",
    re.IGNORECASE,
)
_UNIT = re.compile(rf"{_PERCENT}|{_CURRENCY}|\b{_MEASURE}", re.IGNORECASE)
_ONE = re.compile(rf"\bone(?=[\s-]+{_KIND}{UNIT})", re.IGNORECASE)
_SINGLE = re.compile(rf"\ban?\s+{_KIND}({UNIT})", re.IGNORECASE)


def in_digits(text: str) -> str:
    """The text with English words from two to a hundred as digits, and "one" before a unit."""
    return _ONE.sub("1", _IN_WORDS.sub(_digits, text))


def read_numbers(text: str) -> Iterator[tuple[str, str]]:
    """Each number of a text as its value and unit, such as `("3.95", "GBP")`, `("3", "day")`, `("5", "")`,
    or `COUNTED` before another word."""
    for match in _NUMBER.finditer(text):
        before, number, letter, word, after, measure, counted = match.groups()
        zeros = _SCALES[(letter or word).lower()] if letter or word else 0
        for value in values(number):
            unit = _unit(before or after or measure or "")
            yield _scaled(value, zeros), unit or (COUNTED if counted else "")


def read_units(text: str) -> Iterator[str]:
    """The units that a text speaks of, with a number or without."""
    return (_unit(match[0]) for match in _UNIT.finditer(text))


def read_singles(text: str) -> Iterator[str]:
    """The units that a text has one of without a number: "a week"."""
    return (_unit(match[1]) for match in _SINGLE.finditer(text))


def values(number: str) -> list[str]:
    """`1,000`, `1.000` and `1 000` as `1000`, `5.00` as `5`, `3,95` as `3.95`; `1,2,3` are three."""
    number = re.sub(r"[ ']", "", number)
    signs, groups = re.findall("[.,]", number), re.split("[.,]", number)
    if len(signs) > 1 and len(set(signs)) == 1:
        if all(len(group) == 3 for group in groups[1:]):
            return [_trimmed("".join(groups), "")]
        return [_trimmed(group, "") for group in groups] if signs[0] == "," else [number]
    thousands = len(signs) == 1 and len(groups[1]) == 3 and len(groups[0]) < 4 and groups[0] != "0"
    if not signs or thousands:
        return [_trimmed("".join(groups), "")]
    return [_trimmed("".join(groups[:-1]), groups[-1])]


def _digits(match: re.Match[str]) -> str:
    tens, ones, teen, one = (word.lower() if word else "" for word in match.groups())
    if tens:
        return str(20 + 10 * _place(_TENS, tens) + (_place(_ONES, ones) + 1 if ones else 0))
    if teen:
        return str(10 + _place(_TEENS, teen))
    return str(_place(_ONES, one) + 1) if one else "100"


def _place(names: str, name: str) -> int:
    return names.split("|").index(name)


# Digits are moved about as text: a float or a Decimal rounds those of a long number.
def _trimmed(whole: str, decimals: str) -> str:
    whole, decimals = whole.lstrip("0") or "0", decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def _scaled(value: str, zeros: int) -> str:
    whole, _, decimals = value.partition(".")
    padded = decimals.ljust(zeros, "0")
    return _trimmed(whole + padded[:zeros], padded[zeros:])


def _unit(written: str) -> str:
    word = written.casefold()
    if word.startswith(("%", "per", "pct")):
        return "%"
    word = word.removesuffix("s")
    return _CURRENCIES.get(word) or _SHORT.get(word, word)
