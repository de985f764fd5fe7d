"""`punai pack new`."""

import csv
import json
from pathlib import Path

import pytest

from punai.business import read_pack
from tests.cli.conftest import Run, assert_one_line_error

AWKWARD = [
    'she said "hi"',
    "back\\slash and \\u0041",
    "tab\tand\nnew line",
    "'''",
    '"""',
    "\x00\x1b\x7f\x85\u2028",
    "schöne Grüße 退货 🎉",
    "= [x] # not a comment",
]


def test_a_pack_to_fill_in_is_ready_to_run(plugins: Path, punai: Run) -> None:
    done = punai("pack", "new", "acme_shop")

    assert done.returncode == 0
    assert "punai chat" in done.stdout
    tenant = read_pack(plugins / "acme_shop")
    assert tenant.name == "Acme Shop"
    assert len(tenant.intents) == 3
    replies = punai("chat", stdin="thank you\n", PUNAI_BUSINESS="acme_shop")
    assert replies.stdout == "You're welcome! Anything else I can do?\n"


def test_the_first_pack_makes_its_folder(tmp_path: Path, punai: Run) -> None:
    assert punai("pack", "new", "acme", PUNAI_PLUGINS="a/b").returncode == 0
    assert punai("pack", "new", "acme", "--into", "c").returncode == 0
    assert read_pack(tmp_path / "a" / "b" / "acme").name == read_pack(tmp_path / "c" / "acme").name


def test_messages_survive_the_way_into_a_pack(tmp_path: Path, plugins: Path, punai: Run) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text("".join(json.dumps({"text": t, "intent": 'Say "it"\n'}) + "\n" for t in AWKWARD))

    done = punai("pack", "new", "awkward", "--examples", str(file))

    assert done.returncode == 0, done
    (intent,) = read_pack(plugins / "awkward").intents
    assert intent.name == "Say_it"
    assert intent.description == 'say "it"'
    assert list(intent.examples) == [text.strip() for text in AWKWARD]


def test_many_messages_become_intents(tmp_path: Path, plugins: Path, punai: Run) -> None:
    file = tmp_path / "labelled.csv"
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["text", "intent"])
        rows.writerows([f"message {n % 9990}", f"INTENT_{n % 90}"] for n in range(10000))
        rows.writerow(["anything else", "other"])

    done = punai("pack", "new", "large", "--examples", str(file))

    assert "90 intents from 9990 messages" in done.stdout
    assert "10 repeated" in done.stdout
    assert "1 out of scope" in done.stdout
    assert done.stderr == ""
    assert len(read_pack(plugins / "large").intents) == 90


def test_an_existing_folder_is_left_alone(plugins: Path, punai: Run) -> None:
    before = (plugins / "teahouse" / "business.toml").read_text()
    assert_one_line_error(punai("pack", "new", "teahouse"), 1, "teahouse", "there already")
    assert (plugins / "teahouse" / "business.toml").read_text() == before


@pytest.mark.parametrize("name", ["", "Acme Shop", "../up", "-x", "_x", ".x", "a/b", "x" * 65, "tee.haus"])
def test_an_invalid_name_is_wrong_usage(name: str, plugins: Path, punai: Run) -> None:
    assert_one_line_error(punai("pack", "new", "--", name), 2, "NAME", "letters")
    assert [path.name for path in plugins.iterdir()] == ["teahouse"]


def test_nothing_is_written_when_the_examples_are_wrong(tmp_path: Path, plugins: Path, punai: Run) -> None:
    (tmp_path / "wrong.csv").write_text("message,intent\nhello,hi\n")
    (tmp_path / "none.csv").write_text("text,intent\nhello,other\n")

    assert_one_line_error(punai("pack", "new", "x", "--examples", "wrong.csv"), 1, "'message'", "'text'")
    assert_one_line_error(punai("pack", "new", "x", "--examples", "none.csv"), 1, "none.csv", "no message")
    assert [path.name for path in plugins.iterdir()] == ["teahouse"]
