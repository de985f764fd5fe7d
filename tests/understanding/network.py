"""A MiniLM small enough to check by hand: three layers of four columns, made-up weights, a few words."""

import numpy as np
from numpy.typing import NDArray

from punai.understanding.minilm import MiniLM
from punai.understanding.network import network

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "where", "is", "my", "order", "##s", "open", "?"]
WIDTH = 4
HEADS = 2
LAYER = {
    "attention.self.query": (WIDTH, WIDTH),
    "attention.self.key": (WIDTH, WIDTH),
    "attention.self.value": (WIDTH, WIDTH),
    "attention.output.dense": (WIDTH, WIDTH),
    "intermediate.dense": (2 * WIDTH, WIDTH),
    "output.dense": (WIDTH, 2 * WIDTH),
}


def tensors() -> dict[str, NDArray[np.float32]]:
    """By BERT's names."""
    random = np.random.default_rng(5)

    def some(*shape: int) -> NDArray[np.float32]:
        return random.normal(size=shape).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": some(len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": some(8, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for number in range(3):
        for name, shape in LAYER.items():
            # What tokens take from each other is loud here, so that it matters beside what int8 costs.
            loud = np.float32(3 if name in ("attention.self.value", "attention.output.dense") else 1)
            found[f"encoder.layer.{number}.{name}.weight"] = loud * some(*shape)
            found[f"encoder.layer.{number}.{name}.bias"] = some(shape[0])
        norms += [f"encoder.layer.{number}.{part}.LayerNorm" for part in ("attention.output", "output")]
    for norm in norms:
        found[f"{norm}.weight"], found[f"{norm}.bias"] = some(WIDTH), some(WIDTH)
    return found


def encoder() -> MiniLM:
    """The network with these weights."""
    return MiniLM(network(tensors(), VOCABULARY, heads=HEADS), digest="made up")
