"""Facts have one form, however they are written."""

import time

import pytest

from punai.grounding.facts import read_facts
from punai.grounding.numbers import read_numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,000", ("1000", "")),
        ("1.000", ("1000", "")),
        ("1 000", ("1000", "")),
        ("one hundred", None),
        ("5.00", ("5", "")),
        ("€5", ("5", "EUR")),
        ("5 EUR", ("5", "EUR")),
        ("5 euros", ("5", "EUR")),
        ("EUR 5,00", ("5", "EUR")),
        ("£1,234.50", ("1234.5", "GBP")),
        ("1.234,50 £", ("1234.5", "GBP")),
        ("20%", ("20", "%")),
        ("20 per cent", ("20", "%")),
        ("30-day", ("30", "day")),
        ("3 working days", ("3", "day")),
        ("£5k", ("5000", "GBP")),
        ("2.5 million", ("2500000", "")),
        ("3 kg", ("3", "kg")),
        ("3kg", ("3", "kg")),
        ("2 litres", ("2", "l")),
        ("3 people", ("3", "*")),
        ("3 to try", ("3", "")),
        ("12345678901234567890123456789012345", ("12345678901234567890123456789012345", "")),
    ],
)
def test_numbers_are_read_with_their_units(text: str, number: tuple[str, str] | None) -> None:
    assert list(read_numbers(text)) == ([number] if number else [])


@pytest.mark.parametrize(
    ("words", "value"), [("three", "3"), ("twenty-five", "25"), ("Ninety nine", "99"), ("a hundred", "100")]
)
def test_words_are_numbers_too(words: str, value: str) -> None:
    assert read_facts(words).numbers == {(value, "")}


def test_one_is_a_number_before_a_unit_alone() -> None:
    assert read_facts("within one working day, one-year cover").numbers == {("1", "day"), ("1", "year")}
    assert read_facts("one of us finds the one you lost").numbers == set()


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("14:00", {840}),
        ("2 pm", {840}),
        ("2 p.m.", {840}),
        ("9 to 11 am", {540, 660}),
        ("9\u20135 pm", {540, 1020}),
        ("at noon", {720}),
        ("9.30am", {570}),
    ],
)
def test_times_are_read(text: str, minutes: set[int]) -> None:
    assert read_facts(text).times == {str(minute) for minute in minutes}


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("25 and 26 December", {"-12-25", "-12-26"}),
        ("December 25th, 2026", {"2026-12-25"}),
        ("2026-12-25", {"2026-12-25"}),
        ("25/12/26", {"2026-12-25"}),
        ("12/25/2026", {"2026-12-25"}),
        ("05/03/2026", {"2026-?5/3"}),
        ("up to 5 may be returned", set()),
    ],
)
def test_dates_are_read(text: str, dates: set[str]) -> None:
    assert read_facts(text).dates == dates


def test_a_span_of_days_names_those_between() -> None:
    assert read_facts("Friday to Monday").names == {"friday", "saturday", "sunday", "monday"}
    assert read_facts("Mon-Wed").names == {"monday", "tuesday", "wednesday"}
    assert read_facts("you may march on; the sun sat").names == set()
    assert read_facts("in May, until March 2027").names == {"may", "march"}


def test_links_are_told_by_where_they_lead() -> None:
    assert read_facts("https://www.Shop.example/a/ and shop.example/a.").links == {"shop.example/a"}
    assert read_facts("http://shop.example@evil.example").links == {"shop.example@evil.example"}
    assert read_facts("evil\u2024example e.g. this, 5.5 a.m.").links == {"evil.example"}
    assert read_facts("mailto:A.B@Shop.example").emails == {"a.b@shop.example"}


def test_phone_numbers_are_their_digits() -> None:
    assert read_facts("01632 960174").phones == read_facts("(01632) 960-174").phones == {"01632960174"}
    assert read_facts("+44 (0)1632 960174").phones == {"+441632960174"}


@pytest.mark.parametrize("sign", ["a", "1", "a.", "1 ", "1,", "(", "a@", "[", "-", "\u0301", "1 am to "])
def test_a_text_made_to_be_slow_is_read_in_time(sign: str) -> None:
    started = time.perf_counter()
    read_facts(sign * (4000 // len(sign)))
    assert time.perf_counter() - started < 5  # and not minutes, as a pattern that goes back and forth takes
