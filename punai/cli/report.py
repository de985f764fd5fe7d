"""What came out of a replay, counted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, get_args

from punai.models import AnsweredBy, Escalation, Turn, Usage

WAYS = [way for way in get_args(AnsweredBy) if way != "elsewhere"]
"""Who can have answered; nothing is answered elsewhere in a replay."""


class Report:
    """Counts turns as they come. Latency in milliseconds, cost in US dollars."""

    def __init__(self) -> None:
        self._conversations: set[str] = set()
        self._answered_by: Counter[str] = Counter()
        self._steps: Counter[str] = Counter()
        self._intents: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._milliseconds: list[float] = []
        self._calls: list[Usage] = []

    def add(self, turn: Turn, *, seconds: float) -> None:
        """Count an answered turn that took so long."""
        self._conversations.add(turn.conversation_id)
        self._milliseconds.append(seconds * 1000)
        if turn.answer is None:
            return
        self._answered_by[turn.answer.answered_by] += 1
        self._steps[turn.answer.step] += 1
        self._intents[turn.answer.intent] += 1
        if turn.answer.usage:
            self._calls.append(turn.answer.usage)

    def add_escalations(self, escalations: Iterable[Escalation]) -> None:
        """Count these by their reasons."""
        self._reasons.update(escalation.reason for escalation in escalations)

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object, with the same keys every time."""
        return {
            "turns": len(self._milliseconds),
            "conversations": len(self._conversations),
            "answered_by": {way: self._answered_by[way] for way in WAYS},
            "clarified": self._steps["clarified"],
            "rephrased": self._steps["rephrased"],
            "offered_human": self._steps["offered_human"],
            "escalated": self._reasons.total(),
            "escalation_reasons": dict(self._reasons.most_common()),
            "intents": dict(self._intents.most_common()),
            "latency_ms": {
                "p50": percentile(self._milliseconds, 0.50),
                "p95": percentile(self._milliseconds, 0.95),
                "max": percentile(self._milliseconds, 1.0),
            },
            "model_calls": len(self._calls),
            "tokens": {
                "input": sum(call.input_tokens for call in self._calls),
                "output": sum(call.output_tokens for call in self._calls),
            },
            "cost": cost_of(self._calls),
        }

    def rows(self) -> list[tuple[str, str]]:
        """The report for people: a name and a figure each."""
        found = self.as_json()
        rows = [("turns", found["turns"]), ("conversations", found["conversations"])]
        rows += [(f"answered by {way}", count) for way, count in found["answered_by"].items()]
        rows += [("clarified", found["clarified"]), ("asked for other words", found["rephrased"])]
        rows += [("offered a human", found["offered_human"])]
        rows += [("escalated", found["escalated"])]
        rows += [(f"because of {reason}", count) for reason, count in found["escalation_reasons"].items()]
        rows += [(f"intent {name}", count) for name, count in found["intents"].items()]
        rows += [(f"latency {name}, ms", value) for name, value in found["latency_ms"].items()]
        rows += [("model calls", found["model_calls"])]
        rows += [(f"tokens, {way}", count) for way, count in found["tokens"].items()]
        cost = "not known: set PUNAI_MODEL_PRICE" if found["cost"] is None else found["cost"]
        return [(name, str(value)) for name, value in [*rows, ("cost, US dollars", cost)]]


def cost_of(calls: Iterable[Usage]) -> float | None:
    """What the calls cost in US dollars; None where the price of one is not known."""
    costs = [call.cost for call in calls]
    return None if None in costs else round(sum(cost or 0.0 for cost in costs), 6)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile: a value that was measured, not one in between."""
    if not values:
        return None
    return round(sorted(values)[ceil(share * len(values)) - 1], 2)
