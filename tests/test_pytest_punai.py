"""PunAI for pytest: nothing where it is not used, a plugin's parts as fixtures where it is."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

UNUSED = """
import sys

def test_punai_is_not_imported(request):
    assert request.config.pluginmanager.has_plugin("pytest_punai")
    assert not [name for name in sys.modules if name == "punai" or name.startswith("punai.")]
"""

USED = """
def test_handler(punai_handler):
    assert punai_handler in ("a", "b") or callable(punai_handler)

def test_plugin(punai_plugin):
    assert list(punai_plugin.handlers) == ["first", "second"]

def test_source(punai_source):
    raise AssertionError("there is none")
"""

PLUGIN = """
from punai import hookimpl

@hookimpl
def register_escalation_handlers(register):
    register("first", lambda escalation, tenant: "1")
    register("second", lambda escalation, tenant: "2")
"""


def run(folder: Path, test: str, *options: str) -> "subprocess.CompletedProcess[str]":
    """pytest in a folder with this test, as somebody runs it who has PunAI installed."""
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "-p", "pytest_punai", "-p", "no:cacheprovider", "-v", *options]
    return subprocess.run(
        [*command, "-p", "no:langsmith_plugin", "test_it.py"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_it_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    done = run(tmp_path, UNUSED)
    assert done.returncode == 0, done.stdout


def test_every_part_of_a_plugin_is_a_fixture(tmp_path: Path) -> None:
    (tmp_path / "crm.py").write_text(PLUGIN)
    done = run(tmp_path, USED, "--punai-plugin", "crm.py")
    assert done.returncode == 0, done.stdout
    assert "test_handler[first] PASSED" in done.stdout
    assert "test_handler[second] PASSED" in done.stdout
    assert "3 passed, 1 skipped" in done.stdout


def test_tests_of_parts_are_skipped_without_a_plugin(tmp_path: Path) -> None:
    done = run(tmp_path, USED)
    assert done.returncode == 0, done.stdout
    assert "3 skipped" in done.stdout


@pytest.mark.parametrize("path", ["nowhere.py", "test_it.py"])
def test_plugin_that_cannot_be_loaded_stops_the_run(path: str, tmp_path: Path) -> None:
    done = run(tmp_path, "1 / 0", "--punai-plugin", path)
    assert done.returncode == 4
    assert f"{path}" in done.stderr
    assert "Traceback" not in done.stderr
