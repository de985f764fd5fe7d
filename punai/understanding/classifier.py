"""A classifier for one set of intents: n-grams, and sentence embeddings where they are there."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from punai.understanding.confidence import Confidence
from punai.understanding.judgement import Judgement
from punai.understanding.lexical import Lexical
from punai.understanding.ngrams import words

if TYPE_CHECKING:
    from punai.understanding.dense import Dense, Floats
    from punai.understanding.minilm import MiniLM

DENSE_SHARE = 0.7
"""How much embeddings count against n-grams: anything from 0.65 to 0.8 does as well."""


@dataclass(frozen=True)
class Judge:
    """The half that knows n-grams and, where it is there, the one that knows sentences."""

    lexical: Lexical
    dense: "Dense | None" = None

    def judge(self, text: str, vector: "Floats | None" = None) -> Judgement | None:
        """None where nothing of the text is known. `vector`: its embedding, if at hand."""
        if not words(text):
            return None
        lexical = self.lexical.judge(text)
        if self.dense is None:
            return lexical
        dense = self.dense.judge(text, vector)
        if lexical is None:
            return dense
        logs = [
            DENSE_SHARE * one + (1 - DENSE_SHARE) * other
            for one, other in zip(dense.logs, lexical.logs, strict=True)
        ]
        return Judgement(logs, dense.likeness, dense.foreign)


@dataclass(frozen=True)
class Classifier:
    """Made by `training.train`. It does not change, and serves several threads."""

    names: Sequence[str]
    judge: Judge
    confidence: Confidence

    @property
    def kind(self) -> str:
        """`full` with embeddings, else `small`."""
        return "full" if self.judge.dense else "small"

    def intents(self, text: str) -> Sequence[tuple[str, float]]:
        """Every intent, the best first; none where nothing of the text is known.

        The first one's number is its confidence; the others' stand to it as their shares do.
        """
        judged = self.judge.judge(text)
        if judged is None:
            return ()
        confidence = self.confidence.of(judged.signs, judged.familiarity)
        ordered = sorted(zip(judged.logs, self.names, strict=True), key=lambda pair: (-pair[0], pair[1]))
        best = ordered[0][0]
        return [(name, confidence * math.exp(log - best)) for log, name in ordered]

    def dump(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        """A header for JSON, and parts by name: what `load` takes."""
        header, parts = self.judge.lexical.dump()
        dense = self.judge.dense.dump() if self.judge.dense else {}
        told = {"names": self.names, "confidence": self.confidence.dump(), "lexical": header}
        return told, {**parts, **dense}

    @classmethod
    def load(
        cls, header: Mapping[str, Any], parts: Mapping[str, bytes], encoder: "MiniLM | None"
    ) -> "Classifier":
        """What was dumped; `encoder` as when it was trained.

        Raises:
            KeyError, ValueError: it is not what was dumped.
        """
        names = header["names"]
        lexical = Lexical.load(header["lexical"], parts, len(names))
        dense = None
        if encoder:
            from punai.understanding.dense import Dense

            dense = Dense.load(encoder, parts, len(names))
        return cls(names, Judge(lexical, dense), Confidence.load(header["confidence"]))
