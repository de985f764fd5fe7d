"""What a customer who is not understood gets: a question, a request for other words, the offer of a human."""

from collections.abc import Mapping, Sequence

from punai.models import OTHER, Answer, Conversation, Draft, Intent, IntentMatch, Step, Turn
from punai.tenant import Ladder, Tenant

SUGGESTIONS = 3
LIKELY = 0.1
NO_QUESTION = frozenset({"greeting", "gratitude", "goodbye"})
"""Small talk that every business has: nobody picks "hi" as what they meant."""


def climb(answer: Answer, conversation: Conversation, tenant: Tenant, guesses: Sequence[str]) -> Draft:
    """The next rung for an answer that rests on too little; a model's own question is kept as the question.

    Args:
        answer: what is known; its `reply` is empty where PunAI is to ask in the business's words.
        conversation: what was tried before is read from its last turns.
        tenant: whose ladder and texts.
        guesses: what the customer may have meant, to pick from.
    """
    step = rung(tenant.ladder, conversation)
    if step not in ("clarified", "rephrased"):
        wish = "low_confidence" if step == "handed_over" else None
        return Draft(answer=offered(answer, step, tenant), wants_human=wish)
    question = tenant.texts.clarify if step == "clarified" else tenant.texts.clarify_again
    asked = {"reply": answer.reply or question, "suggestions": guesses, "step": step}
    return Draft(answer=answer.model_copy(update=asked))


def offered(answer: Answer, step: Step, tenant: Tenant) -> Answer:
    """The offer of a human in place of an answer."""
    offer = {"reply": tenant.texts.offer_human, "suggestions": (tenant.texts.accept_human,), "step": step}
    return answer.model_copy(update={**offer, "answered_by": "fallback", "citations": ()})


def rung(ladder: Ladder, conversation: Conversation) -> Step:
    """How to ask a customer who is not understood again."""
    asked = _asked_in_a_row(conversation)
    if asked < ladder.clarify:
        return "clarified"
    if asked < ladder.clarify + ladder.rephrase:
        return "rephrased"
    return "offered_human" if ladder.offer_human else "handed_over"


def torn(match: IntentMatch, guesses: Sequence[str], conversation: Conversation, tenant: Tenant) -> bool:
    """Whether an intent is sure enough to act on, and still worth a question: others are likely as well, and
    its own reply would not be sent unasked. Who was just offered a human is asked nothing."""
    offered_before = bool(conversation.turns) and _step(conversation.turns[-1]) == "offered_human"
    return match.confidence < tenant.thresholds.reply and len(guesses) > 1 and not offered_before


def suggestions(names: Sequence[tuple[str, float]], intents: Mapping[str, Intent]) -> tuple[str, ...]:
    """An example of each intent that is at all likely, the likeliest first."""
    likely = dict.fromkeys(
        name for name, share in names if share >= LIKELY and name in intents and name not in NO_QUESTION
    )
    return tuple(dict.fromkeys(intents[name].examples[0] for name in likely))[:SUGGESTIONS]


def picked(message: str, conversation: Conversation, intents: Mapping[str, Intent]) -> str:
    """The intent whose suggestion the customer sent back as it was; `other` where it is none."""
    last = conversation.turns[-1].answer if conversation.turns else None
    if last is None or message not in last.suggestions:
        return OTHER
    return next((name for name, intent in intents.items() if intent.examples[0] == message), OTHER)


def _asked_in_a_row(conversation: Conversation) -> int:
    count = 0
    for turn in reversed(conversation.turns):
        if _step(turn) not in ("clarified", "rephrased"):
            break
        count += 1
    return count


def _step(turn: Turn) -> Step | None:
    return turn.answer.step if turn.answer else None
