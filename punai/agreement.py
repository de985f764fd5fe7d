"""What the local classifier and a model are worth together, about one message."""

import re

from punai.models import OTHER, IntentMatch

MOST = 0.9
"""As sure as a model may be by itself. That models are too sure of themselves is known (Xiong et al., 2024,
"Can LLMs Express Their Uncertainty? An Empirical Evaluation of Confidence Elicitation in LLMs",
arXiv:2306.13063); how much of it to believe is chosen here, and measured nowhere."""
UNPROVEN = 0.7
"""What is left of its confidence where its evidence is not what the customer wrote: chosen as well."""


def weigh(label: str, confidence: float, guess: tuple[str, float]) -> tuple[str, float]:
    """The intent that is likelier, the model's or the classifier's, and how likely it is.

    The two are taken for independent witnesses of confidence q and p. Where they agree, they can only be
    wrong together: 1 - (1 - p)(1 - q). Where they disagree they cannot both be right, so each has its share
    of the other cases: q(1 - p) / (1 - pq) are the model's, p(1 - q) / (1 - pq) the classifier's.

    Args:
        label: the model's intent.
        confidence: how sure it is by itself, as `trust` says.
        guess: the classifier's best intent with its confidence, acted on or not.
    """
    name, local = guess
    if label == name:
        return label, 1 - (1 - local) * (1 - confidence)
    possible = 1 - local * confidence
    if local > confidence:
        return name, local * (1 - confidence) / possible
    return label, confidence * (1 - local) / possible


def trust(label: str, said: float, evidence: str, message: str) -> float:
    """How far to believe a model by itself: what it says, within reason; less without the customer's words.

    No words show that a message is `other`, so none are asked for.
    """
    confidence = min(MOST, max(0.0, said))
    proven = (label == OTHER and not evidence.strip()) or _quotes(evidence, message)
    return confidence if proven else confidence * UNPROVEN


def best_guess(match: IntentMatch) -> tuple[str, float]:
    """The classifier's best intent, even one that it was not sure enough of; `other` where there is none."""
    name, share = match.candidates[0] if match.candidates else (OTHER, 0.0)
    return name, min(1.0, max(0.0, share))  # nobody has checked a rival's


def _quotes(evidence: str, message: str) -> bool:
    if quote := _plain(evidence):
        return quote in _plain(message)
    return bool(evidence.strip()) and evidence.strip() in message  # emoji, say


def _plain(text: str) -> str:
    # A model tidies up what it quotes: capitals, apostrophes, the full stop.
    return re.sub(r"\W+", " ", text.casefold()).strip()
