"""What a turn costs in DynamoDB can be measured, and the picture of it shows what it costs today."""

import gzip
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks import grounding, knowledge, mood, unhappy, widget
from benchmarks.figure import PICTURE, draw, read
from benchmarks.storage import CACHE, CANDIDATES, Candidate, as_nobody, measure
from punai.testing.dynamodb_local import NotAvailable, running


@pytest.fixture(scope="module")
def engine() -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(as_nobody(stack.enter_context(running(CACHE))))
        except NotAvailable as reason:
            pytest.skip(str(reason))
        yield


@pytest.mark.filterwarnings("ignore:.langchain-community. is being sunset:DeprecationWarning")
@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("candidate", CANDIDATES, ids=[candidate.name for candidate in CANDIDATES])
def test_turn_is_measured(candidate: Candidate) -> None:
    if candidate.missing:
        pytest.skip(f"{candidate.missing} is installed by make bench only")
    measured = measure(candidate, [1, 3])
    assert measured.refused is None
    for turn in (1, 3):
        cost = measured.costs[turn]
        assert cost.calls >= 2
        assert cost.write_units >= 1
        assert cost.bytes_sent > 600


@pytest.mark.usefixtures("engine")
def test_picture_shows_what_a_turn_costs() -> None:
    drawn = dict(read(PICTURE.read_text(encoding="utf-8"))[0].points)
    measured = measure(CANDIDATES[0], [1, 2, 30])
    assert {turn: cost.write_units for turn, cost in measured.costs.items()} == {
        turn: drawn[turn] for turn in measured.costs
    }, "make bench draws it again"


def test_picture_is_what_the_benchmark_draws() -> None:
    picture = PICTURE.read_text(encoding="utf-8")
    assert draw(read(picture)) == picture, "make bench draws it again"


def test_mood_is_measured_where_there_is_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUNAI_DATA", str(tmp_path))
    for name in ("train", "test"):
        file = tmp_path / f"hint3_sofmattress/{name}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text("sentence,label\n" + "my order is late,x\n" * 4, encoding="utf-8")
    mood.run()
    shop, *others = capsys.readouterr().out.splitlines()
    assert shop.startswith(
        "mood: hint3_sofmattress, 4 messages: 0.00% by mood, 0.00% by anger, 100.00% labelled"
    )
    assert [line.split(": ")[1] for line in others] == [
        f"{name} skipped" for name in ("banking77", "hwu64", "abcd")
    ]


def test_mood_is_skipped_without_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PUNAI_DATA", raising=False)
    mood.run()
    assert capsys.readouterr().out.startswith("mood: skipped: ")


def test_written_customers_bring_in_no_human_where_they_are_content() -> None:
    conversations = unhappy.read()
    content = [each for each in conversations if not each.unhappy]
    assert len(content) > 150
    assert [each.said for each in content if unhappy.brings_a_human(each)] == []


def test_written_customers_who_repeat_themselves_in_vain_get_a_human() -> None:
    repeats = [each for each in unhappy.read() if each.kind == "repeats"]
    noticed = sum(map(unhappy.brings_a_human, repeats))
    assert noticed >= 0.7 * len(repeats) > 5


def test_unhappiness_is_measured_round_by_round(capsys: pytest.CaptureFixture[str]) -> None:
    unhappy.run()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["round 1", "round 2", "round 3"]
    assert all("% with a human; others: " in line for line in lines)


def test_grounding_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    grounding.run()
    assert "1000 hostile turns of 43 kinds: 0 sent" in capsys.readouterr().out


def test_knowledge_is_skipped_without_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PUNAI_DATA", raising=False)
    knowledge.run()
    assert capsys.readouterr().out.startswith("knowledge: skipped, PUNAI_DATA names no folder with stackfaq/")


def test_widget_is_weighed_where_there_is_no_browser(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    widget.run()
    weight, skipped = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"widget: widget.js [\d.]+ KB, gzipped [\d.]+ KB", weight)
    assert skipped.startswith("widget: the rest is skipped: there is no Chromium")


def test_widget_costs_a_page_at_most_fifteen_kilobytes() -> None:
    assert len(gzip.compress(widget.WIDGET.read_bytes(), 9)) <= 15_000
