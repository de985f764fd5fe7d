"""The index of a business's passages: built into a folder, opened in milliseconds, searched."""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from punai.knowledge import dense, lexical
from punai.knowledge import passages as kept
from punai.knowledge.confidence import Evidence, probability
from punai.knowledge.dense import Dense, Embedder
from punai.knowledge.evidence import Look, Reading, gather, look_at
from punai.knowledge.lexical import Lexical
from punai.knowledge.passages import Passages
from punai.knowledge.scale import LOCAL, MINILM, measure
from punai.knowledge.words import Words
from punai.logs import event
from punai.models import Passage

__all__ = ["Embedder", "Index", "build"]

FORMAT = 1
HEADER, PASSAGES, OFFSETS, ENGINE = "index.json", "passages.jsonl", "offsets", "engine"
VECTORS, ROWS = "vectors", "rows"
LONGEST_QUESTION = 4000
"""Characters of a question, and of its context, that are read."""
KEPT_LOOKS = 500
"""Passages whose words are kept in memory; about 10 kB each."""
LONG = 12
"""A question of more telling words is also taken sentence by sentence."""
SENTENCES, TELLING = 8, 3
"""How many of its sentences at most, and how many telling words each must have."""
_SENTENCE = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s*|\n+")


def build(
    folder: Path,
    passages: Sequence[Passage],
    languages: Sequence[str],
    embedder: Embedder | None = None,
    before: "Index | None" = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write everything an index needs into an empty folder.

    Args:
        folder: where to; it exists and is empty.
        passages: what can be found.
        languages: what the business speaks, such as `en` or `pt-BR`: words are stemmed in these.
        embedder: gives vectors, for search by meaning; without one, search is by words alone.
        before: the index until now; the vectors of texts that it holds are not made again.
        progress: told how many passages are done, now and then; the last time, that all are.

    Raises:
        OSError: the folder cannot be written to.
        ValueError: the embedder's vectors are not all equally wide.
    """
    words = Words(languages)
    (folder / ENGINE).mkdir()
    lexical.write(folder / ENGINE, passages, words)
    kept.write(folder / PASSAGES, folder / OFFSETS, passages)
    header: dict[str, Any] = {"format": FORMAT, "languages": list(words.languages)}
    if embedder:
        known = before.vectors_by_text(embedder.name) if before else {}
        width = dense.write(folder / VECTORS, folder / ROWS, passages, embedder, known, progress)
        header |= {"embedder": embedder.name, "width": width}
        if not embedder.name.startswith(LOCAL):
            measured = before.apart if before and before.embedder == embedder.name else None
            header["apart"] = measure(embedder) if measured is None else measured
    if progress:
        progress(len(passages))
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock")]
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    (folder / HEADER).write_text(json.dumps({**header, "sizes": sizes}), encoding="utf-8")


class Index:
    """Passages that can be searched, by several threads at once.

    `passages` is what it holds, `embedder` the name of the one that its vectors are from, "" without any, and
    `apart` how near that puts what has nothing in common, where it was measured.
    """

    def __init__(self, folder: Path, header: Mapping[str, Any]) -> None:
        """`header`: what `build` wrote about the folder."""
        words = Words(header["languages"])
        self.passages = Passages.open(folder / PASSAGES, folder / OFFSETS)
        self.embedder: str = header.get("embedder", "")
        self._lexical = Lexical(folder / ENGINE, words)
        width = header.get("width")
        self.apart: float | None = header.get("apart")
        apart = MINILM if self.apart is None else self.apart
        self._dense = Dense(folder / VECTORS, folder / ROWS, width, apart) if width else None
        # Most customers ask for the same few passages.
        self._look = lru_cache(KEPT_LOOKS)(self._look_at)
        if self._lexical.count != len(self.passages):
            raise ValueError("the index is damaged: its parts hold different passages")

    @classmethod
    def open(cls, folder: Path) -> "Index":
        """The index that `build` wrote into this folder.

        Raises:
            ValueError: it holds none, one of another format, or a damaged one.
        """
        try:
            header = json.loads((folder / HEADER).read_bytes())
            if header["format"] != FORMAT:
                raise ValueError(f"the index is of format {header['format']}, not {FORMAT}")
            for name, size in header["sizes"].items():
                if (folder / name).stat().st_size != size:
                    raise ValueError(f"the index is damaged: {name} has another size than it should")
            return cls(folder, header)
        except (OSError, KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise ValueError(f"the index cannot be read: {type(error).__name__}: {error}") from error

    def search(
        self, question: str, context: str = "", embedder: Embedder | None = None, limit: int = 5
    ) -> list[Passage]:
        """The passages that may answer, best first, each with the probability that it does as its score.

        Args:
            question: what the customer asks, in whatever words and characters.
            context: what it is likely about, as a hint: the intent, the question before.
            embedder: the one that the index was built with; without it, with another, or where it fails,
                the words alone are searched.
            limit: how many passages at most.
        """
        found: dict[int, float] = {}
        for reading in self.readings(question, context, embedder):
            for number, evidence in self.evidence(reading, limit):
                found[number] = max(found.get(number, 0.0), probability(evidence))
        best = sorted(found, key=lambda number: (-found[number], number))[:limit]
        return [self.passages[number].model_copy(update={"score": found[number]}) for number in best]

    def readings(self, question: str, context: str = "", embedder: Embedder | None = None) -> list[Reading]:
        """The question by itself; together with what it is likely about; and a long one's sentences."""
        question, context = question[:LONGEST_QUESTION], context[:LONGEST_QUESTION]
        asked = self._lexical.terms(question)
        hints = [term._replace(weight=term.weight / 2) for term in self._lexical.terms(context)]
        readings = [Reading(question, asked)]
        if asked and hints:
            known = {term.terms for term in asked}
            hints = [term for term in hints if term.terms not in known]
            readings.append(Reading(context, asked, hints))
        if len(asked) > LONG:
            sentences = [text for text in _SENTENCE.split(question) if text != question][:SENTENCES]
            parts = [Reading(text, self._lexical.terms(text)) for text in sentences]
            readings += [part for part in parts if len(part.terms) >= TELLING]
        return self._with_vectors(readings, embedder)

    def evidence(self, reading: Reading, limit: int = 0) -> list[tuple[int, Evidence]]:
        """The passages that may answer the question, so taken, with what speaks for each, best first."""
        return gather(reading, self._look, self._lexical, self._dense, limit)

    def vectors_by_text(self, embedder: str) -> dict[str, bytes]:
        """The vectors of the index by their texts, where they are this embedder's."""
        if self._dense is None or self.embedder != embedder:
            return {}
        texts = (text for passage in self.passages for _, text in dense.texts_of(passage))
        try:
            return {text: vector for text, (_, vector) in zip(texts, self._dense.rows(), strict=True)}
        except OSError:  # somebody tidied up what was unpacked: they are made again
            return {}

    def _look_at(self, number: int) -> Look:
        return look_at(self.passages[number], self._lexical)

    def _with_vectors(self, readings: list[Reading], embedder: Embedder | None) -> list[Reading]:
        if self._dense is None or embedder is None or embedder.name != self.embedder:
            return readings
        try:
            vectors = embedder([reading.text for reading in readings])
            pairs = list(zip(readings, vectors, strict=True))
            self._dense.check(vectors)
        except Exception as error:  # a provider's, which may fail in any way: the words still serve
            event("searching by words alone", level=logging.WARNING, why=type(error).__name__)
            return readings
        asked = vectors[0]
        return [
            reading._replace(vector=dense.mixed(asked, vector) if reading.hints else vector)
            for reading, vector in pairs
        ]
