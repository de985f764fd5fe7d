"""`punai plugins`."""

from pathlib import Path

from tests.cli.conftest import Run, assert_one_line_error

GREETER = '''"""Says hello in its own way."""
from punai import hookimpl


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
    assert header.split() == ["PLUGIN", "FROM", "HOOKS"]
    assert any(row.split()[:3] == ["classifier", "built", "in"] for row in rows)
    origin = str(plugins / "greeter.py")
    assert rows[-1].split() == ["greeter", origin, "register_intents,", "should_escalate"]
    columns = {header.index("HOOKS")} | {row.index("  register_") + 2 for row in rows if "  register_" in row}
    assert len(columns) == 1


def test_a_plugin_that_cannot_be_imported_is_one_line(plugins: Path, punai: Run) -> None:
    (plugins / "broken.py").write_text("def broken(:\n")
    assert_one_line_error(punai("plugins"), 1, "broken.py:1")


def test_a_misspelt_hook_is_told_with_the_nearest(plugins: Path, punai: Run) -> None:
    (plugins / "greeter.py").write_text(GREETER.replace("should_escalate", "should_escalte"))
    assert_one_line_error(punai("plugins"), 1, "greeter.py", "should_escalte", "should_escalate")
