"""The figures of a replay."""

from datetime import UTC, datetime

import pytest

from punai.cli.report import Report
from punai.models import Answer, Turn, Usage


def turn(usage: Usage | None = None) -> Turn:
    answer = Answer(reply="yes", answered_by="model" if usage else "documents", usage=usage)
    return Turn(
        conversation_id="c", message_id="m", user_id="u", text="t", at=datetime.now(UTC), answer=answer
    )


@pytest.mark.parametrize(
    ("milliseconds", "p50", "p95", "longest"),
    [([], None, None, None), ([7], 7, 7, 7), ([4, 1, 3, 2], 2, 4, 4), (range(1, 101), 50, 95, 100)],
)
def test_a_percentile_is_a_latency_that_was_measured(
    milliseconds: list[int], p50: float, p95: float, longest: float
) -> None:
    report = Report()
    for taken in milliseconds:
        report.add(turn(), seconds=taken / 1000)
    assert report.as_json()["latency_ms"] == {"p50": p50, "p95": p95, "max": longest}


def test_the_cost_is_unknown_as_soon_as_one_call_has_no_price() -> None:
    report = Report()
    report.add(turn(Usage(model="m", input_tokens=10, output_tokens=2, cost=0.25)), seconds=0.1)
    assert report.as_json()["cost"] == 0.25
    report.add(turn(Usage(model="m", input_tokens=1)), seconds=0.1)
    assert report.as_json()["cost"] is None
    assert report.as_json()["tokens"] == {"input": 11, "output": 2}
    assert ("cost, US dollars", "not known: set PUNAI_MODEL_PRICE") in report.rows()
