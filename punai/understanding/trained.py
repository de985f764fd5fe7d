"""Classifiers by what they are trained from: found in a file, or trained and kept in one."""

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from punai.logs import event
from punai.models import Intent
from punai.understanding import artefact
from punai.understanding.classifier import Classifier
from punai.understanding.training import Progress, train

if TYPE_CHECKING:
    from punai.understanding.minilm import MiniLM

VERSION = 5
"""Of what training does: with another one, other weights come of the same examples."""
BESIDE_THE_PACK = "trained"
"""The folder in a business pack that `make package` fills: where there is no cache, as on Lambda."""
SUFFIX = ".weights"
QUIET_SECONDS = 5.0


def file_name(intents: Iterable[Intent], encoder: "MiniLM | None" = None) -> str:
    """Names what is in the file: the examples, the way of training, and the weights of the encoder."""
    told = sorted([intent.name, intent.description, *intent.examples] for intent in intents)
    content = json.dumps([VERSION, encoder.digest if encoder else None, told])
    return hashlib.sha256(content.encode()).hexdigest()[:32] + SUFFIX


def load_or_train(
    intents: Sequence[Intent],
    encoder: "MiniLM | None",
    folders: Sequence[Path],
    cache: Path | None,
    progress: Progress | None = None,
) -> Classifier:
    """From the first of the folders, or the cache, that has it; else trained, and kept in the cache.

    A damaged file is trained anew, and a cache that cannot be written to is passed over, both with a warning.
    """
    name = file_name(intents, encoder)
    for folder in [*folders, *([cache] if cache else [])]:
        found = _load(folder / name, encoder)
        if found:
            return found
    classifier = train(intents, encoder, progress or _Reports(len(intents)))
    if cache:
        try:
            artefact.write(cache / name, *classifier.dump())
        except OSError as error:
            event(
                "trained weights were not kept", level=logging.WARNING, why=error.strerror, folder=str(cache)
            )
    return classifier


def train_into(
    intents: Sequence[Intent],
    folder: Path,
    encoder: "MiniLM | None" = None,
    progress: Progress = lambda share: None,
) -> Path:
    """Train into the folder, unless it is there. Beside a pack, files of its former examples are removed.

    Raises:
        OSError: the folder cannot be written to.
    """
    path = folder / file_name(intents, encoder)
    if _load(path, encoder) is None:
        artefact.write(path, *train(intents, encoder, progress).dump())
    if folder.name == BESIDE_THE_PACK:
        for other in folder.glob(f"*{SUFFIX}"):
            if other != path:
                other.unlink()
    return path


def _load(path: Path, encoder: "MiniLM | None") -> Classifier | None:
    try:
        return Classifier.load(*artefact.read(path), encoder)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        event("trained weights are not usable", level=logging.WARNING, file=str(path), why=str(error))
        return None


class _Reports:
    """Logs progress, every few seconds, of what takes longer than that."""

    def __init__(self, intents: int) -> None:
        self._intents = intents
        self._start = self._last = time.monotonic()

    def __call__(self, share: float) -> None:
        now = time.monotonic()
        if now - self._last >= QUIET_SECONDS:
            self._last = now
            event("learning", intents=self._intents, percent=int(100 * share), seconds=int(now - self._start))
