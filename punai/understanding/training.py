"""From a business's examples to a classifier, trained on them and calibrated by cross-validation."""

import math
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from punai.models import Intent
from punai.understanding.classifier import Classifier, Judge
from punai.understanding.confidence import Curve
from punai.understanding.lexical import Lexical

if TYPE_CHECKING:
    from punai.understanding.dense import Floats
    from punai.understanding.minilm import MiniLM

Progress = Callable[[float], None]
"""Is told which share of the work is done, 0..1."""

DESCRIPTION_WEIGHT = 0.5
"""What an intent's name and description count, read as one more example: on BANKING77 and HWU64 anything from
0.3 to 1 gained one to four points where examples are few, and lost none where they are many."""
FOLDS = 10
ENOUGH = 1000
"""So many examples, judged by who has not seen them, are enough to calibrate on: with more, some folds are
left out."""


class Sample(NamedTuple):
    """A text with the number of its intent, how much it counts, and the fold it is held out in, if any."""

    text: str
    label: int
    importance: float
    fold: int | None


def train(
    intents: Sequence[Intent], encoder: "MiniLM | None" = None, progress: Progress = lambda share: None
) -> Classifier:
    """A classifier for these intents, at least one; in which order they come makes no difference."""
    intents = sorted(intents, key=lambda intent: intent.name)
    samples = _samples(intents)
    folds = min(FOLDS, math.ceil(FOLDS * ENOUGH / len(samples)))
    start = 0.5 if encoder else 0.0  # embedding takes about half of the time
    texts = [sample.text for sample in samples]
    vectors = encoder.embed(texts, lambda done: progress(start * done / len(texts))) if encoder else None

    def part(number: int) -> Progress:
        return lambda share: progress(start + (1 - start) * (number + share) / (folds + 1))

    unseen: list[tuple[float, bool]] = []
    for fold in range(folds):
        held = [number for number, sample in enumerate(samples) if sample.fold == fold]
        kept = [number for number, sample in enumerate(samples) if sample.fold != fold]
        if held:
            judge = _judge(samples, kept, len(intents), encoder, vectors, part(fold))
            unseen += _scores(judge, samples, held, vectors)
    everything = range(len(samples))
    judge = _judge(samples, everything, len(intents), encoder, vectors, part(folds))
    examples = [number for number in everything if samples[number].importance == 1][: ENOUGH * 2]
    seen = [score for score, _ in _scores(judge, samples, examples, vectors)]
    curve = Curve.fit(unseen, seen, nothing=-math.log(len(intents)))
    progress(1.0)
    return Classifier([intent.name for intent in intents], judge, curve)


def _samples(intents: Sequence[Intent]) -> list[Sample]:
    """Each example once, and each intent's description; an intent's only example is never held out."""
    samples: list[Sample] = []
    turn = count()
    for label, intent in enumerate(intents):
        texts = list(dict.fromkeys(intent.examples))
        samples += [
            Sample(text, label, 1.0, next(turn) % FOLDS if len(texts) > 1 else None) for text in texts
        ]
        samples.append(Sample(described(intent), label, DESCRIPTION_WEIGHT, None))
    return samples


def described(intent: Intent) -> str:
    """The intent's name as words, and its description if that says more."""
    name = intent.name.replace("_", " ").replace("-", " ").replace(".", " ")
    return name if name.lower() == intent.description.lower() else f"{name}: {intent.description}"


def _judge(
    samples: Sequence[Sample],
    kept: Sequence[int],
    classes: int,
    encoder: "MiniLM | None",
    vectors: "Floats | None",
    progress: Progress,
) -> Judge:
    labels = [samples[number].label for number in kept]
    importance = [samples[number].importance for number in kept]
    texts = [samples[number].text for number in kept]
    lexical = Lexical.train(texts, labels, importance, classes, progress)
    if encoder is None or vectors is None:
        return Judge(lexical)
    from punai.understanding.dense import Dense

    return Judge(lexical, Dense.train(encoder, vectors[list(kept)], labels, importance, classes))


def _scores(
    judge: Judge, samples: Sequence[Sample], which: Sequence[int], vectors: "Floats | None"
) -> list[tuple[float, bool]]:
    found = []
    for number in which:
        judged = judge.judge(samples[number].text, None if vectors is None else vectors[number])
        if judged:
            right = judged.logs[samples[number].label] == max(judged.logs)
            found.append((judged.score, right))
    return found
