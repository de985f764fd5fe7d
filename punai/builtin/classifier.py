"""Intents by likeness to the business's own examples: no network, no key (see `punai.understanding`)."""

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

from punai import Intent, IntentMatch, Tenant, Turn, hookimpl
from punai.builtin import mood
from punai.logs import event
from punai.understanding import advice, weights
from punai.understanding.classifier import Classifier
from punai.understanding.trained import BESIDE_THE_PACK, load_or_train

RIVALS = 4
_in_use: dict[str, tuple[Mapping[str, Intent], Classifier]] = {}
_training = Lock()


@hookimpl
def classify_message(
    message: str, history: Sequence[Turn], intents: Mapping[str, Intent], tenant: Tenant
) -> IntentMatch:
    """The intent that the message most likely is, with its rivals."""
    mood_of_it = mood.sentiment(message)
    found = _classifier(intents, tenant).intents(message) if intents else ()
    if not found:
        return IntentMatch(sentiment=mood_of_it)
    (name, confidence), *rivals = found[: 1 + RIVALS]
    return IntentMatch(name=name, confidence=confidence, rivals=tuple(rivals), sentiment=mood_of_it)


def _classifier(intents: Mapping[str, Intent], tenant: Tenant) -> Classifier:
    # By identity first: to compare fifteen thousand examples takes longer than to classify a message.
    known = _in_use.get(tenant.id)
    if known and known[0] is intents:
        return known[1]
    with _training:  # several customers may wait for the same weights
        cache = tenant.setting("punai", "cache", "")
        classifier = _made(tuple(intents.values()), tenant.id, tenant.folder, cache)
    _in_use[tenant.id] = (intents, classifier)
    return classifier


@lru_cache(maxsize=64)
def _made(intents: tuple[Intent, ...], tenant: str, folder: str | None, cache: str) -> Classifier:
    for example, names in advice.shared_examples(intents):
        event(
            "an example stands under several intents",
            level=logging.WARNING,
            tenant=tenant,
            example=example,
            intents=names,
        )
    encoder = weights.encoder(Path(cache)) if cache else None
    beside = [Path(folder) / BESIDE_THE_PACK] if folder else []
    return load_or_train(intents, encoder, beside, Path(cache) / "trained" if cache else None)
