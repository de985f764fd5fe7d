"""Intents by likeness to the business's own examples: no network, no key, no libraries.

Two views of the same word and character n-grams are joined: complement naive Bayes (Rennie et al., 2003,
"Tackling the Poor Assumptions of Naive Bayes Text Classifiers") tells the intents apart, and the cosine to
the nearest examples tells whether the message is like any of them at all. The confidence is the geometric
mean of the two, so that a message unlike every example never scores high.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from punai import Intent, IntentMatch, Tenant, Turn, hookimpl
from punai.builtin import mood

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
NEIGHBOURS = 5
SMOOTHING = 0.5
BAYES_WEIGHT = 8.0
LIKENESS_WEIGHT = 8.0
RIVALS = 4


@hookimpl
def classify_message(
    message: str, history: Sequence[Turn], intents: Mapping[str, Intent], tenant: Tenant
) -> IntentMatch:
    """The intent whose examples the message is most like, with its rivals."""
    mood_of_it = mood.sentiment(message)
    scores = _classifier(tuple(intents.values())).scores(message)
    if not scores:
        return IntentMatch(sentiment=mood_of_it)
    name, confidence = scores[0]
    return IntentMatch(
        name=name, confidence=confidence, rivals=tuple(scores[1 : 1 + RIVALS]), sentiment=mood_of_it
    )


class Classifier:
    """The examples of some intents, weighted for comparison."""

    def __init__(self, intents: Sequence[Intent]) -> None:
        """Weigh the n-grams of every example; milliseconds for hundreds of them."""
        labelled = [(features(text), intent.name) for intent in intents for text in intent.examples]
        self._labels = [label for _, label in labelled]
        appearances = Counter(feature for found, _ in labelled for feature in found)
        self._rarity = {
            feature: math.log((1 + len(labelled)) / (1 + count)) + 1 for feature, count in appearances.items()
        }
        self._rarity_of_unknown = math.log(1 + len(labelled)) + 1
        self._examples = self._inverted([found for found, _ in labelled])
        self._names = list(dict.fromkeys(self._labels))
        self._evidence = _complement_bayes(labelled, self._names)

    def scores(self, text: str) -> list[tuple[str, float]]:
        """Intents with a confidence in 0..1, the best first; empty where nothing at all is shared."""
        found = self._weighted(features(text))
        likeness, nearest = self._likeness(found)
        if not likeness:
            return []
        total = {
            label: BAYES_WEIGHT * evidence + LIKENESS_WEIGHT * likeness.get(label, 0.0)
            for label, evidence in zip(self._names, self._bayes(found), strict=True)
        }
        highest = max(total.values())
        share = {label: math.exp(value - highest) for label, value in total.items()}
        whole = sum(share.values())
        confidence = {
            label: math.sqrt(part / whole * min(1.0, nearest.get(label, 0.0)))
            for label, part in share.items()
        }
        return sorted(confidence.items(), key=lambda pair: (-pair[1], pair[0]))

    def _weighted(self, found: Mapping[str, float]) -> dict[str, float]:
        weights = {
            feature: count * self._rarity.get(feature, self._rarity_of_unknown)
            for feature, count in found.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {feature: weight / length for feature, weight in weights.items()}

    def _inverted(self, examples: Sequence[Mapping[str, float]]) -> dict[str, list[tuple[int, float]]]:
        postings = defaultdict(list)
        for number, found in enumerate(examples):
            for feature, weight in self._weighted(found).items():
                postings[feature].append((number, weight))
        return dict(postings)

    def _likeness(self, found: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
        """By label: a blend of the cosines to its nearest examples, and the highest of them."""
        cosine: dict[int, float] = defaultdict(float)
        for feature, weight in found.items():
            for number, other in self._examples.get(feature, ()):
                cosine[number] += weight * other
        by_label: dict[str, list[float]] = defaultdict(list)
        for number, value in cosine.items():
            by_label[self._labels[number]].append(value)
        nearest = {label: max(values) for label, values in by_label.items()}
        blend = {
            label: 0.6 * nearest[label] + 0.4 * sum(sorted(values, reverse=True)[:NEIGHBOURS]) / NEIGHBOURS
            for label, values in by_label.items()
        }
        return blend, nearest

    def _bayes(self, found: Mapping[str, float]) -> list[float]:
        """How much the n-grams speak for each of the labels, in the order of their names."""
        total = [0.0] * len(self._names)
        for feature, weight in found.items():
            row = self._evidence.get(feature)
            if row:
                total = [so_far + weight * evidence for so_far, evidence in zip(total, row, strict=True)]
        return total


def features(text: str) -> dict[str, float]:
    """Words, pairs of words, and the 3- and 4-grams of each word at half weight, counted."""
    words = WORD.findall(text.lower().replace("\u2019", "'"))
    found: dict[str, float] = defaultdict(float)
    for word in words:
        found[f"w{word}"] += 1
    for first, second in pairwise(words):
        found[f"p{first} {second}"] += 1
    for word in words:
        padded = f" {word} "
        for size in (3, 4):
            for start in range(len(padded) - size + 1):
                found[f"c{padded[start : start + size]}"] += 0.5
    return found


def _complement_bayes(
    labelled: Sequence[tuple[Mapping[str, float], str]], names: Sequence[str]
) -> dict[str, list[float]]:
    """By feature, how much it speaks for each label: how rare it is under all the others."""
    counts: dict[str, dict[str, float]] = {name: defaultdict(float) for name in names}
    total: dict[str, float] = defaultdict(float)
    for found, label in labelled:
        for feature, count in found.items():
            counts[label][feature] += count
            total[feature] += count
    everything = sum(total.values())
    evidence: dict[str, list[float]] = {feature: [] for feature in total}
    for own in counts.values():
        elsewhere = everything - sum(own.values()) + SMOOTHING * len(total)
        weights = [-math.log((total[f] - own.get(f, 0.0) + SMOOTHING) / elsewhere) for f in total]
        scale = len(total) / (sum(abs(weight) for weight in weights) or 1.0)
        for row, weight in zip(evidence.values(), weights, strict=True):
            row.append(weight * scale)
    return evidence


@lru_cache(maxsize=64)
def _classifier(intents: tuple[Intent, ...]) -> Classifier:
    return Classifier(intents)
