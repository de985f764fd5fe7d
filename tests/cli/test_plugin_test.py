"""`punai plugin test`: what it takes, what it says. What the contracts claim is in tests/testing."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, assert_one_line_error

RULE = '''
"""Bring in a human for large sums."""

from punai import hookimpl

__version__ = "1.5"
PUNAI = ">=0.1,<7"


@hookimpl
def should_escalate(message):
    return "large" if "£1000" in message else None
'''

SHY = """
import httpx
from punai import hookimpl


def tell(escalation, tenant):
    httpx.post(tenant.setting("shy", "url"), json={}, timeout=5)
    return "told"


@hookimpl
def register_escalation_handlers(register):
    register("shy", tell)
"""

PYPROJECT = """
[project]
name = "punai-crm"
version = "2.0"
dependencies = ["punai>=0.1,<7"]
[project.entry-points.punai]
crm = "punai_crm"
"""


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "rule.py"
    path.write_text(RULE)
    return path


def test_plugin_without_parts_is_loaded_and_passes(rule: Path, punai: Run) -> None:
    done = punai("plugin", "test", "rule.py")
    assert (done.returncode, done.stderr) == (0, "")
    head, _, about, *claims, _, counts = done.stdout.splitlines()
    assert (head, about) == ("rule 1.5: should_escalate", "plugin")
    assert claims == ["  ok      implements a hook", "  ok      says which punai it was written for"]
    assert counts == "2 passed, 0 failed, 0 skipped"


def test_result_is_printed_as_json(rule: Path, punai: Run) -> None:
    done = punai("plugin", "test", str(rule), "--json")
    found = json.loads(done.stdout)
    assert (found["passed"], found["failed"], found["skipped"]) == (2, 0, 0)
    [plugin] = found["plugins"]
    assert (plugin["name"], plugin["version"], plugin["hooks"]) == ("rule", "1.5", ["should_escalate"])
    assert found["claims"][0] == {
        "about": "plugin",
        "claim": "implements a hook",
        "outcome": "passed",
        "text": "",
    }


def test_claim_that_fails_is_told_with_its_reason(tmp_path: Path, punai: Run) -> None:
    (tmp_path / "shy.py").write_text(SHY)
    done = punai("plugin", "test", "shy.py")
    assert (done.returncode, done.stderr) == (1, "")
    assert (
        "  FAILED  raises where its service refuses (500): it returned, though its service answered 500:"
        " nobody would be told again\n"
    ) in done.stdout
    assert "  skipped says which punai it was written for: it does not: require" in done.stdout


@pytest.mark.parametrize("place", ["src/punai_crm/__init__.py", "punai_crm.py"])
def test_project_is_tested_as_if_it_was_installed(place: str, tmp_path: Path, punai: Run) -> None:
    module = tmp_path / "punai-crm" / place
    module.parent.mkdir(parents=True)
    module.write_text(RULE)
    (tmp_path / "punai-crm/pyproject.toml").write_text(PYPROJECT)
    done = punai("plugin", "test", "punai-crm", "--json")
    [plugin] = json.loads(done.stdout)["plugins"]
    assert plugin["origin"] == "installed: punai-crm 2.0"
    assert (plugin["name"], plugin["version"], plugin["punai"]) == ("crm", "2.0", "<7,>=0.1")


def test_folder_of_a_package_is_tested_without_its_neighbours(
    plugins: Path, tmp_path: Path, punai: Run
) -> None:
    (plugins / "rule").mkdir()
    (plugins / "rule/__init__.py").write_text("from .words import should_escalate\n")
    (plugins / "rule/words.py").write_text(RULE)
    (plugins / "broken.py").write_text("1 / 0")
    done = punai("plugin", "test", str(plugins / "rule"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("rule without a version: should_escalate\n")


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("1 / 0", "on import: ZeroDivisionError: division by zero"),
        ("def (", "rule.py:1: invalid syntax"),
        (RULE.replace("should_escalate", "should_escalte"), "there is no hook should_escalte; did you mean"),
        (RULE.replace(">=0.1,<7", ">=7"), "it was written for PunAI >=7, and this is"),
    ],
)
def test_plugin_that_cannot_be_loaded_is_one_line(code: str, complaint: str, rule: Path, punai: Run) -> None:
    rule.write_text(code)
    assert_one_line_error(punai("plugin", "test", "rule.py"), 1, "rule.py", complaint)


@pytest.mark.parametrize(
    ("project", "complaint"),
    [
        ("[project\n", "pyproject.toml: "),
        ('[project]\nname = "x"\n', "it announces no plugin; add [project.entry-points.punai]"),
        (PYPROJECT, "installed: punai-crm 2.0: on import: ModuleNotFoundError: No module named 'punai_crm'"),
        (PYPROJECT + "[tool.punai.test]\nanswr = 1\n", "[tool.punai.test] may have settings, answer, quest"),
    ],
)
def test_project_that_is_wrong_is_one_line(project: str, complaint: str, tmp_path: Path, punai: Run) -> None:
    (tmp_path / "pyproject.toml").write_text(project)
    assert_one_line_error(punai("plugin", "test", "."), 1, complaint)


def test_file_is_tested_as_the_project_around_it_says(tmp_path: Path, punai: Run) -> None:
    strict = SHY.replace("return", "assert int(tenant.setting('shy', 'team')) == 7\n    return")
    (tmp_path / "plugins/shy.py").write_text(strict)
    (tmp_path / "pyproject.toml").write_text("[tool.punai.test]\nsettings = { shy = { team = 7 } }\n")
    done = punai("plugin", "test", "plugins/shy.py", "--json")
    told = [claim for claim in json.loads(done.stdout)["claims"] if "reference" in claim["claim"]]
    assert [claim["outcome"] for claim in told] == ["passed", "passed"]


def test_what_is_no_plugin_is_told_so(tmp_path: Path, punai: Run) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    words = ("notes.txt is no plugin: give a .py file",)
    assert_one_line_error(punai("plugin", "test", "notes.txt"), 1, *words)
    assert_one_line_error(punai("plugin", "test", "nowhere.py"), 2, "nowhere.py")


def test_missing_pytest_is_told_with_what_to_install(rule: Path, tmp_path: Path, punai: Run) -> None:
    hidden = tmp_path / "site/sitecustomize.py"
    hidden.parent.mkdir()
    hidden.write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'pytest' else find(name, package)\n"
    )
    path = f"{hidden.parent}:{Path(__file__).parents[2]}"
    done = punai("plugin", "test", "rule.py", PYTHONPATH=path)
    assert_one_line_error(done, 1, "needs pytest: pip install 'punai[testing]'")


def test_nothing_of_pytests_own_is_left_behind(rule: Path, tmp_path: Path, punai: Run) -> None:
    before = {path.name for path in tmp_path.iterdir()}
    assert punai("plugin", "test", "rule.py").returncode == 0
    assert {path.name for path in tmp_path.iterdir()} - before <= {"__pycache__"}
