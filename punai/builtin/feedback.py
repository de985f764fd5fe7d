"""A human for whom the answers do not help: `[settings.feedback] escalate_after = N` down-votes."""

from punai import Conversation, Feedback, Tenant, Turn, hookimpl


@hookimpl
def feedback_received(
    feedback: Feedback, turn: Turn, conversation: Conversation, tenant: Tenant
) -> str | None:
    """Enough answers voted down since a human was last asked for: how many are enough, the business says."""
    enough = int(tenant.setting("feedback", "escalate_after", "0"))
    if not enough or feedback.value != "down":
        return None
    # The answer may lie further back than the conversation's last turns do.
    unhelpful = {turn.message_id} | {
        known.message_id
        for known in _since_a_human(conversation)
        if known.feedback and known.feedback.value == "down"
    }
    return "down_votes" if len(unhelpful) >= enough else None


def _since_a_human(conversation: Conversation) -> list[Turn]:
    """The turns since a human was last asked for, or had the conversation: what came before is settled."""
    since: list[Turn] = []
    for turn in conversation.turns:
        since = [] if turn.answer and turn.answer.status != "bot" else [*since, turn]
    return since
