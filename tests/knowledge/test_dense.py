"""Vectors compared by numpy: the same as in plain Python, one number after the other."""

import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from punai.knowledge.dense import TEXT, TITLE, Cosines, Dense

pytest.importorskip("numpy", reason="numpy is not installed: there is plain Python only")

WIDTH = 2
# Few whole numbers: many products are equal, and none is rounded.
NUMBER = st.sampled_from([-1.0, 0.0, 1.0])
VECTOR = st.tuples(NUMBER, NUMBER)
PASSAGE = st.tuples(st.lists(VECTOR, max_size=1), st.lists(VECTOR, max_size=3))  # of its title, of its text
Vector = tuple[float, float]
Passages = Sequence[tuple[list[Vector], list[Vector]]]


def both_ways(passages: Passages, asked: Vector, limit: int) -> list[dict[int, Cosines]]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as modules:
        vectors, rows = Path(folder, "vectors"), Path(folder, "rows")
        owned = [
            (number << 1 | kind, vector)
            for number, passage in enumerate(passages)
            for kind in (TITLE, TEXT)
            for vector in passage[kind]
        ]
        rows.write_bytes(array("I", [owner for owner, _ in owned]).tobytes())
        vectors.write_bytes(array("f", [value for _, vector in owned for value in vector]).tobytes())
        by_numpy = Dense(vectors, rows, WIDTH).nearest(asked, limit)
        modules.setitem(sys.modules, "numpy", None)
        return [by_numpy, Dense(vectors, rows, WIDTH).nearest(asked, limit)]


@settings(deadline=None)
@given(st.lists(PASSAGE, max_size=8), VECTOR, st.integers(1, 10))
def test_numpy_finds_what_plain_python_does(passages: Passages, asked: Vector, limit: int) -> None:
    by_numpy, plain = both_ways(passages, asked, limit)
    assert by_numpy == plain


def test_vector_that_is_no_number_hides_no_other() -> None:
    nothing = (float("nan"), float("nan"))
    passages = [([nothing], [(1.0, 0.0)]), ([], [nothing]), ([(1.0, 0.0)], []), ([], [(0.0, 1.0)])]
    by_numpy, plain = both_ways(passages, (1.0, 0.0), 2)
    assert by_numpy == plain
    assert set(by_numpy) == {0, 2}
