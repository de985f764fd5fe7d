"""`punai suggest`."""

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from punai.business import read_pack
from punai.desk import Desk
from punai.models import Answer, Inbound, Turn
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


def test_without_a_file_the_store_is_read(desk: Desk, punai: Run) -> None:
    say(desk, "ada", *GIFTS[:2], "many thanks", "where is my order")
    say(desk, "bob", *GIFTS[2:], "xylophone")
    say(desk, "cy", *WORKSHOPS)
    done = punai("suggest", "--json", "--at-least", "1")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["messages"], found["not_understood"]) == (9, 7)
    gifts, workshops, _ = found["suggestions"]
    assert (gifts["count"], set(gifts["messages"])) == (4, set(GIFTS[:3]))
    assert set(workshops["messages"]) == set(WORKSHOPS)
    assert done.stdout == punai("suggest", "--json", "--at-least", "1").stdout


def test_only_the_last_days_of_the_store_are_read(desk: Desk, punai: Run) -> None:
    for days, text in ((40, WORKSHOPS[0]), (20, GIFTS[0]), (2, "xylophone")):
        answer = Answer(reply="?", answered_by="elsewhere")
        at = datetime.now(UTC) - timedelta(days=days)
        turn = Turn(conversation_id="c", message_id=text, user_id="ada", text=text, at=at, answer=answer)
        desk.store.record(desk.tenants["teahouse"], turn)

    def read(*days: str) -> list[str]:
        found = json.loads(punai("suggest", "--json", "--at-least", "1", *days).stdout)
        return sorted(text for each in found["suggestions"] for text in each["messages"])

    assert read() == sorted([GIFTS[0], "xylophone"])
    assert read("--days", "7") == ["xylophone"]
    assert read("--days", "50") == sorted([WORKSHOPS[0], GIFTS[0], "xylophone"])


def test_what_a_human_had_or_was_asked_for_is_nothing_to_suggest(desk: Desk, punai: Run) -> None:
    say(desk, "ada", "I want to talk to a person", *WORKSHOPS)
    asked = desk.receive("teahouse", Inbound(user_id="bob", text="many thanks"))
    desk.take_over("teahouse", asked.conversation_id)
    say(desk, "bob", *GIFTS)
    desk.reply_as_agent("teahouse", asked.conversation_id, "We do sell gift vouchers.")
    found = json.loads(punai("suggest", "--json", "--at-least", "1").stdout)
    assert found["messages"] == 8
    assert {text for each in found["suggestions"] for text in each["messages"]} <= set(WORKSHOPS)


def test_what_became_an_example_is_not_suggested_again(desk: Desk, plugins: Path, punai: Run) -> None:
    say(desk, "ada", *WORKSHOPS)
    printed = punai("suggest", "--toml").stdout
    assert WORKSHOPS[0] in printed
    (plugins / "teahouse" / "business.toml").write_text(BUSINESS + printed)
    assert punai("suggest").stdout == "nothing to suggest\n"


def test_an_empty_store_suggests_nothing(desk: Desk, punai: Run) -> None:
    done = punai("suggest")
    assert (done.returncode, done.stdout, done.stderr) == (0, "nothing to suggest\n", "")


def test_a_file_has_no_days(file: Path, punai: Run) -> None:
    assert_one_line_error(punai("suggest", str(file), "--days", "7"), 2, "--days", "FILE")


def test_what_was_clarified_counts_however_sure_the_classifier_is(tmp_path: Path, punai: Run) -> None:
    rows = [{"text": "many many thanks", "answer": {"step": step}} for step in ("answered", "clarified")]
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
