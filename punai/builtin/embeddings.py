"""What makes vectors: a provider, by `[settings.knowledge] embeddings`, or MiniLM where its weights are."""

import logging
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from punai import Tenant
from punai.knowledge.index import Embedder
from punai.knowledge.sentences import local_embedder
from punai.logs import event
from punai.ports import ConfigurationError

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

SECONDS, PATIENCE = 1.5, 60.0
"""What a provider has for the vectors of a question, so that the words can still be searched in time, and for
those of a batch of documents."""
QUESTION = 16
"""Texts that a question may have: itself, together with what it is likely about, and its sentences."""
BATCH = 256
"""Texts in one call: providers take some thousand at most, and far fewer of full length."""


def embedder(tenant: Tenant) -> Embedder | None:
    """The business's embedder, the same object each time; None where search is by words alone."""
    cache = tenant.setting("punai", "cache", "")
    return _chosen(tenant.setting("knowledge", "embeddings", ""), cache)


@lru_cache(maxsize=64)
def _chosen(provider: str, cache: str) -> Embedder | None:
    try:
        found = providers_embedder(provider) if provider else None
    except ConfigurationError as error:
        event("searching by words alone", level=logging.WARNING, why=str(error))
        return None
    return found or (local_embedder(Path(cache)) if cache else None)


class ProvidersEmbedder:
    """A provider's embeddings as an embedder."""

    def __init__(self, name: str, quick: "Embeddings", patient: "Embeddings") -> None:
        """`name`: such as `openai:text-embedding-3-small`; `quick` is for questions."""
        self.name, self._quick, self._patient = name, quick, patient

    def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One row for each text.

        Raises whatever the provider's library does where the provider does not answer, or refuses.
        """
        embeddings = self._quick if len(texts) <= QUESTION else self._patient
        rows: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            rows += embeddings.embed_documents(list(texts[start : start + BATCH]))
        return rows


def providers_embedder(name: str) -> ProvidersEmbedder:
    """The embedder of this name, such as `openai:text-embedding-3-small`.

    Raises:
        ConfigurationError: it cannot be set up; the message says why in one line.
    """
    # A third of a second to import: only a business that uses it pays for it.
    from langchain.embeddings import init_embeddings

    try:
        quick, patient = (init_embeddings(name, **_options(name, wait)) for wait in (SECONDS, PATIENCE))
        return ProvidersEmbedder(name, quick, patient)
    except ImportError as error:
        raise ConfigurationError(f"the embeddings {name!r} need a package: {error}") from error
    except Exception as error:
        # Providers raise errors of their own; the name of a missing variable is in their first line.
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigurationError(f"the embeddings {name!r} cannot be set up: {why}") from error


def _options(name: str, wait: float) -> dict[str, Any]:
    """Time-outs, no retries: where vectors are missing, the words alone are searched."""
    if not name.startswith("openai:"):
        return {}
    # Servers that speak OpenAI's protocol take texts, and not the tokens of OpenAI's own tokenizer.
    options: dict[str, Any] = {"timeout": wait, "max_retries": 0, "check_embedding_ctx_length": False}
    if not os.environ.get("OPENAI_API_KEY") and os.environ.get("OPENAI_BASE_URL"):
        options["api_key"] = "none"
    return options
