"""The half that knows sentences: learned, joined with the other, and kept in a file. On a made-up network."""

import math
from pathlib import Path
from typing import Any

import pytest

numpy: Any = pytest.importorskip("numpy", reason="numpy is not installed: there is only the small classifier")
pytest.importorskip("onnx", reason="onnx is not installed: nothing writes the network")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: nothing runs the network")

from punai.understanding import regression  # noqa: E402  what needs these comes after the skips
from punai.understanding.classifier import Classifier  # noqa: E402
from punai.understanding.trained import file_name, load_or_train  # noqa: E402
from punai.understanding.training import train  # noqa: E402
from tests.understanding.network import encoder  # noqa: E402
from tests.understanding.packs import SHOP  # noqa: E402


def blobs() -> tuple[Any, list[int]]:
    """Sixty points around three corners."""
    random = numpy.random.default_rng(3)
    labels = [number % 3 for number in range(60)]
    return (numpy.eye(3)[labels] + random.normal(0, 0.1, (60, 3))).astype(numpy.float32), labels


def test_regression_finds_what_is_apart() -> None:
    points, labels = blobs()
    weights = regression.train(points, labels, [1.0] * 60, 3, strength=10)
    assert (points @ weights).argmax(axis=1).tolist() == labels


def test_regression_ends_where_the_loss_is_lowest() -> None:
    points, labels = blobs()
    weights = regression.train(points, labels, [1.0] * 60, 3, strength=10)
    powers = numpy.exp(points @ weights)
    shares = powers / powers.sum(axis=1, keepdims=True)
    slope = points.T @ (shares - numpy.eye(3)[labels]) / 60 + weights / (10 * 60)
    assert numpy.abs(slope).max() < 0.002


def test_regression_weighs_examples() -> None:
    points = numpy.ones((2, 1), numpy.float32)
    weights = regression.train(points, [0, 1], [3.0, 1.0], 2, strength=1000)
    assert math.exp(weights[0, 0] - weights[0, 1]) == pytest.approx(3, rel=0.05)


def test_both_halves_are_joined() -> None:
    classifier = train(SHOP, encoder())
    assert classifier.kind == "full"
    judged = classifier.judge.judge("where is my order")
    assert judged
    assert sum(map(math.exp, judged.logs)) <= 1
    assert classifier.intents("where is my order")[0][0] == "order_status"


def test_message_without_words_is_nothing_to_either_half() -> None:
    classifier = train(SHOP, encoder())
    assert classifier.intents("👍") == ()
    assert classifier.intents("") == ()


def test_same_pack_trains_the_same_weights() -> None:
    assert train(SHOP, encoder()).dump() == train(SHOP[::-1], encoder()).dump()


def test_classifier_that_was_dumped_is_loaded(tmp_path: Path) -> None:
    network = encoder()
    first = load_or_train(SHOP, network, [], tmp_path)
    second = load_or_train(SHOP, network, [], tmp_path)
    assert isinstance(second, Classifier)
    assert second.kind == "full"
    assert second.intents("my order") == first.intents("my order")


def test_full_and_small_are_kept_apart(tmp_path: Path) -> None:
    network = encoder()
    assert file_name(SHOP, network) != file_name(SHOP)
    assert load_or_train(SHOP, network, [], tmp_path).kind == "full"
    assert load_or_train(SHOP, None, [], tmp_path).kind == "small"
