"""Files of weights: whole or not at all, and never taken for what they are not."""

from pathlib import Path

import pytest

from punai.understanding import artefact

HEADER = {"names": ["a", "é\n"], "number": 0.1}
PARTS = {"table": b"\x00\n\xff" * 7, "empty": b"", "last": b"x"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "new" / "some.weights"
    artefact.write(path, HEADER, PARTS)
    return path


def test_what_is_written_is_read(path: Path) -> None:
    assert artefact.read(path) == (HEADER, PARTS)
    assert list(path.parent.iterdir()) == [path]


def test_same_content_makes_the_same_file(path: Path, tmp_path: Path) -> None:
    artefact.write(tmp_path / "other", HEADER, PARTS)
    assert (tmp_path / "other").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: b"",
        lambda raw: b"P" * 500,
        lambda raw: raw[:40],
    ],
    ids=["cut", "longer", "empty", "another", "cut short"],
)
def test_damaged_file_is_told(path: Path, damage) -> None:  # type: ignore[no-untyped-def]  # a lambda above
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"some\.weights is damaged"):
        artefact.read(path)


def test_every_changed_byte_is_noticed(path: Path) -> None:
    raw = path.read_bytes()
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        with pytest.raises(ValueError, match="is damaged"):
            artefact.read(path)


def test_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        artefact.read(tmp_path / "none")


def test_nothing_is_left_of_a_file_that_could_not_be_written(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(TypeError):
        artefact.write(path, {"header": {1, 2}}, {})
    with pytest.raises(IsADirectoryError):
        artefact.write(path.parent, HEADER, PARTS)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
