"""What in a business's examples stands in the way of understanding."""

from collections import defaultdict
from collections.abc import Iterable

from punai.models import Intent
from punai.understanding.ngrams import words

FEW = 5


def shared_examples(intents: Iterable[Intent]) -> list[tuple[str, list[str]]]:
    """Examples that stand under several intents, but for case and punctuation, with the names of these."""
    found: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for intent in intents:
        for example in intent.examples:
            found[tuple(words(example))].setdefault(intent.name, example)
    return [
        (next(iter(names.values())), sorted(names)) for key, names in found.items() if key and len(names) > 1
    ]


def with_few_examples(intents: Iterable[Intent]) -> list[str]:
    """Names of intents with so few examples that a handful more would help."""
    return sorted(intent.name for intent in intents if len(set(intent.examples)) < FEW)
