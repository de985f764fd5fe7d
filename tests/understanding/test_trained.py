"""What was trained once is found again by what it was trained from, and never taken for anything else."""

import logging
from pathlib import Path

import pytest

from punai.understanding import trained, training
from punai.understanding.classifier import Classifier
from punai.understanding.trained import BESIDE_THE_PACK, file_name, load_or_train, train_into
from tests.understanding.packs import SHOP, intent

MORE = (*SHOP, intent("gift_cards", "do you sell gift cards", "is there a gift card"))


class Trained:
    """Counts trainings."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0

        def counted(*args, **kwargs) -> Classifier:  # type: ignore[no-untyped-def]  # hands on what it gets
            self.count += 1
            return training.train(*args, **kwargs)

        monkeypatch.setattr(trained, "train", counted)


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Trained:
    return Trained(monkeypatch)


def test_what_was_trained_is_loaded_next_time(tmp_path: Path, trainings: Trained) -> None:
    first = load_or_train(SHOP, None, [], tmp_path)
    second = load_or_train(SHOP, None, [], tmp_path)
    assert trainings.count == 1
    assert first.intents("where is it") == second.intents("where is it")


def test_other_examples_are_trained_anew(tmp_path: Path, trainings: Trained) -> None:
    load_or_train(SHOP, None, [], tmp_path)
    assert load_or_train(MORE, None, [], tmp_path).names[0] == "gift_cards"
    assert trainings.count == 2


def test_name_of_the_file_tells_what_is_in_it() -> None:
    described = intent("order_status", *SHOP[0].examples, description="other")
    names = {file_name(known) for known in (SHOP, MORE, SHOP[1:], (described, *SHOP[1:]))}
    assert len(names) == 4
    assert file_name(SHOP) == file_name(SHOP[::-1])


def test_pack_brings_what_was_trained_for_it(tmp_path: Path, trainings: Trained) -> None:
    train_into(SHOP, tmp_path / "pack" / "trained")
    load_or_train(SHOP, None, [tmp_path / "pack" / "trained"], None)
    assert trainings.count == 1


def test_pack_keeps_only_what_is_trained_from_its_examples(tmp_path: Path) -> None:
    folder = tmp_path / BESIDE_THE_PACK
    train_into(SHOP, folder)
    (folder / "notes.txt").touch()
    now = train_into(MORE, folder)
    assert train_into(MORE, folder) == now
    assert {path.name for path in folder.iterdir()} == {now.name, "notes.txt"}


@pytest.mark.parametrize("content", [b"", b"rubbish", None], ids=["empty", "rubbish", "cut"])
def test_damaged_file_is_told_and_trained_anew(
    tmp_path: Path, trainings: Trained, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    load_or_train(SHOP, None, [], tmp_path)
    path = tmp_path / file_name(SHOP)
    path.write_bytes(path.read_bytes()[:-9] if content is None else content)
    with caplog.at_level(logging.WARNING, "punai"):
        load_or_train(SHOP, None, [], tmp_path)
    assert [record.getMessage() for record in caplog.records] == ["trained weights are not usable"]
    caplog.clear()
    load_or_train(SHOP, None, [], tmp_path)
    assert trainings.count == 2
    assert not caplog.records


def test_cache_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    classifier = load_or_train(SHOP, None, [], tmp_path / "file")
    assert classifier.intents("where is my order")[0][0] == "order_status"
    assert "trained weights were not kept" in [record.getMessage() for record in caplog.records]


def test_long_training_is_reported(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "QUIET_SECONDS", 0.0)
    with caplog.at_level(logging.INFO, "punai"):
        load_or_train(SHOP, None, [], None)
    reports = [record for record in caplog.records if record.getMessage() == "learning"]
    shares = [record.__dict__["fields"]["percent"] for record in reports]
    assert shares == sorted(shares)
    assert shares[-1] == 100
