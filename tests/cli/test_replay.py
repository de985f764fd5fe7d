"""`punai replay`."""

import json
from pathlib import Path
from typing import Any

import pytest

from punai.cli.replay import read_messages
from punai.ports import PunaiError
from punai.testing.openai_server import OpenAIServer
from tests.cli.conftest import Run, assert_one_line_error, json_lines

CONVERSATIONS: list[dict[str, Any]] = [
    {"conversation_id": "c1", "user_id": "ada", "message": "thank you"},
    {"conversation_id": "c1", "user_id": "ada", "message": "you will hear from my lawyer"},
    {"conversation_id": "c1", "user_id": "ada", "message": "cheers, that helped"},
    {"conversation_id": "c2", "user_id": "bob", "message": "express delivery", "n": 1},
    {"conversation_id": "c2", "user_id": "bob", "message": "qwertz uiop"},
    {"conversation_id": "c2", "user_id": "bob", "message": "asdf ghjkl"},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "past.jsonl"
    path.write_text("\n".join(map(json.dumps, CONVERSATIONS)) + "\n\n")
    return path


def test_the_report_counts_what_the_bot_made_of_it(file: Path, punai: Run) -> None:
    done = punai("replay", str(file), "--json")

    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["turns"] == 6
    assert report["conversations"] == 2
    assert list(report["answered_by"]) == ["reply", "documents", "model", "fallback", "human"]
    assert sum(report["answered_by"].values()) == 6
    assert report["answered_by"]["reply"] >= 1
    assert report["answered_by"]["documents"] >= 1
    assert (report["clarified"], report["rephrased"]) == (1, 1)
    assert report["offered_human"] == 0
    assert report["escalated"] == sum(report["escalation_reasons"].values()) == 1
    assert sum(report["intents"].values()) == 6
    assert report["intents"]["gratitude"] == 2
    assert 0 < report["latency_ms"]["p50"] <= report["latency_ms"]["p95"] <= report["latency_ms"]["max"]
    assert report["model_calls"] == 0
    assert report["tokens"] == {"input": 0, "output": 0}
    assert report["cost"] == 0


def test_the_report_counts_what_a_model_took(file: Path, punai: Run) -> None:
    with OpenAIServer() as model:
        settings = {"PUNAI_MODEL": "openai:m", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": model.api_key}
        unpriced = json.loads(punai("replay", str(file), "--json", **settings).stdout)
        calls = model.calls
        priced = json.loads(punai("replay", str(file), "--json", **settings, PUNAI_MODEL_PRICE="1/2").stdout)

    assert unpriced["model_calls"] == unpriced["answered_by"]["model"] == calls > 0
    assert unpriced["cost"] is None
    tokens = priced["tokens"]
    assert tokens["input"] > 0
    assert tokens["output"] > 0
    assert priced["cost"] == pytest.approx((tokens["input"] + 2 * tokens["output"]) / 1e6, abs=1e-6)


def test_people_get_the_same_report_as_a_table(file: Path, punai: Run) -> None:
    lines = punai("replay", str(file)).stdout.splitlines()
    assert lines[0].split() == ["turns", "6"]
    assert any(line.startswith("answered by documents ") for line in lines)
    assert any(line.startswith("because of ") for line in lines)
    assert len({len(line) for line in lines}) == 1, "the figures end flush"


def test_answers_can_be_kept(file: Path, tmp_path: Path, punai: Run) -> None:
    punai("replay", str(file), "--out", "answers.jsonl")
    turns = json_lines((tmp_path / "answers.jsonl").read_text())
    assert [turn["text"] for turn in turns] == [line["message"] for line in CONVERSATIONS]
    assert turns[0]["answer"]["reply"] == "You are welcome."


def test_a_conversation_that_waits_for_a_human_is_still_answered(
    file: Path, tmp_path: Path, punai: Run
) -> None:
    punai("replay", str(file), "--out", "answers.jsonl")
    handed_over, after = json_lines((tmp_path / "answers.jsonl").read_text())[1:3]
    assert handed_over["answer"]["escalation"] is True
    assert after["answer"]["status"] == "waiting"
    assert after["answer"]["reply"]


def test_nothing_is_kept_and_nobody_is_told(file: Path, tmp_path: Path, plugins: Path, punai: Run) -> None:
    told = tmp_path / "told"
    (plugins / "log.py").write_text(
        f'''"""A handler that leaves a trace."""
from pathlib import Path

from punai import hookimpl


@hookimpl
def register_escalation_handlers(register):
    register("log", lambda escalation, tenant: Path({str(told)!r}).write_text("told") and "told")
'''
    )
    assert punai("replay", str(file)).returncode == 0
    assert not told.exists()
    assert not (tmp_path / "punai.db").exists()
    assert punai("escalations").stdout == "no escalations\n"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "is not JSON"),
        ("[]", "one JSON object a line"),
        ({"conversation_id": "c", "user_id": "u"}, "message: is missing"),
        ({"conversation_id": "c", "message": "m"}, "user_id: is missing"),
        ({"user_id": "u", "message": "m"}, "conversation_id: is missing"),
        ({"conversation_id": "c", "user_id": "u", "message": " "}, "message: "),
        ({"conversation_id": "c", "user_id": "u", "message": "x" * 4001}, "message: "),
        ({"conversation_id": "c", "user_id": 7, "message": "m"}, "user_id: "),
        ({"conversation_id": "", "user_id": "u", "message": "m"}, "conversation_id: "),
        ({"conversation_id": None, "user_id": "u", "message": "m"}, "conversation_id: "),
        ({"conversation_id": "c1", "user_id": "bob", "message": "m"}, "user_id: this conversation"),
    ],
)
def test_a_wrong_line_is_told_with_its_field(line: Any, complaint: str, file: Path) -> None:
    with file.open("a") as out:
        out.write(line if isinstance(line, str) else json.dumps(line))
    with pytest.raises(PunaiError) as raised:
        read_messages(file)
    assert str(raised.value).startswith(f"{file}:8: {complaint}")


def test_a_wrong_line_stops_it_before_anything_runs(file: Path, tmp_path: Path, punai: Run) -> None:
    with file.open("a") as out:
        out.write("{}")
    done = punai("replay", str(file), "--out", "answers.jsonl")
    assert_one_line_error(done, 1, f"{file}:8", "conversation_id")
    assert not (tmp_path / "answers.jsonl").exists()


def test_an_empty_file_is_an_error(tmp_path: Path, punai: Run) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    assert_one_line_error(punai("replay", "empty.jsonl"), 1, "empty.jsonl", "no messages")


def test_the_file_to_replay_is_never_overwritten(file: Path, punai: Run) -> None:
    assert_one_line_error(punai("replay", str(file), "--out", str(file)), 2, "--out")
    assert len(read_messages(file)) == 6
