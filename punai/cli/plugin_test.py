"""A plugin against the contracts: `punai plugin test`."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import click

from punai.cli.output import print_json, printable
from punai.ports import PunaiError

SECONDS = 1800.0
"""A store's contract takes a minute or two; a handler's as many time-outs as it has."""

FAILED = 1
USAGE = 4
"""pytest's exit codes: some tests failed; it could not begin, as the plugin cannot be loaded."""


@click.command(epilog="Example: punai plugin test plugins/crm.py")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the plugins and every claim.")
def test(path: Path, as_json: bool) -> None:
    """Load the plugin at PATH, and run PunAI's contracts for what it registers.

    PATH is a file, a package's folder, or a project's with a pyproject.toml. The plugin runs in a process of
    its own that connects to this machine only. A server stands in for its service: settings named like an
    address lead there. [tool.punai.test] in pyproject.toml, beside or above it, may set settings, answer,
    question and store. It exits with 1 when a claim does not hold.
    """
    if importlib.util.find_spec("pytest") is None:
        raise PunaiError("punai plugin test needs pytest: pip install 'punai[testing]'")
    plugins, claims = _run(path.absolute())
    counted = Counter(claim["outcome"] for claim in claims)
    counts = {outcome: counted[outcome] for outcome in ("passed", "failed", "skipped")}
    if as_json:
        print_json({"plugins": plugins, **counts, "claims": claims}, indent=2)
    else:
        _show(plugins, claims, counts)
    if counts["failed"]:
        raise click.exceptions.Exit(1)


def _run(path: Path) -> tuple[list[Any], list[dict[str, str]]]:
    """What pytest found, in a process and a folder of its own: nothing that is set up here is to count."""
    suite = Path(__file__).parents[1] / "testing/suite.py"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PUNAI_", "PYTEST_"))}
    with tempfile.TemporaryDirectory(prefix="punai-test-") as folder:
        report, settings = Path(folder, "report"), Path(folder, "pytest.ini")
        settings.write_text("[pytest]\n")
        options = ["-p", "pytest_punai", "-p", "no:cacheprovider", "--import-mode=importlib", "--tb=short"]
        options += ["-c", str(settings), "--punai-plugin", str(path), "--punai-report", str(report)]
        try:
            done = subprocess.run(  # noqa: S603 - pytest on our own suite
                [sys.executable, "-m", "pytest", *options, str(suite)],
                cwd=folder,
                env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PunaiError(f"the tests of {path} took longer than {SECONDS / 60:g} minutes") from error
        if done.returncode not in (0, FAILED) or not report.exists():
            raise PunaiError(_last_error(done, path))
        plugins, *claims = map(json.loads, report.read_text(encoding="utf-8").splitlines())
    parts = list(dict.fromkeys(claim["about"] for claim in claims))
    # pytest goes claim by claim, and a reader part by part.
    return plugins, sorted(claims, key=lambda claim: parts.index(claim["about"]))


def _last_error(done: "subprocess.CompletedProcess[str]", path: Path) -> str:
    said = [line for line in (done.stderr + done.stdout).splitlines() if line.startswith(("ERROR: ", "E  "))]
    if said:
        return said[0].removeprefix("ERROR: ")
    last = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
    return f"{path}: the tests ended with {done.returncode} before they were over: {last}"


def _show(plugins: list[Any], claims: list[dict[str, str]], counts: dict[str, int]) -> None:
    for plugin in plugins:
        version = plugin["version"] or "without a version"
        print(printable(f"{plugin['name']} {version}: {', '.join(plugin['hooks']) or 'no hooks'}"))
    about = ""
    for claim in claims:
        if claim["about"] != about:
            about = claim["about"]
            print(printable(f"\n{about}"))
        mark = {"passed": "ok     ", "failed": "FAILED ", "skipped": "skipped"}[claim["outcome"]]
        text = f": {' '.join(claim['text'].split())}" if claim["text"] else ""
        print(printable(f"  {mark} {claim['claim']}{text}"))
    print("\n" + ", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
