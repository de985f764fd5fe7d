"""`punai chat`."""

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run, Terminal, assert_one_line_error


def test_a_pipe_gets_the_replies_and_nothing_else(punai: Run) -> None:
    done = punai("chat", stdin="thank you\n\n  \nmany thanks")
    assert (done.returncode, done.stdout, done.stderr) == (0, "You are welcome.\n" * 2, "")


def test_an_empty_pipe_is_fine(punai: Run) -> None:
    done = punai("chat")
    assert (done.returncode, done.stdout) == (0, "")


def test_words_in_any_encoding_are_taken(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "punai", "chat"]
    words = "schöne grüße\n".encode("latin-1") + b"thank you\n"
    done = subprocess.run(
        command, input=words, capture_output=True, env=environment, cwd=tmp_path, timeout=60, check=False
    )
    assert done.returncode == 0
    assert done.stdout.endswith(b"You are welcome.\n")


def test_a_message_too_long_is_told(punai: Run) -> None:
    assert_one_line_error(punai("chat", stdin="x" * 4001), 1, "4000", "4001")


def test_escalations_are_delivered_before_it_ends(punai: Run) -> None:
    done = punai("chat", "--user", "ada", stdin="you will hear from my lawyer\n")
    assert done.returncode == 0
    assert '"a customer needs a human"' in done.stderr
    assert "lawyer" not in done.stderr


def test_a_terminal_shows_sources_and_status(terminal: Terminal) -> None:
    lines = ["express delivery", "x" * 4001, "you will hear from my lawyer"]
    shown, code = terminal("chat", typed=[*lines, "\x04"])
    assert code == 0
    assert "Teahouse. Ctrl-D ends the conversation." in shown
    assert "from Delivery times (delivery.md)" in shown
    assert "a message has at most 4000 characters" in shown
    assert "(a human was asked for)" in shown
    assert "Traceback" not in shown
