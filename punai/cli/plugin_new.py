"""A new plugin as a package: `punai plugin new`."""

import re
import shlex
import tempfile
from pathlib import Path

import click

import punai
from punai.cli import plugin_text
from punai.cli.plugin_kinds import KINDS
from punai.ports import PunaiError


@click.command(epilog="Example: punai plugin new crm --kind handler")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    default="handler",
    show_default=True,
    help="What it adds: a way to tell a human, a source of answers, a way to reach customers, a store, or an "
    "understanding of messages.",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="The folder to put it into.",
)
def new(name: str, kind: str, into: Path) -> None:
    """Write a package punai-NAME with one plugin, its tests, and what is needed to publish it.

    It works as it is: punai plugin test finds nothing wrong with it.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name) or len(name) > 50:
        raise click.BadParameter(
            f"{name!r}: use small letters, digits, - and _ only, such as crm.", param_hint="'NAME'"
        )
    if re.match(r"punai[-_]", name):
        short = re.sub(r"^punai[-_]", "", name)
        raise click.BadParameter(
            f"the package is called punai-NAME anyway: use {short}.", param_hint="'NAME'"
        )
    folder = into / f"punai-{name.replace('_', '-')}"
    if folder.exists():
        raise PunaiError(f"{folder} is there already; choose another name, or remove it first")
    _write(folder, files(name, kind))
    module = folder / module_of(name) / "__init__.py"
    click.echo(f"Wrote {folder}, with the {KINDS[kind].title} {name} in {module}.")
    click.echo(f"Next: punai plugin test {shlex.quote(str(folder))}, then make {module} do what you want.")


def files(name: str, kind: str) -> dict[str, str]:
    """The text of every file of the package, by its path in it."""
    module, chosen = module_of(name), KINDS[kind]
    words = {
        "name": name,
        "package": f"punai-{name.replace('_', '-')}",
        "module": module,
        "class_name": "".join(part.capitalize() for part in re.split("[-_]", name)),
        "title": chosen.title,
        "versions": versions(punai.__version__),
        "needs": "".join(f', "{each}"' for each in chosen.needs),
        "trial": chosen.trial.replace("@name@", name),
        "use": chosen.use.replace("@name@", name),
    }
    texts = {
        f"{module}/__init__.py": chosen.code,
        f"{module}/py.typed": "",
        f"tests/test_{name.replace('-', '_')}.py": chosen.test,
        "pyproject.toml": plugin_text.PYPROJECT,
        "README.md": plugin_text.README,
        ".gitignore": plugin_text.GITIGNORE,
        ".github/workflows/test.yml": plugin_text.WORKFLOW,
    }
    # Not str.format: code is full of braces.
    return {path: re.sub(r"@(\w+)@", lambda found: words[found[1]], text) for path, text in texts.items()}


def module_of(name: str) -> str:
    """The module in the package of that plugin."""
    return f"punai_{name.replace('-', '_')}"


def versions(here: str) -> str:
    """The versions of PunAI that what works with this one works with: up to the next that may break it."""
    major, minor = map(int, here.split(".")[:2])
    return f">={major}.{minor},<{major + 1}" if major else f">=0.{minor},<0.{minor + 1}"


def _write(folder: Path, texts: dict[str, str]) -> None:
    """Write everything beside its place, and only then move it there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-plugin-") as aside:
        draft = Path(aside) / folder.name
        for place, text in texts.items():
            (draft / place).parent.mkdir(parents=True, exist_ok=True)
            (draft / place).write_text(text, encoding="utf-8", newline="\n")
        draft.rename(folder)
