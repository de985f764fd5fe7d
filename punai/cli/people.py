"""What is kept about a person: `punai export` and `punai erase`."""

import sys
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

import click

from punai.cli.output import print_json
from punai.cli.session import business_option, open_desk, user_option
from punai.models import Turn
from punai.transcript import lines


@click.command(epilog="Example: punai export --user customer_123 > customer_123.jsonl")
@user_option
@business_option
def export(user: str, business: str | None) -> None:
    """Print every message of a person as JSON lines.

    Each line holds conversation_id, message_id, role (customer, assistant or agent), text and at (ISO 8601,
    UTC), and for the assistant intent, confidence and answered_by. What an agent wrote has agent, the name.
    What the person thought of an answer stands with it as feedback (value, comment, at), and what they
    thought of a conversation with its last message as rating.
    """
    desk, tenant = open_desk(business)
    found = False
    for conversation_id, turns in groupby(desk.store.turns_of(tenant, user), attrgetter("conversation_id")):
        messages = [message for turn in turns for message in _messages(turn)]
        conversation = desk.store.conversation(tenant, conversation_id, history=0)
        if messages and conversation and conversation.rating:
            messages[-1] |= {"rating": conversation.rating.model_dump(mode="json")}
        for message in messages:
            print_json(message)
            found = True
    if not found:
        print(f"punai: nothing is stored about {user}", file=sys.stderr)


@click.command(epilog="Example: punai erase --user customer_123 --yes")
@user_option
@business_option
@click.option("--yes", is_flag=True, help="Do not ask first. In a script nobody is asked anyway.")
def erase(user: str, business: str | None, yes: bool) -> None:
    """Remove every message, conversation and escalation of a person. There is no way back."""
    desk, tenant = open_desk(business)
    asked = sys.stdin.isatty() and not yes
    if asked and not click.confirm(f"Remove everything {tenant.name} keeps about {user}?", err=True):
        raise click.ClickException(f"nothing of {user} was removed")
    count = desk.store.erase(tenant, user)
    print(f"Removed {count} {'message' if count == 1 else 'messages'} of {user}, and what was answered.")


def _messages(turn: Turn) -> Iterator[dict[str, Any]]:
    for line in lines([turn]):
        place = {"conversation_id": turn.conversation_id, "message_id": turn.message_id}
        message = place | line.model_dump(mode="json")
        if line.role == "assistant" and turn.answer:
            message |= turn.answer.model_dump(
                mode="json", include={"intent": True, "confidence": True, "answered_by": True}
            )
        if line.role != "customer" and turn.answer:
            if turn.answer.agent:
                message["agent"] = turn.answer.agent
            if turn.feedback:
                message["feedback"] = turn.feedback.model_dump(mode="json")
        yield message
