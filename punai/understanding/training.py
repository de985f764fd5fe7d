"""From a business's examples to a classifier, trained on them and calibrated by cross-validation."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from punai.models import Intent
from punai.understanding.classifier import Classifier, Judge
from punai.understanding.confidence import Confidence
from punai.understanding.judgement import Signs
from punai.understanding.lexical import Lexical

if TYPE_CHECKING:
    from punai.understanding.dense import Floats
    from punai.understanding.minilm import MiniLM

Progress = Callable[[float], None]
"""Is told which share of the work is done, 0..1."""

DESCRIPTION_WEIGHT = 0.5
"""What an intent's name and description count, read as one more example: on BANKING77 and HWU64 anything from
0.3 to 1 gained one to four points where examples are few, and lost none where they are many."""
EVENED = 0.5
"""How far intents with many examples count as much as those with few: how many a business wrote down says
little of how often customers ask. 0 is not at all, 1 wholly; by cross-validation on BANKING77's training set
the two halves gain 0.1 to 0.3 points with 0.5 or more."""
FOLDS = 10
FEWEST_LEFT = 3
"""No fold is trained on fewer intents: of two one cannot be left out, and the other be called a choice."""
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
    leavable = set(range(len(intents))) if len(intents) > FEWEST_LEFT else set()
    start = 0.5 if encoder else 0.0  # embedding takes about half of the time
    texts = [sample.text for sample in samples]
    vectors = encoder.embed(texts, lambda done: progress(start * done / len(texts))) if encoder else None

    def part(number: int) -> Progress:
        return lambda share: progress(start + (1 - start) * (number + share) / (folds + 1))

    own: list[tuple[Signs, bool]] = []
    foreign: list[Signs] = []
    for fold in range(folds):
        left_out = {label for label in range(len(intents)) if label % FOLDS == fold} & leavable
        held = [number for number, sample in enumerate(samples) if sample.fold == fold]
        if not held:
            continue
        kept = [
            number
            for number, sample in enumerate(samples)
            if sample.fold != fold and sample.label not in left_out
        ]
        judge, known = _judge(samples, kept, encoder, vectors, part(fold))
        familiar = [number for number in held if samples[number].label not in left_out]
        strange = [
            number
            for number, sample in enumerate(samples)
            if sample.importance == 1 and sample.label in left_out
        ]
        own += _seen_by(judge, known, samples, familiar, vectors)
        foreign += [
            signs for signs, _ in _seen_by(judge, known, samples, _some(strange, ENOUGH // folds), vectors)
        ]
    judge, _ = _judge(samples, range(len(samples)), encoder, vectors, part(folds))
    examples = sum(sample.importance == 1 for sample in samples)
    confidence = Confidence.fit(
        "full" if encoder else "small", own, foreign, an_intent=examples / len(intents)
    )
    progress(1.0)
    return Classifier([intent.name for intent in intents], judge, confidence)


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
    encoder: "MiniLM | None",
    vectors: "Floats | None",
    progress: Progress,
) -> tuple[Judge, Sequence[int]]:
    """Trained on the samples kept, and which intents it knows, in the order of its judgements."""
    known = sorted({samples[number].label for number in kept})
    places = {label: place for place, label in enumerate(known)}
    labels = [places[samples[number].label] for number in kept]
    sizes = Counter(labels)
    usual = len(labels) / len(sizes)
    importance = [
        samples[number].importance * (usual / sizes[label]) ** EVENED
        for number, label in zip(kept, labels, strict=True)
    ]
    texts = [samples[number].text for number in kept]
    lexical = Lexical.train(texts, labels, importance, len(known), encoder is None, progress)
    if encoder is None or vectors is None:
        return Judge(lexical), known
    from punai.understanding.dense import Dense

    dense = Dense.train(encoder, vectors[list(kept)], labels, importance, len(known))
    return Judge(lexical, dense), known


def _seen_by(
    judge: Judge,
    known: Sequence[int],
    samples: Sequence[Sample],
    which: Sequence[int],
    vectors: "Floats | None",
) -> list[tuple[Signs, bool]]:
    """The signs of samples, and whether the best intent was theirs; without those that tell nothing."""
    found = []
    for number in which:
        judged = judge.judge(samples[number].text, None if vectors is None else vectors[number])
        if judged:
            best = known[judged.logs.index(max(judged.logs))]
            found.append((judged.signs, best == samples[number].label))
    return found


def _some(numbers: Sequence[int], most: int) -> Sequence[int]:
    """At most so many, from all over."""
    return numbers[:: math.ceil(len(numbers) / most) or 1]
