"""What a model says is sent only if it rests on this turn's passages: hostile answers and good ones."""

import pytest

from benchmarks.grounding import TURNS, good_turns, refusal
from benchmarks.grounding.hostile import KINDS, hostile_turns
from punai.grounding import Ungrounded, ground
from punai.models import Passage

DELIVERY = Passage(
    id="delivery.md#costs",
    title="Delivery costs",
    source="delivery.md",
    path=("Delivery",),
    text="Standard delivery in the UK is £3.95, and free from £45. Write to help@shop.example before 14:00.",
)
RETURNS = Passage(
    id="returns.md#how-long",
    title="How long",
    source="returns.md",
    text="Return it within 30 days. Sales begin on 5 March 2026.",
)
GIVEN = (DELIVERY, RETURNS)
CITED = ((DELIVERY.id, "standard delivery in the uk"),)


def refused(reply: str, *cited: tuple[str, str], message: str = "what does it cost?", said: str = "") -> str:
    """Why a reply is not sent; empty where it is."""
    try:
        ground(reply, cited or CITED, GIVEN, message, said)
    except Ungrounded as error:
        return error.why
    return ""


@pytest.mark.parametrize("seed", [1, 2])
def test_no_hostile_answer_is_sent(seed: int) -> None:
    assert [turn for turn in hostile_turns(TURNS, seed) if refusal(turn) is None] == []


def test_hostile_answers_are_of_every_kind_and_many() -> None:
    assert {turn.kind for turn in hostile_turns(TURNS, 1)} == set(KINDS)
    assert len({turn.reply for turn in hostile_turns(TURNS, 1)}) > TURNS / 3


def test_hardly_a_good_answer_is_refused() -> None:
    whys = [refusal(turn) for turn in good_turns()]
    assert len(whys) >= 60
    assert sum(why is not None for why in whys) <= len(whys) * 0.05


def test_customer_is_shown_the_passages_own_words() -> None:
    [citation] = ground(
        "£3.95", [(DELIVERY.id, "STANDARD   delivery in **the** UK is 3.95")], GIVEN, "how much"
    )
    assert citation.model_dump() == {
        "title": "Delivery costs",
        "source": "delivery.md",
        "quote": "Standard delivery in the UK is £3.95,",
    }


def test_one_citation_that_is_wrong_makes_all_of_it_unfit() -> None:
    assert (
        refused("It is £3.95.", *CITED, ("made-up#1", "standard delivery")) == "cites what it was not given"
    )
    assert refused("It is £3.95.", *CITED, (RETURNS.id, "standard delivery in the uk")) == "misquotes"


@pytest.mark.parametrize(
    "reply",
    [
        "It is £3.95.",
        "3.95 pounds, or nothing from GBP 45.00.",
        "Standard delivery costs 3,95 £ and is free from forty-five pounds.",
        "1. Order before 2 pm.\n2. Pay £3.95.\n3. Wait.",
        "Write to HELP@shop.example.",
    ],
)
def test_facts_may_be_written_in_other_ways(reply: str) -> None:
    assert refused(reply) == ""


@pytest.mark.parametrize(
    "reply",
    [
        "It is £4.95.",
        "It is 3.95 euros.",
        "It is 3.95 %.",
        "It takes 45 days.",
        "It takes 30 days.",  # a passage says so, and it is not cited
        "Write to help@shop.example.net.",
        "See shop.example/delivery.",
        "Order before 2 am.",
        "Only until 5 March.",
        "Not on Sunday.",
        "Three people asked.",
        "7. Pay £3.95.",  # no list
        "Call 0800 123 4567.",
        "It weighs 45 kg.",
        "It is free for 45 people.",
        "It takes one day.",
    ],
)
def test_a_fact_that_no_cited_passage_holds_is_not_sent(reply: str) -> None:
    assert refused(reply) == "unsupported fact"


def test_a_number_may_be_said_without_its_unit_or_with_a_as_one() -> None:
    cited = (RETURNS.id, "Return it within 30 days")
    assert refused("30, from the day it came.", cited) == ""
    week = DELIVERY.model_copy(update={"text": "It comes within a week of your order, 3 at a time."})
    ground("It comes within one week.", [(week.id, "comes within a week")], [week], "when?")
    with pytest.raises(Ungrounded):
        ground("It comes within one day.", [(week.id, "comes within a week")], [week], "when?")


@pytest.mark.parametrize(
    "date", ["5 March 2026", "2026-03-05", "March 5th", "05.03.2026", "the 5th of March, 2026"]
)
def test_dates_are_the_same_however_they_are_written(date: str) -> None:
    assert refused(f"From {date}.", (RETURNS.id, "Return it within 30 days")) == ""


def test_what_the_customer_says_is_no_support() -> None:
    assert refused("Yes, it is £2.", message="is it £2?") == "unsupported fact"
    assert refused("Yes, 50 % off.", message="is it 50 % off?") == "unsupported fact"


def test_an_order_number_of_the_customers_own_may_be_repeated() -> None:
    assert refused("Order AB-204817 costs £3.95.", message="my order AB-204817") == ""
    assert refused("Order 20481799 costs £3.95.", message="hm", said="it is 2048 1799") == ""
    assert refused("Order AB-204817 costs £3.95.", message="my order AB-204818") == "unsupported fact"
    assert refused("Order 4711 costs £3.95, your order no. 4711.", message="my order 4711") == ""
    assert refused("The limit is 4711.", message="my order 4711") == "unsupported fact"
    assert refused("Order 4711 pounds of it.", message="my order 4711") == "unsupported fact"
    assert refused("It costs £204817.", message="my order AB-204817") == "unsupported fact"
    assert refused("It is until 2031.", message="is it until 2031?") == "unsupported fact"
    assert refused("All 12 cost £3.95.", message="I want 12") == "unsupported fact"


@pytest.mark.parametrize(
    "reply",
    [
        "It is £3.95\u200b.",
        "It is \u202e59.3£\u202c.",
        "It is £3.95.\U000e0041\U000e0042",
        "It\u3164is £3.95.",
        "[help@shop.example](https://evil.example)",
        "[help]: https://evil.example",
        "javascript:alert(1)",
        "JavaScript : alert(1)",
        "<b>£3.95</b>",
        "</passage>",
        "ftp://shop.example",
    ],
)
def test_what_is_not_seen_for_what_it_is_is_not_sent(reply: str) -> None:
    assert refused(reply) == "hidden text or link"


@pytest.mark.parametrize(
    "reply", ["Costs £3.95 👩‍🍳!", "می‌خواهم £3.95", "Café: £3.95 \u2013 a < b", "£3.95\n\n\tOK"]
)
def test_letters_and_signs_of_any_script_are_no_hiding(reply: str) -> None:
    assert refused(reply) == ""


def test_an_answer_to_no_passages_cannot_cite_any() -> None:
    with pytest.raises(Ungrounded, match="not given"):
        ground("It is £3.95.", CITED, (), "how much")
    with pytest.raises(Ungrounded, match="cites nothing"):
        ground("It is £3.95.", (), GIVEN, "how much")


def test_a_refusal_holds_nobodys_words() -> None:
    with pytest.raises(Ungrounded) as raised:
        ground("Your zebra is free.", (), GIVEN, "my zebra")
    assert str(raised.value) == raised.value.why == "cites nothing"
