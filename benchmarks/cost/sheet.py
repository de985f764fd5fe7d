"""The cost sheet, as text or as Markdown."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from benchmarks.cost import bill
from benchmarks.cost.bill import CHARACTERS_PER_TOKEN, Quantities, Terms, duration_ms
from benchmarks.cost.measure import ROOT, measure
from benchmarks.cost.measured import Measured
from benchmarks.cost.prices import PRICES, READ
from benchmarks.cost.sample import CONVERSATIONS
from benchmarks.cost.units import KB
from punai.settings import LOCAL

Row = Sequence[str]
COLUMNS = ("1,000 conversations", "at rest, a month", "1,000 a day, a month", "100,000 a day, a month")
BUSY = COLUMNS.index("1,000 a day, a month")
"""The column by which items are sorted."""


def run(model_seconds: float = 1.5, memory_mb: int | None = None, *, markdown: bool = False) -> None:
    """Measure, and print the sheet: without a model, and with one that takes so long."""
    engine, by_model = measure()
    terms = Terms(memory_mb=memory_mb or _configured_memory(), model_seconds=model_seconds)
    print("cost:")
    print(*sheet(engine, by_model, terms, markdown=markdown), sep="\n")


def sheet(
    engine: str, by_model: Mapping[str, Measured], terms: Terms, *, markdown: bool = False
) -> Iterator[str]:
    """The sheet, piece by piece."""
    show, margin = (_markdown, "") if markdown else (_text, "      ")
    yield from (f"{'- ' if markdown else margin}{line}" for line in _given(engine, terms))
    yield show(("measured", *by_model), _measured_rows(list(by_model.values()), terms))
    for model, measured in by_model.items():
        title = "US dollars, without a model" if model == LOCAL else f"US dollars, with {model}"
        columns = [bill.dollars(column) for column in scenarios(measured, terms)]
        yield show((title, *COLUMNS), _cost_rows(columns))
        yield f"\n{margin}most of it: {'; '.join(_largest(columns))}"
        more = sum(bill.dollars(bill.further_business(measured)).values())
        yield f"\n{margin}each further business, a month, beside what its customers say: {_money(more)}"
    yield _prices(markdown)


def scenarios(measured: Measured, terms: Terms) -> list[Quantities]:
    """What is used in each of `COLUMNS`."""
    return [
        bill.times(bill.per_conversation(measured, terms), 1_000),
        bill.at_rest(measured, terms),
        bill.month(measured, terms, 1_000),
        bill.month(measured, terms, 100_000),
    ]


def _configured_memory() -> int:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    return int(config["lambda_memory_size"])


def _given(engine: str, terms: Terms) -> Iterator[str]:
    number = len(CONVERSATIONS)
    yield f"measured on {engine}, with SNS on moto and a model server that answers at once"
    yield f"{number} conversations of 4 messages; one asks for a person: an e-mail, and a line in the log"
    yield f"given: {terms.memory_mb} MB, a processor as fast as this one; {terms.cold_share:.0%} cold starts"
    waits = (terms.model_seconds * 1000, terms.dynamodb_ms, terms.other_ms)
    yield "a model takes {:g} ms, DynamoDB {:g} ms, SNS {:g} ms".format(*waits)
    yield f"one business; {terms.alarms} metrics in alarms, {terms.dashboards} dashboard"
    yield f"logs are kept {terms.log_days} days; in busy months, the ones before were the same"
    yield f"at rest nobody talks, and {terms.left_behind:,} conversations are stored"
    yield "us-east-1; the free tier is not counted"


def _measured_rows(by_model: Sequence[Measured], terms: Terms) -> Iterator[Row]:
    def row(what: str, value: Callable[[Measured], float], digits: int = 1) -> Row:
        return (what, *(f"{value(measured):,.{digits}f}" for measured in by_model))

    def each(field: str) -> Callable[[Measured], float]:
        return lambda one: (getattr(one.chat, field) + getattr(one.outbox, field)) / one.conversations

    def calls(name: str) -> Callable[[Measured], float]:
        return lambda one: (
            (one.chat.requests.get(name, 0) + one.outbox.requests.get(name, 0)) / one.conversations
        )

    yield row("a conversation: DynamoDB write units, by AWS's rules", each("writes"))
    yield row("   as the engine counts them", each("engine_writes"))
    yield row("   DynamoDB read units, by AWS's rules", each("reads"))
    yield row("   as the engine counts them", each("engine_reads"))
    for name in sorted({name for one in by_model for name in (*one.chat.requests, *one.outbox.requests)}):
        yield row(f"   {name}", calls(name))
    yield row("   KB stored", lambda one: one.stored_bytes / one.conversations / KB)
    yield row("   KB logged, without what Lambda logs itself", lambda one: each("log_bytes")(one) / KB)
    yield row("   lines with metrics", each("metric_lines"))
    yield row("   calls of the model", lambda one: one.model_calls / one.conversations)
    yield row(
        "a call of the model: tokens in, at 4 characters", lambda one: _tokens(one, one.prompt_characters), 0
    )
    yield row("   tokens out", lambda one: _tokens(one, one.answer_characters), 0)
    yield row("a turn: processor ms", lambda one: one.chat.cpu_ms / one.chat.calls)
    yield row("   ms on Lambda", lambda one: duration_ms(one.chat, terms, model_calls=one.model_calls), 0)
    yield row("a batch of the stream: ms on Lambda", lambda one: duration_ms(one.outbox, terms), 0)
    yield row("a tick of the schedule: ms on Lambda", lambda one: duration_ms(one.tick, terms), 0)
    yield row("   DynamoDB read units", lambda one: one.tick.reads)
    yield row("a cold start: processor ms", lambda one: one.start_ms, 0)
    yield row("metrics published", lambda one: one.metrics, 0)


def _tokens(measured: Measured, characters: int) -> float:
    return characters / CHARACTERS_PER_TOKEN / measured.model_calls if measured.model_calls else 0


def _cost_rows(columns: Sequence[Mapping[str, float]]) -> Iterator[Row]:
    for name in sorted(PRICES, key=lambda name: -columns[BUSY].get(name, 0)):
        costs = [column.get(name, 0) for column in columns]
        if any(costs):
            yield (name, *map(_money, costs))
    yield ("together", *(_money(sum(column.values())) for column in columns))


def _largest(columns: Sequence[Mapping[str, float]]) -> Iterator[str]:
    for label, column in zip(COLUMNS, columns, strict=True):
        name = max(column, key=lambda name: column[name])
        yield f"{label}: {name} ({column[name] / sum(column.values()):.0%})"


def _money(dollars: float) -> str:
    if not dollars or dollars >= 100:
        return f"{dollars:,.0f}"
    return f"{dollars:.2f}" if dollars >= 1 else f"{dollars:.4f}"


def _prices(markdown: bool) -> str:
    """Every price with its source: a table, or as text, which would be too wide, a list."""
    rows = [
        (
            name,
            f"{price.dollars:.10f}".rstrip("0").rstrip("."),
            price.unit_as_text,
            price.page,
            price.read_in,
            price.free,
        )
        for name, price in PRICES.items()
    ]
    if markdown:
        return _markdown(("prices", "US dollars", "for", "page", f"figure read in, on {READ}", "free"), rows)
    lines = [f"\n      prices, read on {READ}"]
    for name, amount, unit, page, read_in, free in rows:
        lines.append(f"      {name}: {amount} for {unit}{f'; free: {free}' if free else ''}")
        lines += [f"         {page}", f"         {read_in}"]
    return "\n".join(lines)


def _markdown(head: Row, rows: Iterable[Row]) -> str:
    ruler = ["---", *("---:" for _ in head[1:])]
    return "\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ruler, *rows))


def _text(head: Row, rows: Iterable[Row]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = ""
    for first, *others in lines:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        text += f"\n      {first.ljust(widths[0])}  {'  '.join(cells)}"
    return text
