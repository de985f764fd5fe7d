"""all-MiniLM-L6-v2 as an ONNX file, which onnxruntime runs: from sentences' tokens to their vectors.

Its matrices are int8: the table of words with a scale for each row, those of the layers with one for every
`BLOCK` numbers of a row, which is how onnxruntime multiplies int8 without widening it (MatMulNBits).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]
HEADS = 12
EPSILON = 1e-12
LAYERS = (0.7, 0.7, 1.0)
"""What the means over the last layers count: the last one is what the network was trained for, those before
it know more of single words. On HWU64 the three tell intents apart better than the last alone by about a
point, on BANKING77 no worse."""
LONGEST = 256
"""So many tokens all-MiniLM-L6-v2 reads of a text: it has room for more, but was not trained on it."""
OPERATORS, FORMAT = 20, 9
"""The versions of ONNX's operators and of its file: the first that have all that is used here."""
OWN = "com.microsoft"
"""Where onnxruntime's own operators are."""
BLOCK = 32
"""With 32 the sentence embeddings of 400 messages to a bank have a cosine of 0.9996 with those of the full
numbers: as with a scale for each row and products of full numbers, which take twice the time. With 128 it is
0.9991."""
INT8_PRODUCTS = 4
"""What MatMulNBits calls `accuracy_level`: the values, too, are multiplied as int8, in the same blocks."""


def network(tensors: Tensors, vocabulary: Sequence[str], heads: int = HEADS) -> bytes:
    """The file: `tokens` (sentences, tokens; none of them padding) become `vectors` (sentences, columns).

    A vector has `len(LAYERS)` parts of equal width: first the sentence embedding as everybody's, of length 1,
    then the same from the layers before, each of the length that it counts. What one has to know to use the
    file is in its properties: `vocabulary` (a line for each token), `width`, and `longest` (so many tokens a
    sentence has at most).

    Args:
        tensors: by BERT's own names.
        vocabulary: the tokens by their numbers.
        heads: the attention's, in every layer.
    """
    graph = _Graph(tensors)
    places = tensors["embeddings.position_embeddings.weight"][:LONGEST]
    hidden = _embedded(graph, places)
    means = []
    for number in sorted({int(name.split(".")[2]) for name in tensors if name.startswith("encoder.layer.")}):
        hidden = _layer(graph, hidden, f"encoder.layer.{number}", heads)
        means.append(graph.add("ReduceMean", hidden, graph.integers(1), keepdims=0))
    parts = [
        graph.add("Mul", graph.add("LpNormalization", mean, axis=-1, p=2), graph.constant(np.float32(weight)))
        for mean, weight in zip(means[-len(LAYERS) :], LAYERS, strict=True)
    ]
    longest, width = places.shape
    properties = {"vocabulary": "\n".join(vocabulary), "longest": str(longest), "width": str(width)}
    return graph.written(graph.add("Concat", *parts[::-1], axis=-1), len(parts) * width, properties)


def _embedded(graph: "_Graph", places: Floats) -> str:
    words = graph.rows("embeddings.word_embeddings.weight", "tokens")
    # There is one kind of sentence only, so its row can be added to those of the places.
    kind = graph.tensors["embeddings.token_type_embeddings.weight"][0]
    both = graph.constant(places + kind)
    length = graph.add("Shape", "tokens", start=1, end=2)
    used = graph.add("Slice", both, graph.integers(0), length, graph.integers(0))
    return graph.normed("embeddings.LayerNorm", graph.add("Add", words, used))


def _layer(graph: "_Graph", hidden: str, name: str, heads: int) -> str:
    mixed = _attention(graph, hidden, f"{name}.attention.self", heads)
    attended = graph.add("Add", graph.dense(f"{name}.attention.output.dense", mixed), hidden)
    attended = graph.normed(f"{name}.attention.output.LayerNorm", attended)
    wide = graph.add("Gelu", graph.dense(f"{name}.intermediate.dense", attended))
    narrow = graph.add("Add", graph.dense(f"{name}.output.dense", wide), attended)
    return graph.normed(f"{name}.output.LayerNorm", narrow)


def _attention(graph: "_Graph", hidden: str, name: str, heads: int) -> str:
    def split(part: str, order: list[int]) -> str:
        parts = graph.add("Reshape", graph.dense(f"{name}.{part}", hidden), graph.integers(0, 0, heads, -1))
        return graph.add("Transpose", parts, perm=order)

    size = len(graph.tensors[f"{name}.query.bias"]) // heads
    queries, keys = split("query", [0, 2, 1, 3]), split("key", [0, 2, 3, 1])
    scores = graph.add("Mul", graph.add("MatMul", queries, keys), graph.constant(np.float32(size**-0.5)))
    mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), split("value", [0, 2, 1, 3]))
    joined = graph.add("Transpose", mixed, perm=[0, 2, 1, 3])
    return graph.add("Reshape", joined, graph.integers(0, 0, heads * size))


class _Graph:
    """Steps, each of which names its result, and the constants that they use."""

    def __init__(self, tensors: Tensors) -> None:
        self.tensors = tensors
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def add(self, operator: str, *inputs: str, **options: Any) -> str:
        result = f"{operator}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [result], **options))
        return result

    def constant(self, value: NDArray[Any] | np.float32) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def rows(self, name: str, numbers: str) -> str:
        """These rows of a matrix."""
        whole, scales = _rounded(self.tensors[name])
        taken = self.add("Cast", self.add("Gather", self.constant(whole), numbers), to=TensorProto.FLOAT)
        return self.add("Mul", taken, self.add("Gather", self.constant(scales), numbers))

    def dense(self, name: str, values: str) -> str:
        """The values times a matrix, and its bias."""
        matrix = self.tensors[f"{name}.weight"]
        results, width = matrix.shape
        blocks = np.pad(matrix, ((0, 0), (0, -width % BLOCK))).reshape(results, -1, BLOCK)
        whole, scales = _rounded(blocks)
        shifted = (whole.astype(np.int16) + 128).astype(np.uint8)  # as the operator wants them
        constants = [self.constant(shifted), self.constant(scales.ravel())]
        bias = self.constant(self.tensors[f"{name}.bias"])
        return self.add(
            "MatMulNBits",
            *[values, *constants, "", "", bias],
            domain=OWN,
            K=width,
            N=results,
            bits=8,
            block_size=BLOCK,
            accuracy_level=INT8_PRODUCTS,
        )

    def normed(self, name: str, values: str) -> str:
        weight, bias = (self.constant(self.tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", values, weight, bias, axis=-1, epsilon=EPSILON)

    def written(self, end: str, columns: int, properties: dict[str, str]) -> bytes:
        """The file of which `end`, of so many columns, is the result."""
        self._nodes.append(helper.make_node("Identity", [end], ["vectors"]))
        tokens = helper.make_tensor_value_info("tokens", TensorProto.INT64, ["sentences", "tokens"])
        vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["sentences", columns])
        graph = helper.make_graph(self._nodes, "MiniLM", [tokens], [vectors], self._constants)
        versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(OWN, 1)]
        model = helper.make_model(graph, opset_imports=versions, ir_version=FORMAT)
        helper.set_model_props(model, properties)
        return bytes(model.SerializeToString())


def _rounded(numbers: Floats) -> tuple[NDArray[np.int8], Floats]:
    """As whole numbers from -127 to 127, and what 1 is worth in each row of the last axis."""
    scales = np.abs(numbers).max(axis=-1, keepdims=True) / np.float32(127)
    scales = np.where(scales == 0, np.float32(1), scales)
    return np.rint(numbers / scales).astype(np.int8), scales
