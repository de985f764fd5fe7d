"""What scores are worth: it rises, the examples bear it out, and what is unlike them stays below the gate."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punai.models import Thresholds
from punai.understanding.confidence import GATE, LOWEST, SEEN, Curve

NOTHING = -3.0
SCORES = st.floats(-10, 10)
CURVES = st.builds(
    Curve.fit,
    st.lists(st.tuples(SCORES, st.booleans())),
    st.lists(SCORES),
    st.just(NOTHING),
)


def half_right() -> Curve:
    """Two hundred examples: those above 0 are right, of those below every second."""
    unseen = [(number / 100, number >= 0 or number % 2 == 0) for number in range(-100, 100)]
    return Curve.fit(unseen, [3.0] * 10, NOTHING)


@given(CURVES, st.lists(SCORES, min_size=2), st.floats(0, 1))
def test_confidence_rises_with_the_score_and_is_a_share(
    curve: Curve, scores: list[float], familiarity: float
) -> None:
    found = [curve.confidence(score, familiarity) for score in sorted(scores)]
    assert all(0 <= confidence <= 1 for confidence in found)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(found))


def test_confidence_is_the_share_that_was_right() -> None:
    curve = half_right()
    assert curve.confidence(-0.5) == pytest.approx(0.55, abs=0.05)  # a tenth of the mistakes go
    assert curve.confidence(0.9) > 0.95


def test_gate_is_passed_by_all_but_the_lowest_of_the_own_examples() -> None:
    curve = half_right()
    refused = [number for number in range(-100, 100) if curve.confidence(number / 100) < GATE]
    assert refused == list(range(-100, -100 + int(LOWEST * 200)))


def test_gate_lies_at_the_threshold_of_a_new_pack() -> None:
    assert Thresholds().intent == GATE


def test_stranger_than_every_example_is_worth_nothing() -> None:
    assert half_right().confidence(-1.5) == 0


def test_what_has_little_in_common_stays_below_the_gate_whatever_stands_out() -> None:
    curve = half_right()
    assert curve.confidence(0.9, familiarity=0.99) < GATE
    assert curve.confidence(0.9, familiarity=0.5) < curve.confidence(0.9, familiarity=0.7)


def test_words_that_were_seen_are_sure_even_where_there_is_little_to_go_by() -> None:
    curve = Curve.fit([(0.0, True), (-1.0, False)], [2.0], NOTHING)
    assert curve.confidence(2.0) == SEEN
    assert curve.confidence(0.5) < 0.9


def test_without_any_example_held_out_only_words_that_were_seen_are_sure() -> None:
    curve = Curve.fit([], [2.0, 3.0, 4.0], NOTHING)
    assert curve.confidence(3.0) == SEEN
    assert curve.confidence(NOTHING) == 0


@given(CURVES, SCORES, st.floats(0, 1))
def test_what_is_dumped_is_loaded(curve: Curve, score: float, familiarity: float) -> None:
    again = Curve.load(curve.dump())
    assert again.confidence(score, familiarity) == curve.confidence(score, familiarity)
