"""When to bring in a human, by rules that anybody can read."""

from collections.abc import Sequence

from punai import Conversation, IntentMatch, Passage, Tenant, hookimpl
from punai.builtin import mood
from punai.builtin.unhappiness import trend


@hookimpl
def should_escalate(
    message: str, intent: IntentMatch, passages: Sequence[Passage], conversation: Conversation, tenant: Tenant
) -> str | None:
    """A person asked for or agreed to, a threat, anger, an intent marked `escalate`, no way forward, or a
    conversation that goes wrong."""
    if mood.wants_person(message):
        return "person_requested"
    if mood.threatens(message):
        return "threat"
    answered = any(passage.score >= tenant.thresholds.passage for passage in passages)
    # To a classifier that knows little else, "I want to change..." is like asking for a person.
    guessed = intent.name == "talk_to_human" and answered
    if not guessed and any(known.escalate and known.name == intent.name for known in tenant.intents):
        return f"intent:{intent.name}"
    if mood.is_angry(message):
        return "anger"
    last = conversation.turns[-1].answer if conversation.turns else None
    if last is not None and last.step == "offered_human":
        if mood.agrees(message) or message == tenant.texts.accept_human:
            return "person_requested"
        if mood.declines(message):
            return None
        if intent.name == "other" and not answered:
            return "low_confidence"
    return "unhappy" if trend(message, conversation.turns) > tenant.thresholds.unhappy else None
