"""`punai eval`."""

import csv
import json
from pathlib import Path

import pytest

from punai.testing.openai_server import OpenAIServer
from tests.cli.conftest import BUSINESS, Run, Terminal, assert_one_line_error, write_business

LABELLED = [
    ("where is my order", "order_status", "false"),
    ("track my parcel", "order_status", "no"),
    ("many thanks", "gratitude", ""),
    ("you will hear from my lawyer", "legal_threat", "true"),
    ("I want to talk to a person right now", "talk_to_human", "yes"),
    ("colourless green ideas sleep furiously", "other", "false"),
    ("cheers, that helped", "order_status", ""),
]
KEYS = [
    "n",
    "accuracy",
    "macro_f1",
    "in_scope_accuracy",
    "oos_precision",
    "oos_recall",
    "ece",
    "coverage_at_95",
    "latency_ms",
    "model_calls",
    "cost",
]
"""Of which others depend."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Labelled messages, one of them labelled wrongly."""
    path = tmp_path / "labelled.csv"
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([("text", "intent", "expect_escalation"), *LABELLED])
    return path


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Without embeddings, and with a cache of its own."""
    return environment | {"PUNAI_CACHE": str(tmp_path / "cache")}


def test_the_figures_are_those_of_the_contract(file: Path, punai: Run) -> None:
    done = punai("eval", str(file), "--json")

    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert [key for key in report if key in KEYS] == KEYS
    assert report["n"] == 7
    assert 0 < report["accuracy"] < 1, "one is labelled wrongly"
    assert 0 < report["macro_f1"] <= 1
    assert 0 < report["in_scope_accuracy"] < 1
    assert 0 < report["oos_recall"] <= 1
    assert 0 < report["latency_ms"]["p50"] <= report["latency_ms"]["p99"]
    assert (report["model"], report["model_calls"], report["cost"]) == ("local", 0, 0)
    assert (report["escalation_precision"], report["escalation_recall"]) == (1, 1)
    assert sum(each["n"] for each in report["reliability"]) == 7
    assert {"wanted": "order_status", "given": "gratitude"}.items() <= report["confusions"][0].items()


def test_what_does_not_apply_is_null(tmp_path: Path, punai: Run) -> None:
    (tmp_path / "one.jsonl").write_text('{"text": "thank you", "intent": "gratitude"}\n')
    report = json.loads(punai("eval", "one.jsonl", "--json").stdout)
    absent = ("oos_precision", "oos_recall", "escalation_precision", "escalation_recall")
    assert [report[key] for key in absent] == [None] * 4
    assert report["accuracy"] == report["in_scope_accuracy"] == 1


def test_the_threshold_is_the_packs(file: Path, plugins: Path, punai: Run) -> None:
    write_business(
        plugins / "shy", BUSINESS.replace("[[intents]]", "[thresholds]\nintent = 1\n[[intents]]", 1)
    )
    report = json.loads(punai("eval", str(file), "--json", "--business", "shy").stdout)
    assert (report["in_scope_accuracy"], report["oos_recall"]) == (0, 1)


def test_a_model_is_asked_and_counted_unless_the_classifier_alone_is_wanted(file: Path, punai: Run) -> None:
    with OpenAIServer() as model:
        settings = {
            "PUNAI_MODEL": "openai:m",
            "PUNAI_MODEL_PRICE": "1/2",
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": model.api_key,
        }
        alone = json.loads(punai("eval", str(file), "--json", "--model", "local", **settings).stdout)
        assert model.calls == 0
        asked = json.loads(punai("eval", str(file), "--json", **settings).stdout)

    assert (alone["model"], alone["model_calls"], alone["cost"]) == ("local", 0, 0)
    assert asked["model"] == "openai:m"
    assert 0 < asked["model_calls"] == model.calls < 7, "a threat and a stock reply need none"
    assert asked["cost"] == pytest.approx((asked["tokens"]["input"] + 2 * asked["tokens"]["output"]) / 1e6)
    assert asked["escalation_recall"] == 1


def test_nothing_is_stored(file: Path, tmp_path: Path, punai: Run) -> None:
    assert punai("eval", str(file)).returncode == 0
    assert not (tmp_path / "punai.db").exists()


def test_people_read_figures_bars_and_confusions(file: Path, punai: Run) -> None:
    done = punai("eval", str(file), PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    first, *_ = done.stdout.splitlines()
    assert first.split() == ["messages", "7"]
    for words in ("accuracy in scope", "coverage at 95 %", "escalation, recall", "cost, US dollars", "█"):
        assert words in done.stdout
    assert "order_status -> gratitude\n      cheers, that helped\n" in done.stdout
    assert "█" not in punai("eval", str(file), PYTHONIOENCODING="ascii").stdout


def test_the_plot_is_written_where_it_is_wanted(file: Path, tmp_path: Path, punai: Run) -> None:
    assert punai("eval", str(file), "--plot", "plot.png").returncode == 0
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert_one_line_error(punai("eval", str(file), "--plot", str(file)), 2, "--plot", ".png")


def test_a_terminal_shows_how_far_it_is(file: Path, terminal: Terminal) -> None:
    shown, code = terminal("eval", str(file), typed=[])
    assert code == 0
    assert "Asking" in shown
    assert "7/7" in shown


def test_a_build_can_demand_an_accuracy(file: Path, punai: Run) -> None:
    assert punai("eval", str(file), "--min-accuracy", "0.5").returncode == 0
    failed = punai("eval", str(file), "--min-accuracy", "0.99")
    assert failed.returncode == 1
    assert failed.stdout, "the report is there all the same"
    assert "below 0.99" in failed.stderr
    assert failed.stderr.count("\n") == 1
    assert_one_line_error(punai("eval", str(file), "--min-accuracy", "90"), 2, "--min-accuracy")


def test_labels_may_be_as_they_were_when_the_pack_was_made_of_them(tmp_path: Path, punai: Run) -> None:
    (tmp_path / "a.csv").write_text("sentence,label\nthank you,gratitude?\nqwertz,NO_NODES_DETECTED\n")
    assert json.loads(punai("eval", "a.csv", "--json").stdout)["accuracy"] == 1


def test_messages_that_nobody_can_send_are_left_out_and_told(tmp_path: Path, punai: Run) -> None:
    (tmp_path / "a.csv").write_text(f"text,intent\nthank you,gratitude\n,gratitude\n{'x' * 4001},other\n\n")
    done = punai("eval", "a.csv", "--json")
    assert json.loads(done.stdout)["n"] == 1
    assert done.stderr.startswith("Left out: 2 ")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "needed are 'text' and 'intent'"),
        ("text,intent\n", "holds no messages"),
        ("text,intent\n,other\n", "holds no messages"),
        ("text,label\nthanks,gratitude\n", "needed are 'text' and 'intent'"),
        (
            "text,intent\nthanks,gratitude\nwhere is it,ordr_status\n",
            "a.csv:3: intent: 'ordr_status' is no intent",
        ),
        ("text,intent\nwhere is it,ordr_status\n", "the nearest is 'order_status'"),
        ("text,intent\nthanks,\n", "a.csv:2: intent: is empty"),
        ("text,intent,expect_escalation\nthanks,gratitude,perhaps\n", "a.csv:2: expect_escalation: "),
        ('{"text": "thanks", "intent": "gratitude", "expect_escalation": 2}', "a.csv:1: expect_escalation: "),
    ],
)
def test_a_wrong_file_is_told_in_one_line(content: str, complaint: str, tmp_path: Path, punai: Run) -> None:
    (tmp_path / "a.csv").write_text(content)
    assert_one_line_error(punai("eval", "a.csv"), 1, complaint)


def test_a_file_that_is_not_there_is_wrong_usage(punai: Run) -> None:
    assert_one_line_error(punai("eval", "nowhere.csv"), 2, "nowhere.csv")
