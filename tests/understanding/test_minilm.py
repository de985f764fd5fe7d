"""The network: the same as one written out number by number, in batches and as int8."""

import math
from typing import Any

import pytest

numpy: Any = pytest.importorskip("numpy", reason="numpy is not installed: nothing holds vectors")
pytest.importorskip("onnx", reason="onnx is not installed: nothing writes the network")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: nothing runs the network")

from punai.understanding.network import LAYERS  # noqa: E402  what needs these comes after the skips
from tests.understanding.network import HEADS, WIDTH, encoder, tensors  # noqa: E402

PIECES = {"where is my orders?": [2, 4, 5, 6, 7, 8, 10, 3], "open": [2, 9, 3], "": [2, 3]}


def by_hand(pieces: list[int]) -> list[list[float]]:
    """BERT as in its paper, one number after the other: the mean of each layer's tokens."""
    known = {name: tensor.tolist() for name, tensor in tensors().items()}
    embeddings = "embeddings.{}_embeddings.weight"
    hidden = [
        normed(
            known,
            "embeddings.LayerNorm",
            [
                word + position + kind
                for word, position, kind in zip(
                    known[embeddings.format("word")][piece],
                    known[embeddings.format("position")][place],
                    known[embeddings.format("token_type")][0],
                    strict=True,
                )
            ],
        )
        for place, piece in enumerate(pieces)
    ]
    means = []
    for number in range(3):
        hidden = layer(known, f"encoder.layer.{number}", hidden)
        means.append([sum(column) / len(hidden) for column in zip(*hidden, strict=True)])
    return means


def dense(known: Any, name: str, row: list[float]) -> list[float]:
    weights, bias = known[f"{name}.weight"], known[f"{name}.bias"]
    return [
        sum(weight * value for weight, value in zip(line, row, strict=True)) + extra
        for line, extra in zip(weights, bias, strict=True)
    ]


def normed(known: Any, name: str, row: list[float]) -> list[float]:
    mean = sum(row) / len(row)
    spread = math.sqrt(sum((value - mean) ** 2 for value in row) / len(row) + 1e-12)
    scaled = zip(row, known[f"{name}.weight"], known[f"{name}.bias"], strict=True)
    return [(value - mean) / spread * weight + bias for value, weight, bias in scaled]


def added(one: list[float], other: list[float]) -> list[float]:
    return [first + second for first, second in zip(one, other, strict=True)]


def layer(known: Any, name: str, hidden: list[list[float]]) -> list[list[float]]:
    query, key, value = (
        [dense(known, f"{name}.attention.self.{part}", row) for row in hidden]
        for part in ("query", "key", "value")
    )
    size = WIDTH // HEADS
    result = []
    for place, row in enumerate(hidden):
        mixed: list[float] = []
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            scores = [
                math.exp(
                    sum(a * b for a, b in zip(query[place][part], other[part], strict=True)) / math.sqrt(size)
                )
                for other in key
            ]
            for column in range(size):
                weighted = zip(scores, value, strict=True)
                mixed.append(sum(s * v[part][column] for s, v in weighted) / sum(scores))
        attended = normed(
            known,
            f"{name}.attention.output.LayerNorm",
            added(dense(known, f"{name}.attention.output.dense", mixed), row),
        )
        raised = [
            x * (1 + math.erf(x / math.sqrt(2))) / 2
            for x in dense(known, f"{name}.intermediate.dense", attended)
        ]
        result.append(
            normed(
                known,
                f"{name}.output.LayerNorm",
                added(dense(known, f"{name}.output.dense", raised), attended),
            )
        )
    return result


@pytest.mark.parametrize("text", PIECES)
def test_vector_is_that_of_the_network_written_out(text: str) -> None:
    means = by_hand(PIECES[text])
    expected = []
    for mean, counts in zip(means[::-1], LAYERS[::-1], strict=True):
        length = math.sqrt(sum(value * value for value in mean))
        expected += [counts * value / length for value in mean]
    [found] = encoder().embed([text])
    assert found.tolist() == pytest.approx(expected, abs=0.02)  # int8 costs some of it


def test_sentences_together_are_as_each_alone() -> None:
    minilm = encoder()
    texts = [
        "where is my order",
        "open",
        "",
        "is my order open",
        "my",
        "open",
        "where where where where where",
    ]
    together = minilm.embed(texts)
    alone = [minilm.embed([text])[0] for text in texts]
    assert numpy.allclose(together, alone, atol=1e-5)


def test_a_text_that_comes_again_keeps_its_vector() -> None:
    minilm = encoder()
    first = minilm.vector("where is my order")
    assert numpy.array_equal(first, minilm.embed(["where is my order"])[0])
    assert minilm.vector("where is my order") is first
    assert not numpy.array_equal(minilm.vector("open"), first)
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 0


def test_long_text_is_read_as_far_as_there_are_positions() -> None:
    minilm = encoder()
    assert numpy.array_equal(minilm.embed(["my " * 6])[0], minilm.embed(["my " * 4000])[0])


def test_progress_counts_the_sentences() -> None:
    told: list[int] = []
    encoder().embed(["open", "my order", "open", "is my order"], told.append)
    assert told == sorted(told)
    assert told[-1] == 4


def test_nothing_to_embed_is_no_rows() -> None:
    assert encoder().embed([]).shape == (0, len(LAYERS) * WIDTH)
