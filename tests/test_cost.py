"""The cost sheet counts units by AWS's rules, and multiplies them with prices that have a source."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from benchmarks.cost.bill import (
    GB,
    LAMBDAS_OWN_LINES,
    TICKS,
    Terms,
    at_rest,
    dollars,
    duration_ms,
    further_business,
    month,
)
from benchmarks.cost.bill import per_conversation as of_one
from benchmarks.cost.measure import measure
from benchmarks.cost.measured import Measured, Taken
from benchmarks.cost.metering import UnitMeter
from benchmarks.cost.prices import PRICES, READ
from benchmarks.cost.sheet import sheet
from benchmarks.cost.units import Item, read_units, size, stored_bytes, write_units
from benchmarks.storage import CACHE, as_nobody
from punai.bootstrap import read_tenants
from punai.builtin.dynamodb.table import Table
from punai.builtin.dynamodb.writes import Write, put, update
from punai.settings import DEFAULT_OPENAI_MODEL, LOCAL, Settings
from punai.testing.dynamodb_local import NotAvailable, running

PLAIN: Item = {"pk": {"S": "p"}, "sk": {"S": "s"}, "ttl": {"N": "1999999999"}}
ORDERED = {**PLAIN, "ord": {"S": "1"}}
UNANSWERED = {**ORDERED, "unanswered": {"S": "T#shop"}}
LARGE = {"text": {"S": "x" * 1500}}


def measured(**fields: Any) -> Measured:
    """Two conversations of two messages each, of which one asked a model once and one brought an e-mail."""
    chat = Taken(
        calls=4,
        cpu_ms=40,
        reads=8,
        writes=20,
        requests={"dynamodb.Query": 8},
        log_bytes=1000,
        sent_bytes=2000,
    )
    outbox = Taken(calls=1, cpu_ms=10, reads=2, writes=4, requests={"dynamodb.Query": 2, "sns.Publish": 1})
    tick = Taken(calls=1, cpu_ms=5, reads=1.5, requests={"dynamodb.Query": 2})
    known: dict[str, Any] = {
        "conversations": 2,
        "chat": chat,
        "outbox": outbox,
        "tick": tick,
        "stored_bytes": GB,
        "retain_days": 365,
        "metrics": 3,
        "tenant_metrics": 2,
        "escalated": 1,
        "answered_by": {"model": 1, "reply": 3},
        "model_calls": 1,
        "prompt_characters": 4000,
        "answer_characters": 400,
        "start_ms": 1000,
    }
    return Measured(**{**known, **fields})


@pytest.mark.parametrize(
    ("before", "after", "in_transaction", "units"),
    [
        (None, PLAIN, False, 1),
        (None, PLAIN, True, 2),
        (None, {**PLAIN, **LARGE}, False, 2),
        (None, {**PLAIN, **LARGE}, True, 4),
        (None, ORDERED, False, 2),
        (None, {**ORDERED, **LARGE}, False, 4),
        (None, {**ORDERED, **LARGE}, True, 6),  # the index costs no more in a transaction
        (None, {**UNANSWERED, **LARGE}, False, 5),  # one index holds little more than the keys
        ({**ORDERED, **LARGE}, ORDERED, False, 4),  # by the larger of both
        (UNANSWERED, ORDERED, False, 3),  # leaves one index, and is another thing in the other
        (ORDERED, {**ORDERED, "ord": {"S": "2"}}, False, 3),  # moves in the index
        (ORDERED, PLAIN, False, 2),
        (ORDERED, ORDERED, False, 1),  # refused, or nothing new
        (None, None, False, 1),
    ],
)
def test_writes_are_counted_by_the_rules(
    before: Item | None, after: Item | None, in_transaction: bool, units: int
) -> None:
    assert write_units(before, after, in_transaction=in_transaction) == units


@pytest.mark.parametrize(
    ("items", "consistent", "units"),
    [
        ([], True, 1),
        ([], False, 0.5),
        ([PLAIN] * 2, True, 1),
        ([LARGE] * 3, True, 2),
        ([LARGE] * 3, False, 1),
    ],
)
def test_reads_are_counted_by_the_rules(items: list[Item], consistent: bool, units: float) -> None:
    assert read_units(items, consistent=consistent) == units


def test_sizes_are_bytes_of_names_and_values() -> None:
    assert size({"pk": {"S": "é"}, "ttl": {"N": "1999999999"}, "n": {"N": "1200"}}) == 2 + 2 + 3 + 6 + 1 + 2
    assert stored_bytes(PLAIN) == size(PLAIN) + 100
    assert stored_bytes(ORDERED) == 2 * size(ORDERED) + 200


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    try:
        with running(CACHE) as address, as_nobody(address):
            table = Table("test-cost")
            table.prepare()
            yield table
    except NotAvailable as reason:
        pytest.skip(str(reason))


def plain(sk: str, **more: str) -> Write:
    item = {"pk": {"S": "p"}, "sk": {"S": sk}, "ttl": {"N": "1999999999"}}
    return put({**item, **{name: {"S": value} for name, value in more.items()}})


ALONE = {
    "new": plain("a"),
    "in an index": plain("b", ord="1"),
    "in both": plain("c", ord="1", unanswered="T#shop"),
    "large": plain("d", ord="1", unanswered="T#shop", text="x" * 1500),
    "answered": update(("p", "c"), "SET answer = :answer REMOVE unanswered", "", answer="y" * 900),
    "moved": update(("p", "b"), "SET ord = :later", "", later="2"),
}


def test_writes_alone_are_counted_as_the_engine_does(table: Table) -> None:
    meter = UnitMeter()
    with meter.counting():
        table.connection.close()  # for a client that is counted
        meter.off = False
        for name, write in ALONE.items():
            table.commit(write)
            assert (name, meter.take_units()) == (name, (0, meter.take().write_units))
        assert table.get(("p", "a"))
        assert len(list(table.query("pk = :pk", pk="p"))) == 4
        assert meter.take_units() == (meter.take().read_units, 0)
        table.commit(plain("e"), plain("f"))  # which the engine counts as one item
        assert meter.take_units() == (0, 4)
        meter.off = True
        table.commit(plain("g"))
        assert meter.take_units() == (0, 0)


def test_time_on_lambda_is_that_of_its_processor_and_what_it_waits_for() -> None:
    taken = Taken(calls=2, cpu_ms=20, requests={"dynamodb.Query": 4, "sns.Publish": 1})
    terms = Terms(memory_mb=1769, model_seconds=2, dynamodb_ms=5, other_ms=30)
    assert duration_ms(taken, terms) == (20 + 4 * 5 + 30) / 2
    assert duration_ms(taken, terms, model_calls=1) == (20 + 4 * 5 + 30 + 2000) / 2
    half = Terms(memory_mb=1769 // 2, dynamodb_ms=0, other_ms=0)
    assert duration_ms(taken, half) == pytest.approx(20, rel=0.01)
    plenty = Terms(memory_mb=10_240, dynamodb_ms=0, other_ms=0)
    assert duration_ms(taken, plenty) == 10


def test_a_conversation_takes_its_share_of_what_was_measured() -> None:
    terms = Terms(memory_mb=1769, model_seconds=1, dynamodb_ms=1, other_ms=10, cold_share=0.2, log_days=365)
    quantities = of_one(measured(), terms)
    assert quantities["DynamoDB writes"] == 12
    assert quantities["DynamoDB reads"] == 5
    # Half a GB a conversation, kept for twelve months.
    assert quantities["DynamoDB storage"] == quantities["DynamoDB point-in-time recovery"] == pytest.approx(6)
    seconds = (40 + 8 + 1000 + 10 + 2 + 10 + 0.2 * 5 * 1000) / 1000
    assert quantities["Lambda compute"] == pytest.approx(seconds / 2 * 1769 / 1024)
    assert quantities["Lambda requests"] == 2.5
    assert quantities["API Gateway (REST)"] == 2
    assert quantities["SNS e-mails"] == 0.5
    logged = (1000 + 5 * len(LAMBDAS_OWN_LINES)) / 2 / GB
    assert quantities["CloudWatch logs taken in"] == pytest.approx(logged)
    assert quantities["CloudWatch logs kept"] == pytest.approx(12 * logged)
    assert quantities["Model: tokens in"] == 500
    assert quantities["Model: tokens out"] == 50


def test_a_month_is_what_stands_and_what_is_said() -> None:
    terms = Terms(left_behind=4)
    silent, resting = month(measured(), terms, 0), at_rest(measured(), terms)
    assert silent["Lambda requests"] == resting["Lambda requests"] == TICKS == 43_800
    assert silent["DynamoDB reads"] == 1.5 * TICKS
    assert silent["CloudWatch alarms"] == 10
    assert (silent["CloudWatch metrics"], resting["CloudWatch metrics"]) == (3, 0)
    assert (silent["DynamoDB storage"], resting["DynamoDB storage"]) == (0, 2)
    busy = month(measured(), terms, 1200)
    assert busy["SNS e-mails"] == pytest.approx(36_500 * 0.5)
    assert busy["Lambda requests"] == pytest.approx(43_800 + 36_500 * 2.5)
    assert further_business(measured()) == {"CloudWatch metrics": 2, "DynamoDB reads": 1.5 * TICKS}


def test_documents_are_looked_for_now_and_then_and_not_at_every_turn() -> None:
    terms = Terms(memory_mb=1769, model_seconds=0, dynamodb_ms=200, other_ms=0)  # 410 ms a turn
    assert month(measured(), terms, 0)["S3 reads"] == 0
    assert month(measured(), terms, 10)["S3 reads"] == pytest.approx(2 * 10 * 365 / 12)
    assert month(measured(), terms, 100_000)["S3 reads"] == pytest.approx(43_800)
    crowd = month(measured(), terms, 1_000_000)["S3 reads"]  # 23 turns a second keep more than nine busy
    assert crowd == pytest.approx(43_800 * 2_000_000 * 0.41 / 86_400)


def test_what_is_provisioned_is_billed_for() -> None:
    assert (Terms().alarms, Terms().dashboards, Terms().log_days) == (10, 1, 30)


def test_units_become_dollars() -> None:
    assert dollars({"DynamoDB writes": 2_000_000, "CloudWatch dashboards": 1, "SNS e-mails": 50_000}) == {
        "DynamoDB writes": 1.25,
        "CloudWatch dashboards": 3,
        "SNS e-mails": 1,
    }


def test_every_price_has_a_source() -> None:
    date.fromisoformat(READ)
    for name, price in PRICES.items():
        assert price.page.startswith("https://"), name
        assert price.read_in, name


def test_the_models_price_is_the_one_that_turns_are_reckoned_with() -> None:
    reckoned = read_tenants(Settings(model=DEFAULT_OPENAI_MODEL))["shop"].setting("model", "price")
    assert reckoned == f"{PRICES['Model: tokens in'].dollars:.2f}/{PRICES['Model: tokens out'].dollars:.2f}"


@pytest.mark.parametrize("markdown", [False, True])
def test_the_sheet_has_the_largest_first_and_names_it(markdown: bool) -> None:
    words = "\n".join(sheet("an engine", {LOCAL: measured(model_calls=0)}, Terms(), markdown=markdown))
    assert "an engine" in words
    _, _, costs = words.partition("US dollars, without a model")
    first, second = costs.index("DynamoDB storage"), costs.index("DynamoDB point-in-time recovery")
    assert first < second < costs.index("API Gateway (REST)") < costs.index("together")
    assert "1,000 a day, a month: DynamoDB storage (5" in costs
    assert all(price.page in words for price in PRICES.values())
    assert ("| DynamoDB storage |" in words) == markdown


def test_the_sample_is_played_through_the_functions_as_on_lambda() -> None:
    engine, by_model = measure([LOCAL], rounds=2, starts=1)
    assert engine
    played = by_model[LOCAL]
    assert (played.chat.calls, played.outbox.calls, played.tick.calls) == (40, 2, 1)
    assert played.escalated == played.outbox.requests["sns.Publish"] == 2
    assert played.chat.writes >= 40 * 6
    assert played.tick.reads == 1.5
    assert played.tick.writes == 0
    assert played.chat.log_bytes > 40 * 100
    assert played.stored_bytes > 40 * 1000
    assert sum(played.answered_by.values()) == 40
    assert played.model_calls == 0
    assert played.metrics == 2 * played.tenant_metrics > 0
    assert played.chat.metric_lines >= 40
    assert min(played.chat.cpu_ms, played.outbox.cpu_ms, played.tick.cpu_ms, played.start_ms) > 0
