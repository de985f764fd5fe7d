"""How well messages are understood, on public sets that are read from the folder in `PUNAI_DATA`.

None of them comes with PunAI: BANKING77 and HWU64 with their few-shot splits, one shop's part of HINT3.
`PUNAI_CASES=HWU64` measures on those alone whose name holds the word; `15,000` is what it costs a machine.
`PUNAI_PLOTS=docs/images` draws how far confidence can be believed, as `punai eval --plot` does.
"""

import csv
import os
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import footprint
from punai import evaluation as measure
from punai.cli import reliability_plot
from punai.evaluation import Outcome
from punai.models import OTHER, Intent
from punai.settings import Settings
from punai.tenant import Thresholds
from punai.understanding import weights
from punai.understanding.classifier import Classifier
from punai.understanding.training import train

Labelled = list[tuple[str, str]]
THRESHOLD = Thresholds().intent


class Case(NamedTuple):
    """What to train on, what to ask, and the aim for each size: a share of messages, None for none."""

    name: str
    training: str
    test: str
    full: float | None
    small: float | None


CASES = (
    Case("BANKING77, 10 an intent", "banking77/train_10", "banking77/test.csv", 0.87, 0.77),
    Case("BANKING77, all", "banking77/train.csv", "banking77/test.csv", 0.945, 0.92),
    Case("HWU64, 10 an intent", "hwu64/train_10", "hwu64/test", 0.85, None),
    Case("HWU64, all", "hwu64/train", "hwu64/test", 0.925, None),
    Case("HINT3 sofmattress", "hint3_sofmattress/train.csv", "hint3_sofmattress/test.csv", 0.75, None),
)


def run() -> None:
    """Print, for both sizes, what is measured on each set beside the aim."""
    folder = Path(os.environ.get("PUNAI_DATA") or "")
    if not os.environ.get("PUNAI_DATA") or not folder.is_dir():
        print(
            "understanding: skipped, PUNAI_DATA names no folder with banking77, hwu64 and hint3_sofmattress"
        )
        return
    encoder = weights.encoder(Settings().cache.expanduser())
    if encoder is None:
        print("understanding: the full classifier is skipped, punai understanding build fetches its weights")
    wanted = os.environ.get("PUNAI_CASES", "")
    for case in CASES:
        if wanted not in case.name or not (folder / case.training).exists():
            continue
        for chosen in [encoder, None] if encoder else [None]:
            start = time.process_time()
            classifier = train(intents_of(read(folder / case.training)), chosen)
            _report(case, classifier, read(folder / case.test), time.process_time() - start)
    many = f"{footprint.EXAMPLES:,}, BANKING77 and HWU64 together"
    if wanted in many and all((folder / set_).exists() for set_ in ("banking77/train.csv", "hwu64/train")):
        both = read(folder / "banking77/train.csv") + read(folder / "hwu64/train")
        messages = [text for text, _ in read(folder / "banking77/test.csv")]
        for size in ["full", "small"] if encoder else ["small"]:
            footprint.measure(intents_of(both[: footprint.EXAMPLES]), messages, size)


def _report(case: Case, classifier: Classifier, test: Labelled, seconds: float) -> None:
    times: list[float] = []
    gated = list(_outcomes(classifier, test, times))
    forced = [outcome._replace(accepted=True) for outcome in gated]
    aim = case.full if classifier.kind == "full" else case.small
    accuracy, recall = measure.in_scope_accuracy(forced), measure.out_of_scope_recall(gated)
    kept = measure.in_scope_accuracy(gated)
    figure = accuracy if recall is None or kept is None else (kept + recall) / 2
    parts = [
        f"understanding: {case.name + ', ' + classifier.kind:<31}",
        f"{_percent(figure)}, aim {_percent(aim)}; at the threshold {_percent(kept)}",
        f"out of scope {_percent(recall)}; calibration error {measure.calibration_error(gated):.3f}",
        f"at 95 % precision {_percent(measure.coverage(gated))} covered",
        f"{statistics.median(times):.2f} ms a message; trained in {seconds:.0f} s of processor time",
    ]
    print("; ".join(parts), flush=True)
    if plots := os.environ.get("PUNAI_PLOTS"):
        name = re.sub(r"\W+", "-", f"reliability {case.name} {classifier.kind}".lower())
        Path(plots, f"{name}.png").write_bytes(reliability_plot.draw(measure.reliability(gated)))


def _outcomes(classifier: Classifier, test: Labelled, times: list[float]) -> Iterator[Outcome]:
    for text, wanted in test:
        start = time.perf_counter()
        found = classifier.intents(text)
        times.append((time.perf_counter() - start) * 1000)
        guess, confidence = found[0] if found else (OTHER, 0.0)
        yield Outcome.of(wanted, guess, confidence, confidence >= THRESHOLD)


def intents_of(labelled: Labelled) -> Sequence[Intent]:
    """As `punai pack new --examples` makes them: the label is all that is known beside the examples."""
    examples: dict[str, list[str]] = {}
    for text, label in labelled:
        examples.setdefault(label, []).append(text)
    return [
        Intent(name=label, description=label.replace("_", " "), examples=tuple(texts))
        for label, texts in examples.items()
    ]


def read(path: Path) -> Labelled:
    """Texts with labels, from a CSV file of two columns, or a folder with `seq.in` and `label`."""
    if path.is_dir():
        texts, labels = (
            (path / name).read_text(encoding="utf-8").splitlines() for name in ("seq.in", "label")
        )
        rows = list(zip(texts, labels, strict=True))
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(text, label) for text, label in list(csv.reader(file))[1:]]
    # HINT3's mark for out of scope, and the one label that no intent can be called by.
    return [(text, OTHER if label == "NO_NODES_DETECTED" else label.rstrip("?")) for text, label in rows]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
