"""Many numbers in one: whatever is done to the one is done to each."""

from hypothesis import given
from hypothesis import strategies as st

from punai.understanding.lanes import Lanes

NUMBERS = st.integers(-(2**40), 2**40)
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=50)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_what_is_packed_is_unpacked(numbers: list[int]) -> None:
    lanes = Lanes(len(numbers))
    assert lanes.unpack(lanes.pack(numbers)) == numbers


@given(PAIRS, st.integers(-(2**20), 2**20))
def test_sums_and_products_are_those_of_each(pairs: list[tuple[int, int]], factor: int) -> None:
    lanes = Lanes(len(pairs))
    ones, others = zip(*pairs, strict=True)
    packed = lanes.pack(ones) + lanes.pack(others) * factor
    assert lanes.unpack(packed) == [one + other * factor for one, other in pairs]
