"""What came out of `punai eval`: figures, the worst confusions, and how far confidence can be believed."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from punai import evaluation as measure
from punai.cli.output import printable
from punai.cli.report import cost_of, percentile
from punai.evaluation import Outcome
from punai.models import Usage

CONFUSIONS, MESSAGES = 10, 3
"""How many confusions are told, the worst first, and how many messages of each."""
BINS = 10
BAR, LONGEST = 40, 76
"""The width of the bars, and of a message in the report."""


class Asked(NamedTuple):
    """A message, what came of it, and in how many milliseconds. `expected` None: no escalation is judged."""

    text: str
    outcome: Outcome
    milliseconds: float
    expected: bool | None = None
    escalated: bool = False
    usage: Usage | None = None


class EvaluationReport:
    """The figures over all messages asked. Shares in 0..1, None where there is nothing to take a share of."""

    def __init__(self, asked: Sequence[Asked], *, model: str, threshold: float) -> None:
        """`model`: who understood; `threshold`: the confidence below which a message was `other`."""
        self._asked, self._model, self._threshold = asked, model, threshold
        self._outcomes = [each.outcome for each in asked]

    @property
    def accuracy(self) -> float:
        """The share taken for what they are, out of scope included; 0 without any message."""
        return measure.accuracy(self._outcomes) or 0.0

    def as_json(self) -> dict[str, Any]:
        """One JSON object, with the same keys every time."""
        outcomes = self._outcomes
        calls = [each.usage for each in self._asked if each.usage]
        times = [each.milliseconds for each in self._asked]
        judged = [each for each in self._asked if each.expected is not None]
        return {
            "n": len(outcomes),
            "accuracy": _rounded(self.accuracy),
            "macro_f1": _rounded(measure.macro_f1(outcomes)),
            "in_scope_accuracy": _rounded(measure.in_scope_accuracy(outcomes)),
            "oos_precision": _rounded(measure.out_of_scope_precision(outcomes)),
            "oos_recall": _rounded(measure.out_of_scope_recall(outcomes)),
            "ece": _rounded(measure.calibration_error(outcomes)),
            "coverage_at_95": _rounded(measure.coverage(outcomes, 0.95)),
            "escalation_precision": _share(each.expected for each in judged if each.escalated),
            "escalation_recall": _share(each.escalated for each in judged if each.expected),
            "latency_ms": {"p50": percentile(times, 0.50), "p99": percentile(times, 0.99)},
            "model": self._model,
            "threshold": self._threshold,
            "model_calls": len(calls),
            "tokens": {
                "input": sum(call.input_tokens for call in calls),
                "output": sum(call.output_tokens for call in calls),
            },
            "cost": cost_of(calls),
            "confusions": self.confusions(),
            "reliability": [
                {"n": each.size, "confidence": _rounded(each.confidence), "right": _rounded(each.right)}
                for each in self.reliability()
            ],
        }

    def confusions(self) -> list[dict[str, Any]]:
        """What was taken for something else: wanted, given, count and some messages, most frequent first."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for each in self._asked:
            if each.outcome.given != each.outcome.wanted:
                found[each.outcome.wanted, each.outcome.given].append(each.text)
        worst = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))[:CONFUSIONS]
        return [
            {"wanted": wanted, "given": given, "count": len(texts), "examples": texts[:MESSAGES]}
            for (wanted, given), texts in worst
        ]

    def rows(self) -> list[tuple[str, str]]:
        """The figures for people: a name and a figure each."""
        found = self.as_json()
        rows = [("messages", str(found["n"])), ("understood by", found["model"])]
        rows += [(name, _percent(found[key])) for key, name in SHARES.items() if found[key] is not None]
        rows += [("calibration error", f"{found['ece']:.3f}")]
        rows += [(f"latency {name}, ms", str(value)) for name, value in found["latency_ms"].items()]
        rows += [("model calls", str(found["model_calls"]))]
        rows += [(f"tokens, {way}", str(count)) for way, count in found["tokens"].items() if count]
        cost = "not known: set PUNAI_MODEL_PRICE" if found["cost"] is None else str(found["cost"])
        return [*rows, ("cost, US dollars", cost)]

    def reliability(self) -> list[measure.Bin]:
        """Messages by tenths of confidence."""
        return measure.reliability(self._outcomes, BINS)

    def reliability_lines(self) -> Iterator[str]:
        """A bar for each tenth of confidence: as long as the share that was right; the mark is its claim."""
        full, mark = ("█", "│") if _takes_unicode() else ("#", "|")
        yield "confidence  right  messages"
        for each in self.reliability():
            bar = (full * round(each.right * BAR)).ljust(BAR + 1)
            claim = round(each.confidence * BAR)
            bar = f"{bar[:claim]}{mark}{bar[claim + 1 :]}".rstrip()
            yield f"{each.confidence:10.0%}  {each.right:5.0%}  {each.size:8}  {bar}"

    def confusion_lines(self) -> Iterator[str]:
        """The confusions, each with its messages below."""
        for found in self.confusions():
            yield f"{found['count']:4}  {found['wanted']} -> {found['given']}"
            for text in found["examples"]:
                line = printable(" ".join(text.split()))
                yield f"      {line if len(line) <= LONGEST else line[: LONGEST - 3] + '...'}"


SHARES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "in_scope_accuracy": "accuracy in scope",
    "oos_precision": "out of scope, precision",
    "oos_recall": "out of scope, recall",
    "coverage_at_95": "coverage at 95 % precision",
    "escalation_precision": "escalation, precision",
    "escalation_recall": "escalation, recall",
}
"""The keys of shares, and what people call them."""


def _takes_unicode() -> bool:
    return sys.stdout.encoding.lower().replace("-", "") == "utf8"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _share(truths: Iterable[bool | None]) -> float | None:
    known = list(truths)
    return _rounded(sum(map(bool, known)) / len(known)) if known else None
