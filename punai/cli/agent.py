"""What a human does with a conversation, for a business without a help desk: `punai agent`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from punai.cli.output import print_json, printable
from punai.cli.session import business_option, identifier, open_desk
from punai.models import Line, Status, Turn
from punai.ports import NotFound, PunaiError, StatusChanged

if TYPE_CHECKING:
    from punai.desk import Desk

SHOWN = 50
"""Turns that are shown unless told otherwise."""
HOW_IT_IS: dict[Status, str] = {
    "bot": "the bot has it",
    "waiting": "it waits for a human",
    "human": "a human has it",
    "closed": "it is closed",
}


@click.group(epilog="Example: punai agent reply 4f1c2a --name Ben 'Your parcel leaves today.'")
def agent() -> None:
    """Answer a customer yourself: read a conversation, take it, write in it, give it back, close it.

    punai escalations says which conversations wait for a human, with their ids.
    """


def _conversation(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument CONVERSATION_ID, and `--business`."""
    named = click.argument("conversation_id", metavar="CONVERSATION_ID", callback=identifier)
    return named(business_option(command))


@agent.command(epilog="Example: punai agent show 4f1c2a")
@click.option(
    "--last",
    type=click.IntRange(1, 1000),
    default=SHOWN,
    show_default=True,
    help="How many messages with their answers.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@_conversation
def show(conversation_id: str, last: int, as_json: bool, business: str | None) -> None:
    """Show how a conversation stands and what was said in it, oldest first."""
    from punai.transcript import lines

    desk, tenant = open_desk(business)
    found = desk.store.conversation(tenant, conversation_id, history=last)
    if found is None:
        raise NotFound("there is no such conversation; punai escalations lists those that wait for a human")
    said = [_said(turn, line) for turn in found.turns for line in lines([turn])]
    if as_json:
        kept = found.model_dump(mode="json", include={"id", "user_id", "status", "rating"})
        print_json({**kept, "messages": said}, indent=2)
        return
    print(f"{printable(found.user_id)}, {HOW_IT_IS[found.status]}")
    for each in said:
        who = each.get("agent") or each["role"]
        print(f"{each['at'][:16].replace('T', ' ')}Z {printable(who)}: {printable(each['text'])}")
        if vote := each.get("feedback"):
            why = f": {printable(vote['comment'])}" if vote["comment"] else ""
            print(f"  voted {vote['value']}{why}")


def _said(turn: Turn, line: Line) -> dict[str, Any]:
    """One utterance, and of an answer whose it is and what the customer thought of it."""
    said: dict[str, Any] = line.model_dump(mode="json")
    if line.role == "agent" and turn.answer:
        said["agent"] = turn.answer.agent
    if line.role != "customer":
        said["feedback"] = turn.feedback.model_dump(mode="json") if turn.feedback else None
    return said


@agent.command(epilog="Example: punai agent take 4f1c2a")
@_conversation
def take(conversation_id: str, business: str | None) -> None:
    """Take the conversation: the bot keeps quiet in it from now on."""
    desk, tenant = open_desk(business)
    _moved(lambda: desk.take_over(tenant.id, conversation_id))
    print("You have the conversation.")


@agent.command(epilog="Example: punai agent reply 4f1c2a --name Ben 'Your parcel leaves today.'")
@click.option("--name", metavar="NAME", help="What the customer sees of who wrote this.")
@_conversation
@click.argument("text", metavar="TEXT")
def reply(conversation_id: str, text: str, name: str | None, business: str | None) -> None:
    """Write to the customer. Where nobody has the conversation yet, this takes it."""
    if not 1 <= len(text.strip()) <= 4000:
        raise click.BadParameter("1 to 4000 characters, please.", param_hint="TEXT")
    if name is not None and not 1 <= len(name.strip()) <= 128:
        raise click.BadParameter("1 to 128 characters, please.", param_hint="'--name'")
    desk, tenant = open_desk(business)
    _taken(desk, tenant.id, conversation_id)
    _moved(
        lambda: desk.reply_as_agent(
            tenant.id, conversation_id, text.strip(), name=name.strip() if name else None
        )
    )
    print("The customer has your words.")


@agent.command(epilog="Example: punai agent back 4f1c2a")
@_conversation
def back(conversation_id: str, business: str | None) -> None:
    """Give the conversation back to the bot."""
    desk, tenant = open_desk(business)
    _moved(lambda: desk.hand_back(tenant.id, conversation_id))
    print("The bot has the conversation.")


@agent.command(epilog="Example: punai agent close 4f1c2a")
@_conversation
def close(conversation_id: str, business: str | None) -> None:
    """End the conversation: the customer's next message starts a new one."""
    desk, tenant = open_desk(business)
    _moved(lambda: desk.close(tenant.id, conversation_id))
    print("The conversation is closed.")


def _taken(desk: "Desk", tenant: str, conversation_id: str) -> None:
    """See that a human has the conversation."""
    try:
        desk.take_over(tenant, conversation_id)
    except StatusChanged as changed:
        if changed.status != "human":
            raise _refused(changed) from None


def _moved(change: Callable[[], object]) -> None:
    try:
        change()
    except StatusChanged as changed:
        raise _refused(changed) from None


def _refused(changed: StatusChanged) -> PunaiError:
    return PunaiError(f"that cannot be done with this conversation: {HOW_IT_IS[changed.status]}")
