"""What a model is asked to answer with, filled in: for the script of an `OpenAIServer`."""

import re
from collections.abc import Mapping
from typing import Any


def proposal(reply: str, quotes: Mapping[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    """A model's whole answer to a customer, with fields that say nothing unless told otherwise.

    PunAI sends it only if it rests on the passages that the model was given, or merely asks back.

    Args:
        reply: what the customer reads.
        quotes: by the id of each passage that the reply rests on, at least three words that stand there.
        fields: any other field of the answer, such as `intent`, `confidence` or `needs_human`.
    """
    return {
        "evidence": "",
        "intent": "other",
        "confidence": 0.9,
        "sentiment": "neutral",
        "needs_human": False,
        "human_reason": "",
        "citations": [{"passage_id": name, "quote": quote} for name, quote in (quotes or {}).items()],
        "reply": reply,
        **fields,
    }


def passages_in(request: Mapping[str, Any]) -> dict[str, str]:
    """The passages that a request gives its model, by id: what an answer to it may quote."""
    given = "\n".join(str(message["content"]) for message in request["messages"])
    return dict(
        re.findall(r'^<passage id="([^"]*)"[^\n]*>\n(.*?)\n</passage>$', given, re.DOTALL | re.MULTILINE)
    )
