"""`punai understanding`."""

from pathlib import Path

import pytest

from tests.cli.conftest import BUSINESS, Run, assert_one_line_error, write_business

FEW = BUSINESS.replace('"you will hear from my lawyer"', '"thank you", "you will hear from my lawyer"')


def test_businesses_are_trained_into_the_cache(tmp_path: Path, punai: Run) -> None:
    cache = tmp_path / "cache"
    done = punai("understanding", "train", PUNAI_CACHE=str(cache))
    assert done.returncode == 0, done.stderr
    [name, kind, path] = done.stdout.split()
    assert (name, kind) == ("teahouse", "small")
    assert [str(file) for file in (cache / "trained").iterdir()] == [path]
    assert "more examples would help" in done.stderr


def test_what_lambda_needs_lies_in_the_pack_and_is_used(tmp_path: Path, plugins: Path, punai: Run) -> None:
    unused = str(tmp_path / "unused")
    done = punai("understanding", "train", "--for-lambda", PUNAI_CACHE=unused)
    assert done.returncode == 0, done.stderr
    [file] = (plugins / "teahouse" / "trained").iterdir()
    assert done.stdout.split()[-1] == str(file)
    assert punai("chat", stdin="where is my order\n", PUNAI_CACHE=unused).returncode == 0
    assert not (Path(unused) / "trained").exists(), "it was trained again"


def test_example_of_two_intents_is_told_with_both(plugins: Path, punai: Run) -> None:
    write_business(plugins / "twins", FEW)
    done = punai("understanding", "train", PUNAI_BUSINESS="twins")
    assert "twins: 'thank you' is an example of gratitude and of legal_threat; keep one" in done.stderr


def test_weights_that_cannot_be_fetched_are_one_line(tmp_path: Path, punai: Run) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: nothing is fetched")
    done = punai(
        "understanding",
        "build",
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(tmp_path),
        PUNAI_CACHE=str(tmp_path / "c"),
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "punai: pip could not download" in done.stderr.splitlines()[-1]


def test_misspelt_command_is_wrong_usage(punai: Run) -> None:
    assert_one_line_error(punai("understanding", "biuld"), 2, "biuld")
