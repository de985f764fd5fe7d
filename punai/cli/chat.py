"""A conversation in the terminal: `punai chat`."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError

from punai.cli.output import printable
from punai.cli.session import business_option, identifier, open_desk
from punai.models import Answer, Inbound, Status, Turn
from punai.ports import PunaiError
from punai.tenant import Tenant

if TYPE_CHECKING:
    from punai.desk import Desk

NOTES: dict[Status, str] = {
    "bot": "the bot answers again",
    "waiting": "a human was asked for",
    "human": "a human has this conversation: what you write is kept for them",
    "closed": "the conversation is closed",
}


@click.command(epilog="Example: punai chat --user customer_123, or in a script: echo hello | punai chat")
@click.option(
    "--user", metavar="ID", default="terminal", show_default=True, callback=identifier, help="Who you are."
)
@business_option
def chat(user: str, business: str | None) -> None:
    """Talk to the bot. It remembers: the same user goes on where they left off.

    Ctrl-D ends it. What comes through a pipe is answered line by line, with the replies and nothing else.
    """
    from punai.worker import Worker

    desk, tenant = open_desk(business)
    desk.store.prepare()
    with Worker(desk):
        if sys.stdin.isatty():
            _converse(desk, tenant, user)
        else:
            _answer_lines(desk, tenant, user)


def _converse(desk: "Desk", tenant: Tenant, user: str) -> None:
    click.secho(f"{printable(tenant.name)}. Ctrl-D ends the conversation.", dim=True)
    status: Status = "bot"
    for line in _typed():
        try:
            answer = _receive(desk, tenant, user, line).answer
        except PunaiError as error:
            click.secho(str(error), fg="red", err=True)
            continue
        if answer is not None:
            _show(answer)
            if answer.status != status:
                click.secho(f"({NOTES[answer.status]})", dim=True)
            status = answer.status


def _answer_lines(desk: "Desk", tenant: Tenant, user: str) -> None:
    for line in sys.stdin:
        if line.strip():
            answer = _receive(desk, tenant, user, line).answer
            if answer is not None and answer.reply:
                click.echo(printable(answer.reply))


def _receive(desk: "Desk", tenant: Tenant, user: str, line: str) -> Turn:
    try:
        inbound = Inbound(user_id=user, text=line)
    except ValidationError as error:
        raise PunaiError(f"a message has at most 4000 characters, this one {len(line.strip())}") from error
    return desk.receive(tenant.id, inbound)


def _typed() -> Iterator[str]:
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - being there is all it takes for input() to edit lines and remember them
    while True:
        try:
            line = input("> ")
        except EOFError:
            print()
            return
        if line.strip():
            yield line


def _show(answer: Answer) -> None:
    if answer.reply:
        click.echo(printable(answer.reply))
    for citation in answer.citations:
        click.secho(f"  from {printable(citation.title)} ({printable(citation.source)})", dim=True)
    if answer.suggestions:
        click.secho(f"  you might say: {printable(' | '.join(answer.suggestions))}", dim=True)
