"""An embedder's cosines on the scale of MiniLM's, for which the weights of the score were found.

One embedder gives 0.2 to texts that have nothing in common, another 0.7. So each is asked how near it puts
questions about different things: that is noise for every embedder, and 1 is the same text for every one.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from punai.knowledge.dense import Embedder

LOCAL = "minilm:"
"""What the name of the embedder begins with that needs no scale."""
QUESTIONS = (
    "How long does delivery take?",
    "Can I return a jacket that does not fit?",
    "I forgot my password.",
    "What time do you open on Saturday?",
    "The glass arrived broken.",
    "Do you take credit cards?",
    "How do I cancel my subscription?",
    "Is there parking at the hotel?",
    "My internet connection is slow.",
    "How do I clean the coffee machine?",
    "Does the warranty cover the battery?",
    "Can I bring my dog on the train?",
)
"""Each about something else than the others."""
QUANTILE = 0.95
"""Of the cosines between them: noise is what only one pair in twenty goes beyond."""
MINILM = 0.23
"""This quantile of MiniLM's."""
MOST = 0.95
"""An embedder beyond it tells nothing apart: what is not the same is as far as can be."""


def measure(embedder: "Embedder") -> float:
    """How near the embedder puts what has nothing in common.

    Raises whatever the embedder does.
    """
    found = [unit([float(number) for number in vector]) for vector in embedder(QUESTIONS)]
    cosines = sorted(sum(map(mul, one, other)) for one, other in combinations(found, 2))
    return float(cosines[int(QUANTILE * len(cosines))])


def usual(cosine: float, apart: float) -> float:
    """What MiniLM would give for this cosine of an embedder with that noise, from 0 to 1."""
    return min(max(1 - (1 - cosine) * (1 - MINILM) / (1 - min(apart, MOST)), 0.0), 1.0)


def unit(numbers: Sequence[float]) -> list[float]:
    """The vector at length 1; one of zeros stays."""
    length = math.sqrt(sum(number * number for number in numbers)) or 1.0
    return [number / length for number in numbers]
