"""The command as a whole: help, exits and errors."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from punai import __version__
from punai.cli import cli
from punai.desk import Desk
from tests.cli.conftest import Run, assert_one_line_error, say

COMMANDS = [[name] for name in sorted(cli.commands)] + [["pack", "new"]]


def test_help_names_every_command_and_is_quick(punai: Run) -> None:
    punai("--help")  # the first run may have to compile
    start = time.perf_counter()
    done = punai("--help")
    seconds = time.perf_counter() - start

    assert done.returncode == 0
    for name in ["serve", "chat", "replay", "pack", "plugins", "export", "erase", "escalations", "doctor"]:
        assert f"  {name} " in done.stdout
    assert seconds < 1.5, "half a second on an idle machine"


def test_help_imports_neither_langchain_nor_boto3_nor_chalice() -> None:
    check = "import sys, punai.cli; print({'langchain_core', 'boto3', 'chalice'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", check], cwd=Path(__file__).parents[2]) == b"set()\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(command: list[str], punai: Run) -> None:
    done = punai(*command, "--help")

    assert done.returncode == 0
    assert command == ["pack"] or "Example: " in done.stdout


def test_version_is_told(punai: Run) -> None:
    assert punai("--version").stdout == f"punai {__version__}\n"


def test_without_arguments_help_is_shown_as_wrong_usage(punai: Run) -> None:
    done = punai()
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: punai" in done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["exprot", "--user", "x"], ["exprot", "export", "punai --help"]),
        (["export"], ["--user", "punai export --help"]),
        (["export", "--user", ""], ["--user", "128"]),
        (["export", "--user", "x" * 129], ["--user", "128"]),
        (["escalations", "--jsn"], ["--jsn", "--json"]),
        (["serve", "--port", "http"], ["--port", "http"]),
        (["serve", "--port", "65536"], ["--port", "65536"]),
        (["replay"], ["FILE"]),
        (["replay", "not-there.jsonl"], ["not-there.jsonl"]),
        (["pack"], ["punai pack --help"]),
        (["export", "--user", "x", "--business", "tehouse"], ["tehouse", "teahouse"]),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(args: list[str], words: list[str], punai: Run) -> None:
    assert_one_line_error(punai(*args), 2, *words)


@pytest.mark.parametrize("command", ["serve", "chat", "plugins", "escalations"])
def test_a_wrong_setting_is_one_line_and_exit_1(command: str, punai: Run) -> None:
    done = punai(command, PUNAI_STORE="postgres")
    assert_one_line_error(done, 1, "PUNAI_STORE", "postgres", "sqlite:///")


def test_a_broken_pack_is_one_line_and_exit_1(plugins: Path, punai: Run) -> None:
    pack = plugins / "teahouse" / "business.toml"
    pack.write_text(pack.read_text() + "\n[threshold]\n")
    assert_one_line_error(punai("escalations"), 1, "business.toml", "threshold", "thresholds")


def test_an_unexpected_error_hides_its_words_unless_debugging(plugins: Path, punai: Run) -> None:
    (plugins / "broken.py").write_text(
        '''"""A store that fails unexpectedly."""
from punai import Store, hookimpl


class Broken(Store):
    name = "broken"

    def escalations(self, tenant):
        raise KeyError("a customer's words")


@hookimpl
def open_store(url):
    return Broken() if url.startswith("broken:") else None
'''
    )
    done = punai("escalations", PUNAI_STORE="broken://x")
    assert_one_line_error(done, 1, "KeyError", "PUNAI_LOG_LEVEL=DEBUG")
    assert "words" not in done.stderr

    debugged = punai("escalations", PUNAI_STORE="broken://x", PUNAI_LOG_LEVEL="debug")
    assert debugged.returncode == 1
    assert "Traceback" in debugged.stderr
    assert "in escalations" in debugged.stderr


def test_interrupting_is_quiet(punai: Run, environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "punai", "chat"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
        # What runs the tests in the background may have it ignored, and what it starts inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("thank you\n")
        process.stdin.flush()
        assert process.stdout.readline() == "You are welcome.\n"
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)

    assert process.returncode == 130
    assert stderr.strip() == ""


def test_a_closed_pipe_is_quiet(desk: Desk, environment: dict[str, str], tmp_path: Path) -> None:
    say(desk, "ada", *["thank you"] * 100)
    with subprocess.Popen(
        [sys.executable, "-m", "punai", "export", "--user", "ada"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_closed_streams_do_no_harm(environment: dict[str, str], tmp_path: Path) -> None:
    shell = f"{sys.executable} -m punai erase --user ada <&- >&-"
    done = subprocess.run(
        shell, shell=True, env=environment, cwd=tmp_path, check=False, stderr=subprocess.PIPE, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
