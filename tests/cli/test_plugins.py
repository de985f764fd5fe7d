"""`punai plugins`."""

import json
from pathlib import Path

from punai import __version__
from tests.cli.conftest import Run, assert_one_line_error

GREETER = '''"""Says hello in its own way."""
from punai import hookimpl

__version__ = "2.1.0"
PUNAI = ">=0.1,<1"


@hookimpl
def register_intents(register):
    pass


@hookimpl
def should_escalate(message):
    return None
'''


def test_every_plugin_is_listed_with_its_origin_and_hooks(plugins: Path, punai: Run) -> None:
    (plugins / "greeter.py").write_text(GREETER)

    done = punai("plugins")

    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["PLUGIN", "VERSION", "FROM", "HOOKS"]
    assert any(row.split()[:4] == ["classifier", __version__, "built", "in"] for row in rows)
    origin = str(plugins / "greeter.py")
    assert rows[-1].split() == ["greeter", "2.1.0", origin, "register_intents,", "should_escalate"]
    columns = {header.index("HOOKS")} | {row.index("  register_") + 2 for row in rows if "  register_" in row}
    assert len(columns) == 1


def test_list_is_printed_as_json(plugins: Path, punai: Run) -> None:
    (plugins / "greeter.py").write_text(GREETER)
    (plugins / "teahouse/__init__.py").write_text("")

    listed = json.loads(punai("plugins", "--json").stdout)

    own: dict[str, object] = {"version": None, "punai": None, "hooks": []}
    greeter = {"version": "2.1.0", "punai": ">=0.1,<1", "hooks": ["register_intents", "should_escalate"]}
    assert listed[-2:] == [
        {"name": "greeter", "from": str(plugins / "greeter.py"), "pack": None, **greeter},
        {"name": "teahouse", "from": str(plugins / "teahouse/__init__.py"), "pack": "teahouse", **own},
    ]
    assert {"name": "sns", "version": __version__, "from": "built in"}.items() <= next(
        plugin for plugin in listed if plugin["name"] == "sns"
    ).items()


def test_plugin_for_another_punai_is_one_line(plugins: Path, punai: Run) -> None:
    (plugins / "greeter.py").write_text(GREETER.replace(">=0.1,<1", ">=7"))
    assert_one_line_error(punai("plugins"), 1, "greeter.py: it was written for PunAI >=7", __version__)


def test_a_plugin_that_cannot_be_imported_is_one_line(plugins: Path, punai: Run) -> None:
    (plugins / "broken.py").write_text("def broken(:\n")
    assert_one_line_error(punai("plugins"), 1, "broken.py:1")


def test_a_misspelt_hook_is_told_with_the_nearest(plugins: Path, punai: Run) -> None:
    (plugins / "greeter.py").write_text(GREETER.replace("should_escalate", "should_escalte"))
    assert_one_line_error(punai("plugins"), 1, "greeter.py", "should_escalte", "should_escalate")
