"""The network's file."""

import hashlib
from typing import Any

import pytest

numpy: Any = pytest.importorskip("numpy", reason="numpy is not installed: nothing holds weights")
pytest.importorskip("onnx", reason="onnx is not installed: nothing writes the network")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: nothing runs the network")

from punai.understanding.network import network  # noqa: E402  what needs these comes after the skips
from tests.understanding.network import HEADS, VOCABULARY, tensors  # noqa: E402


def test_file_is_the_same_whoever_writes_it() -> None:
    # Where it has changed, by `network` or by another version of onnx, `weights.DIGEST` has too: else nobody
    # could build the weights any more.
    even = {
        name: (numpy.arange(tensor.size, dtype=numpy.float32).reshape(tensor.shape) - 3) / 8
        for name, tensor in tensors().items()
    }
    digest = hashlib.sha256(network(even, VOCABULARY, heads=HEADS)).hexdigest()
    assert digest.startswith("ca77ddbcde81")
