"""Past conversations through the bot of today: `punai replay`."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import click
from pydantic import ValidationError

from punai.cli.examples import read_objects
from punai.cli.output import print_json, print_table, progress
from punai.cli.report import Report
from punai.cli.session import business_option, open_desk
from punai.models import Inbound
from punai.ports import PunaiError

FIELDS = {"conversation_id": "conversation_id", "user_id": "user_id", "message": "text"}
"""The fields of a line, and what the domain calls them."""


@click.command(epilog="Example: punai replay yesterday.jsonl --out answers.jsonl")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write each turn with its answer there, as JSON lines.",
)
@business_option
def replay(file: Path, as_json: bool, out: Path | None, business: str | None) -> None:
    """Run past conversations through the bot and report what it made of them.

    FILE holds JSON lines with conversation_id, user_id and message. Everything happens in a store of its own,
    in memory: nothing is kept, and no human is told about an escalation. A model, if one is set, is asked.
    """
    if out is not None and out.resolve() == file.resolve():
        raise click.BadParameter("it is the file to replay; name another.", param_hint="'--out'")
    messages = read_messages(file)
    report = _run(messages, out, business)
    if as_json:
        print_json(report.as_json(), indent=2)
    else:
        print_table(report.rows())


def read_messages(path: Path) -> list[Inbound]:
    """Every message of a file to replay.

    Raises:
        PunaiError: a line is wrong, with the file, the line and the field; or there is none.
    """
    messages: list[Inbound] = []
    users: dict[str | None, str] = {}
    for place, found in read_objects(path):
        message = _message(found, place)
        if users.setdefault(message.conversation_id, message.user_id) != message.user_id:
            raise PunaiError(f"{place}: user_id: this conversation began with another user")
        messages.append(message)
    if not messages:
        raise PunaiError(f"{path} holds no messages")
    return messages


def _message(found: Mapping[str, object], place: str) -> Inbound:
    for name in FIELDS:
        if found.get(name) is None:
            raise PunaiError(f"{place}: {name}: is missing")
    try:
        return Inbound.model_validate({inner: found[name] for name, inner in FIELDS.items()})
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        name = next(name for name, inner in FIELDS.items() if inner == problem["loc"][0])
        raise PunaiError(f"{place}: {name}: {problem['msg'][0].lower()}{problem['msg'][1:]}") from error


def _run(messages: Sequence[Inbound], out: Path | None, business: str | None) -> Report:
    desk, tenant = open_desk(business, in_memory=True)
    desk.store.prepare()
    report = Report()
    with ExitStack() as opened:
        copy: TextIO | None = opened.enter_context(out.open("w", encoding="utf-8")) if out else None
        for message in opened.enter_context(progress(messages, "Replaying")):
            start = time.perf_counter()
            turn = desk.receive(tenant.id, message)
            report.add(turn, seconds=time.perf_counter() - start)
            if copy:
                copy.write(turn.model_dump_json() + "\n")
    report.add_escalations(desk.store.escalations(tenant))
    return report
