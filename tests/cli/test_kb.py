"""`punai kb`: owners look after the documents that customers are answered from."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Terminal, write_business


@pytest.fixture
def folder(plugins: Path) -> Path:
    return plugins / "teahouse" / "knowledge"


def test_documents_are_added_listed_and_removed(punai: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "gifts.md").write_text("# Gifts\n\nWe wrap gifts for 3 pounds.")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "care.txt").write_text("Keep tea dry.")
    added = punai("kb", "add", str(tmp_path / "gifts.md"), str(tmp_path / "more"))
    assert (added.returncode, added.stderr) == (0, "")
    assert "gifts.md" in added.stdout
    assert (folder / "care.txt").read_text() == "Keep tea dry."

    listed = punai("kb", "list", "--json")
    assert [(line["name"], line["passages"], line["left_out"]) for line in json.loads(listed.stdout)] == [
        ("care.txt", 1, None),
        ("delivery.md", 1, None),
        ("gifts.md", 1, None),
    ]
    removed = punai("kb", "remove", "gifts.md", "care.txt")
    assert (removed.returncode, removed.stdout) == (0, "removed gifts.md, care.txt\n")
    assert sorted(path.name for path in folder.iterdir()) == ["delivery.md"]


def test_what_cannot_be_read_is_said_and_the_rest_is_added(punai: Run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# Good\n\nWords.")
    (tmp_path / "prices.csv").write_text("product,price\npan,10\n")
    done = punai("kb", "add", str(tmp_path / "prices.csv"), str(tmp_path / "good.md"))
    assert done.returncode == 1
    assert "question" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("punai: 1 of 2 files are not answered from")
    assert (folder / "good.md").exists()


def test_nothing_to_remove_is_an_error(punai: Run) -> None:
    done = punai("kb", "remove", "nothing.md")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no nothing.md in" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("add",), "Missing argument"),
        (("add", "nowhere.md"), "does not exist"),
        (("add", "--to", "bucket", "."), "'bucket' keeps no documents of teahouse; there are: documents"),
        (("search", "  "), "write what a customer would ask"),
    ],
)
def test_wrong_usage_is_told(punai: Run, args: tuple[str, ...], said: str) -> None:
    done = punai("kb", *args)
    assert done.returncode == 2
    assert said in done.stderr


def test_search_shows_what_a_question_finds(punai: Run) -> None:
    found = json.loads(punai("kb", "search", "how long does delivery take", "--json").stdout)
    assert found["threshold"] == 0.5
    best = found["passages"][0]
    assert (best["id"], best["source"]) == ("delivery.md#delivery-times", "delivery.md")
    shown = punai("kb", "search", "how long does express delivery take").stdout
    assert "delivery.md#delivery-times" in shown
    assert "quoted: [thresholds] passage is 0.5" in shown


def test_search_shows_more_than_customers_get(punai: Run, folder: Path) -> None:
    sections = "\n".join(f"# Honey {number}\n\nHoney of sort {number}." for number in range(8))
    (folder / "honey.md").write_text(sections)
    found = json.loads(punai("kb", "search", "honey", "--limit", "7", "--json").stdout)
    assert len(found["passages"]) == 7
    found = json.loads(punai("kb", "search", "honey", "--json").stdout)
    assert len(found["passages"]) == 5


def test_search_that_finds_nothing_says_so(punai: Run) -> None:
    assert punai("kb", "search", "qwertz").stdout == "nothing found\n"


def test_check_names_what_to_see_to(punai: Run, plugins: Path, folder: Path) -> None:
    (folder / "old.md").write_text("# Delivery times\n\nTea is delivered within nine working days.\n")
    (folder / "older.md").write_text("# Norway\n\nParcels to Norway take 3 days with the post.\n")
    (folder / "newer.md").write_text("# Norway\n\nParcels to Norway take 5 days with the post.\n")
    (folder / "film.mp4").write_bytes(b"\x00")
    done = punai("kb", "check")
    assert done.returncode == 0
    assert "film.mp4 is not answered from: .mp4 is not read" in done.stdout
    assert "contradiction: newer.md#norway and older.md#norway" in done.stdout
    assert "order_status: documents answer" in done.stdout
    found = json.loads(punai("kb", "check", "--json").stdout)
    assert set(found) == {"unread", "findings", "intents"}
    assert punai("kb", "check", "--strict").returncode == 1


def test_check_finds_nothing_where_all_is_well(punai: Run, plugins: Path) -> None:
    (plugins / "teahouse" / "business.toml").write_text(
        'name = "Teahouse"\n[[intents]]\nname = "delivery"\ndescription = "delivery times"\n'
        'examples = ["how long does express delivery take", "when is tea delivered"]\n'
    )
    done = punai("kb", "check", "--strict")
    assert (done.returncode, done.stdout) == (0, "nothing to see to in 1 passages of 1 documents\n")


def test_gaps_are_what_customers_asked_in_vain(punai: Run, environment: dict[str, str], folder: Path) -> None:
    asked = "\n".join(
        [
            "do you sell honey",
            "is there honey in your shop",
            "how long does express delivery take",
            "thank you",
        ]
    )
    assert punai("chat", stdin=asked).returncode == 0
    found = json.loads(punai("kb", "gaps", "--json").stdout)
    assert found["questions"] == 2
    assert {text for gap in found["gaps"] for text in gap["questions"]} == {
        "do you sell honey",
        "is there honey in your shop",
    }
    shown = punai("kb", "gaps").stdout
    assert "honey" in shown
    (folder / "honey.md").write_text("# Do you sell honey in your shop?\n\nYes, there is honey in jars.\n")
    assert "honey" not in punai("kb", "gaps").stdout
    (folder / "honey.md").unlink()
    assert json.loads(punai("kb", "gaps", "--json").stdout)["questions"] == 2


def test_no_gaps_are_said_so(punai: Run) -> None:
    assert punai("kb", "gaps").stdout.startswith("no gaps: in the last 30 days")


def test_build_indexes_every_business(punai: Run, plugins: Path) -> None:
    write_business(plugins / "coffeehouse")
    built = punai("kb", "build", PUNAI_BUSINESS="teahouse")
    assert built.stdout.splitlines()[1:] == [
        "coffeehouse  documents         1",
        "teahouse     documents         1",
    ]
    shipped = punai("kb", "build", "--for-lambda", PUNAI_BUSINESS="teahouse")
    assert shipped.returncode == 0
    assert (plugins / "teahouse" / "trained" / "knowledge.zip").exists()


def test_a_terminal_sees_how_far_it_is(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "gifts.md").write_text("# Gifts\n\nWe wrap gifts for 3 pounds.")
    shown, code = terminal("kb", "add", str(tmp_path / "gifts.md"), typed=[])
    assert code == 0
    assert "Indexing documents: 2 passages" in shown
