"""Business packs: `punai pack new`."""

import re
import shlex
import tempfile
from pathlib import Path

import click

from punai.cli import pack_text
from punai.cli.examples import Grouped, group, read_rows
from punai.ports import PunaiError


@click.group(no_args_is_help=False)
def pack() -> None:
    """Make business packs: a folder with business.toml and the business's documents."""


@pack.command(epilog="Example: punai pack new acme_shop --examples labelled.csv")
@click.argument("name")
@click.option(
    "--examples",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Labelled messages to make intents from: CSV or JSON lines with text and intent.",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("plugins"),
    envvar="PUNAI_PLUGINS",
    show_default="PUNAI_PLUGINS, or plugins",
    help="The folder to put it into.",
)
def new(name: str, examples: Path | None, into: Path) -> None:
    """Write a business pack called NAME, to fill in or made from labelled messages.

    With --examples every label becomes an intent with its messages as examples. Rows without text or label,
    rows labelled other or NO_NODES_DETECTED, and repetitions are left out, and counted.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        raise click.BadParameter(
            f"{name!r}: use letters, digits, - and _ only, such as acme_shop.", param_hint="'NAME'"
        )
    folder = into / name
    if folder.exists():
        raise PunaiError(f"{folder} is there already; choose another name, or remove it first")
    title = re.sub(r"[_-]+", " ", name).strip().title()
    if examples is None:
        _write(folder, title, pack_text.starter(title))
        click.echo(f"Wrote {folder}, with three intents to replace by your own.")
    else:
        grouped = group(read_rows(examples))
        if not grouped.examples:
            raise PunaiError(f"{examples} holds no message with an intent; nothing was written")
        _write(folder, title, pack_text.from_examples(title, grouped.examples, grouped.labels))
        click.echo(_summary(folder, grouped))
    _say_what_next(folder)


def _write(folder: Path, title: str, business: str) -> None:
    """Write the pack beside its place, read it back as PunAI will, and only then move it there."""
    from punai.business import FILE, read_pack

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-pack-") as aside:
        draft = Path(aside) / folder.name
        (draft / "knowledge").mkdir(parents=True)
        for place, text in {
            FILE: business,
            "README.md": pack_text.readme(title),
            f"knowledge/{pack_text.PLACEHOLDER_NAME}": pack_text.PLACEHOLDER,
        }.items():
            (draft / place).write_text(text, encoding="utf-8", newline="\n")
        read_pack(draft)
        draft.rename(folder)


def _summary(folder: Path, grouped: Grouped) -> str:
    count = sum(map(len, grouped.examples.values()))
    left_out = {
        "repeated": grouped.repeated,
        "under a second intent, where the first was kept": grouped.contradicting,
        "out of scope": grouped.out_of_scope,
        "without text or intent": grouped.empty,
        "too long": grouped.too_long,
    }
    text = f"Wrote {folder}, with {len(grouped.examples)} intents from {count} messages."
    reasons = ", ".join(f"{number} {reason}" for reason, number in left_out.items() if number)
    return f"{text} Left out: {reasons}." if reasons else text


def _say_what_next(folder: Path) -> None:
    click.echo(
        f"Next: look through {folder / 'business.toml'}, put documents into {folder / 'knowledge'}, "
        f"then try it: PUNAI_PLUGINS={shlex.quote(str(folder.parent))} punai chat --business {folder.name}"
    )
