"""Ids of passages: readable, their own, and the same tomorrow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punai.knowledge.sections import LONGEST_SLUG, Section, passages


def section(*path: str, part: int = 1) -> Section:
    return Section(path=path, text="text", part=part)


def ids(*sections: Section) -> list[str]:
    return [passage.id.removeprefix("a.md#") for passage in passages("a.md", sections)]


def test_passage_says_where_it_stands() -> None:
    [found] = passages(
        "faq/a.md", [Section(path=("Delivery", "To Spain"), text="Five days.", page=3)], prefix="s3:"
    )
    assert (found.id, found.title, found.path) == ("s3:faq/a.md#to-spain", "To Spain", ("Delivery",))
    assert (found.source, found.page, found.text) == ("faq/a.md", 3, "Five days.")


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("To Spain", "to-spain"),
        ("  What's *new*, & how?  ", "what-s-new-how"),
        ("Größe & Höhe", "größe-höhe"),
        ("Cafe\u0301", "café"),
        ("हिन्दी भाषा", "हिन्दी-भाषा"),
        ("配送", "配送"),
        ("2.1 Costs_and_fees", "2-1-costs-and-fees"),
        ("?!", "section"),
    ],
)
def test_slug_is_made_of_the_headings_words(heading: str, slug: str) -> None:
    assert ids(section("Top", heading)) == [slug]


def test_long_heading_has_a_short_slug() -> None:
    assert ids(section("word " * 100)) == [("word-" * 100)[:LONGEST_SLUG].strip("-")]


def test_heading_that_others_have_too_is_told_by_those_above_it() -> None:
    found = ids(section("Delivery", "Costs"), section("Returns", "Costs"), section("Returns", "Time"))
    assert found == ["delivery-costs", "returns-costs", "time"]


def test_repeats_are_counted() -> None:
    assert ids(section("A"), section("A"), section("A 2"), section("A")) == ["a", "a-2", "a-2-2", "a-3"]


def test_parts_of_a_long_section_are_counted_apart_from_repeats() -> None:
    found = ids(section("A"), section("A", part=2), section("A"), section("A", part=2), section("B"))
    assert found == ["a", "a-part-2", "a-2", "a-2-part-2", "b"]


def test_ids_stay_when_other_sections_come_go_or_move() -> None:
    spain, costs = section("Delivery", "To Spain"), section("Returns", "Costs")
    new = section("Delivery", "To France")
    assert ids(spain, costs) == ["to-spain", "costs"]
    assert ids(costs, new, spain) == ["costs", "to-france", "to-spain"]


@given(st.lists(st.tuples(st.sampled_from(["A", "a-2", "B", "a part 2", "?"]), st.sampled_from([1, 2, 3]))))
def test_no_two_passages_have_one_id(found: list[tuple[str, int]]) -> None:
    numbered = ids(*(section(heading, part=part) for heading, part in found))
    assert len(set(numbered)) == len(numbered)
