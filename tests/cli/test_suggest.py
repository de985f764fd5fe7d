"""`punai suggest`."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from punai.business import read_pack
from punai.desk import Desk
from tests.cli.conftest import BUSINESS, Run, assert_one_line_error, say, write_business

GIFTS = ["do you sell gift vouchers", "I need a gift voucher", "gift voucher please", "Gift voucher, please!"]
WORKSHOPS = ["is there a ceramics workshop", "ceramics workshop on sunday"]
MESSAGES = [*GIFTS[:2], "many thanks", *WORKSHOPS, *GIFTS[2:], "xylophone"]


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Without embeddings, and with a cache of its own."""
    return environment | {"PUNAI_CACHE": str(tmp_path / "cache")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Messages as `punai replay` takes them."""
    return write(
        tmp_path / "past.jsonl", [{"conversation_id": "c", "user_id": "u", "message": m} for m in MESSAGES]
    )


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_like_messages_are_proposed_together_the_most_frequent_first(file: Path, punai: Run) -> None:
    done = punai("suggest", str(file), "--json")

    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["messages"], found["not_understood"], found["left_out"]) == (8, 7, 1)
    gifts, workshops = found["suggestions"]
    assert (gifts["count"], gifts["add_to"]) == (4, None)
    assert set(gifts["messages"]) == set(GIFTS[:3]), "the fourth says the same as the third"
    assert set(gifts["words"]) >= {"gift", "voucher"}
    assert set(workshops["messages"]) == set(WORKSHOPS)
    assert done.stdout == punai("suggest", str(file), "--json").stdout


def test_what_is_near_an_intent_is_proposed_as_its_examples(
    tmp_path: Path, plugins: Path, punai: Run
) -> None:
    write_business(
        plugins / "shy", BUSINESS.replace("[[intents]]", "[thresholds]\nintent = 1\n[[intents]]", 1)
    )
    near = ["where is my order now", "so where is my order"]
    file = write(tmp_path / "near.jsonl", [{"message": message} for message in near])
    for_shy = json.loads(punai("suggest", str(file), "--json", "--business", "shy").stdout)
    (found,) = for_shy["suggestions"]
    assert (found["add_to"], found["name"], found["count"]) == ("order_status", "order_status", 2)


def test_the_toml_can_be_added_to_the_pack_as_it_is(file: Path, plugins: Path, punai: Run) -> None:
    before = [intent["name"] for intent in tomllib.loads(BUSINESS)["intents"]]
    printed = punai("suggest", str(file), "--toml", "--at-least", "1").stdout
    pack = plugins / "teahouse"
    (pack / "business.toml").write_text(BUSINESS + printed)
    names = [intent.name for intent in read_pack(pack, {}).intents]
    assert len(names) >= len(before) + 2
    assert any("voucher" in name for name in names)


def test_people_read_counts_words_and_messages(file: Path, punai: Run) -> None:
    done = punai("suggest", str(file))
    first, second, *_ = done.stdout.splitlines()
    assert first.startswith("   4  a new intent, about: ")
    assert second.startswith("      ")
    assert "Left out: 1 " in done.stderr
    assert "xylophone" in punai("suggest", str(file), "--at-least", "1").stdout


def test_what_export_and_replay_write_is_read_too(desk: Desk, file: Path, tmp_path: Path, punai: Run) -> None:
    say(desk, "ada", *GIFTS)
    (tmp_path / "export.jsonl").write_text(punai("export", "--user", "ada").stdout)
    exported = json.loads(punai("suggest", "export.jsonl", "--json").stdout)
    assert exported["messages"] == 4, "what the assistant said is none of it"

    punai("replay", str(file), "--out", "turns.jsonl")
    replayed = json.loads(punai("suggest", "turns.jsonl", "--json").stdout)
    assert replayed["suggestions"][0]["count"] == 4


def test_what_was_clarified_counts_however_sure_the_classifier_is(tmp_path: Path, punai: Run) -> None:
    rows = [{"text": "many thanks", "answer": {"step": step}} for step in ("answered", "clarified")]
    assert punai("suggest", str(write(tmp_path / "a.jsonl", rows[:1]))).stdout == "nothing to suggest\n"
    found = json.loads(punai("suggest", str(write(tmp_path / "b.jsonl", rows)), "--json").stdout)
    assert found["suggestions"][0]["add_to"] == "gratitude"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "holds no messages"),
        ("text,intent\n", "a.jsonl:1: is not JSON"),
        ('{"user_id": "u"}', "a.jsonl:1: message: is missing"),
        ('{"message": 7}', "a.jsonl:1: message: is missing, or no string"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(content: str, complaint: str, tmp_path: Path, punai: Run) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    assert_one_line_error(punai("suggest", "a.jsonl"), 1, complaint)


def test_two_kinds_of_output_at_once_are_wrong_usage(file: Path, punai: Run) -> None:
    assert_one_line_error(punai("suggest", str(file), "--json", "--toml"), 2, "--json and --toml")
