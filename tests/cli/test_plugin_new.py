"""`punai plugin new`."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import punai as here
from punai.cli.plugin_kinds import KINDS
from punai.cli.plugin_new import files, versions
from punai.version_gate import refuse_other_versions
from tests.cli.conftest import Run, assert_one_line_error

ROOT = Path(__file__).parents[2]


def write(folder: Path, name: str, kind: str) -> Path:
    """The package, without the command around it."""
    package = folder / f"punai-{name}"
    for place, text in files(name, kind).items():
        (package / place).parent.mkdir(parents=True, exist_ok=True)
        (package / place).write_text(text, encoding="utf-8")
    return package


def test_package_is_written_with_all_that_it_needs(tmp_path: Path, punai: Run) -> None:
    done = punai("plugin", "new", "big-desk", "--into", "made/here")

    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "made/here/punai-big-desk"
    assert "Next: punai plugin test made/here/punai-big-desk" in done.stdout
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {
        ".github/workflows/test.yml",
        ".gitignore",
        "README.md",
        "punai_big_desk/__init__.py",
        "punai_big_desk/py.typed",
        "pyproject.toml",
        "tests/test_big_desk.py",
    }
    assert [path.name for path in folder.parent.iterdir()] == ["punai-big-desk"]
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == "punai-big-desk"
    assert project["entry-points"] == {"punai": {"big-desk": "punai_big_desk"}}
    [required] = [each for each in project["dependencies"] if each.startswith("punai")]
    refuse_other_versions(required.removeprefix("punai"), here.__version__, "it")
    assert "punai plugin test ." in (folder / ".github/workflows/test.yml").read_text()
    assert not re.search(
        r"@\w+@", "".join(path.read_text() for path in folder.rglob("*.*") if path.is_file())
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "store"])
def test_new_plugin_holds_to_its_contract_at_once(kind: str, tmp_path: Path, punai: Run) -> None:
    assert punai("plugin", "new", "crm", "--kind", kind).returncode == 0

    done = punai("plugin", "test", "punai-crm")

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert re.search(r"\n[1-9]\d+ passed, 0 failed, 0 skipped\n$", done.stdout)


def test_new_store_holds_to_its_contract_at_once(tmp_path: Path, punai: Run) -> None:
    assert punai("plugin", "new", "crm", "--kind", "store").returncode == 0

    done = punai("plugin", "test", "punai-crm")

    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    # Whether a late turn costs what an early one did is for its author to count.
    assert re.search(r"\n\d+ passed, 0 failed, 1 skipped\n$", done.stdout)


def test_tests_of_new_plugins_pass(tmp_path: Path) -> None:
    folders = [write(tmp_path, f"a-{kind}", kind) for kind in KINDS]
    settings = tmp_path / "pytest.ini"
    settings.write_text(
        f"[pytest]\npythonpath = {ROOT} {' '.join(map(str, folders))}\nfilterwarnings = error\n"
    )
    # The contracts run above; here it is the tests of their own, and that the contracts are found.
    chosen = "told or asked or sent or understood or left or fixture or optional or one_of or life"
    command = [sys.executable, "-m", "pytest", "-c", str(settings), "-p", "no:langsmith_plugin", "-k", chosen]
    done = subprocess.run(
        [*command, "-q", "--import-mode=importlib", *[str(folder / "tests") for folder in folders]],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d+ passed", done.stdout.splitlines()[-1])


def test_new_plugins_are_clean_and_typed(tmp_path: Path) -> None:
    folders = [write(tmp_path, f"a-{kind}", kind) for kind in KINDS]
    check = ["ruff", "check", "--isolated", "--extend-select=I,B,UP,SIM,RUF", "."]
    commands = [(folder, check) for folder in folders]  # inside, where it knows the package for its own
    commands += [(tmp_path, ["ruff", "format", "--isolated", "--check", "."])]
    commands += [
        (tmp_path, ["mypy", "--strict", "--follow-imports=silent", "--config-file=", *map(str, folders)])
    ]
    for folder, command in commands:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=folder,
            env={"MYPYPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["Crm", "my crm", "-crm", "cr.m", "../crm", "", "9crm", "é", "a" * 51])
def test_name_that_is_no_package_is_wrong_usage(name: str, tmp_path: Path, punai: Run) -> None:
    assert_one_line_error(punai("plugin", "new", "--", name), 2, "'NAME'", "use small letters", "such as crm")
    assert not list(tmp_path.glob("punai-*"))


def test_prefix_is_not_said_twice(punai: Run) -> None:
    assert_one_line_error(punai("plugin", "new", "punai-crm"), 2, "called punai-NAME anyway: use crm")


def test_folder_that_is_there_is_left_alone(tmp_path: Path, punai: Run) -> None:
    (tmp_path / "punai-crm").mkdir()
    (tmp_path / "punai-crm/mine.txt").write_text("mine")

    assert_one_line_error(punai("plugin", "new", "crm"), 1, "punai-crm is there already; choose another name")

    assert [path.name for path in (tmp_path / "punai-crm").iterdir()] == ["mine.txt"]


def test_unknown_kind_is_wrong_usage(punai: Run) -> None:
    assert_one_line_error(punai("plugin", "new", "crm", "--kind", "magic"), 2, "--kind", "'classifier'")


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("0.1.0", ">=0.1,<0.2"), ("0.9.3", ">=0.9,<0.10"), ("1.2.0", ">=1.2,<2"), ("2.0.0rc1", ">=2.0,<3")],
)
def test_versions_that_are_asked_for_end_before_what_may_break(version: str, wanted: str) -> None:
    assert versions(version) == wanted
