"""What signs are worth: it rises, the examples bear it out, and what is unlike them stays below the gate."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punai.tenant import Thresholds
from punai.understanding.confidence import GATE, LOWEST, OUT_OF_SCOPE, Confidence
from punai.understanding.judgement import MOST_AHEAD, Judgement, Signs

SIGNS = st.builds(Signs, st.floats(-8, 0), st.floats(0, 1), st.floats(0, MOST_AHEAD))
CONFIDENCES = st.builds(
    Confidence.fit,
    st.sampled_from(["full", "small"]),
    st.lists(st.tuples(SIGNS, st.booleans())),
    st.lists(SIGNS),
    st.floats(1, 1000),
)


def at(height: float) -> Signs:
    """From 0, nothing speaks for the intent, to 1, all does."""
    return Signs(-2 * (1 - height), 0.4 + 0.6 * height, MOST_AHEAD * height)


def half_right(foreign: int = 0) -> Confidence:
    """The upper half of the examples is right, of the lower every second; what is foreign lies lowest."""
    own = [(at(number / 200), number >= 100 or number % 2 == 0) for number in range(200)]
    return Confidence.fit("full", own, [at(number / 200) for number in range(foreign)], 10)


@given(CONFIDENCES, SIGNS, SIGNS, st.floats(0, 1))
def test_confidence_rises_with_every_sign_and_is_a_share(
    confidence: Confidence, low: Signs, high: Signs, familiarity: float
) -> None:
    mixed = [Signs(*(sorted(pair)[which] for pair in zip(low, high, strict=True))) for which in (0, 1)]
    found = [confidence.of(signs, familiarity) for signs in mixed]
    assert all(0 <= each <= 1 for each in found)
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(found))


def test_confidence_is_about_the_share_that_was_right() -> None:
    confidence = half_right()
    told = [confidence.of(at(number / 200)) for number in range(20, 200)]
    assert sum(told) / len(told) == pytest.approx(0.5 * 80 / 180 + 100 / 180, abs=0.05)
    assert confidence.of(at(1)) > 0.95


def test_messages_out_of_scope_make_it_less_sure_where_they_lie() -> None:
    without, with_them = half_right(), half_right(foreign=40)
    assert with_them.of(at(0.15)) < without.of(at(0.15)) - 0.02
    assert with_them.of(at(1)) > 0.95


def test_few_messages_out_of_scope_count_as_much_as_many() -> None:
    few, many = (
        Confidence.fit("full", [(at(0.5), True)] * 100, [at(0.5)] * number, 10).of(at(0.5))
        for number in (5, 50)
    )
    assert few == pytest.approx(many)
    assert few == pytest.approx(1 - OUT_OF_SCOPE, abs=0.03)


def test_gate_is_passed_by_all_but_the_lowest_of_the_own_examples() -> None:
    own = [(at(number / 200), True) for number in range(200)]
    confidence = Confidence.fit("full", own, [], 10)
    refused = [number for number in range(200) if confidence.of(at(number / 200)) < GATE]
    assert refused == list(range(int(LOWEST * 200)))


def test_gate_lies_at_the_threshold_of_a_new_pack() -> None:
    assert Thresholds().intent == GATE


def test_stranger_than_every_example_is_worth_nothing() -> None:
    assert half_right().of(Signs(-5.0, 0.1, 0.0)) == 0


def test_what_has_little_in_common_stays_below_the_gate_whatever_stands_out() -> None:
    confidence = half_right()
    assert confidence.of(at(1), familiarity=0.99) < GATE
    assert confidence.of(at(1), familiarity=0.5) < confidence.of(at(1), familiarity=0.7)


def test_few_examples_move_it_less_than_many() -> None:
    usual = Confidence.fit("small", [], [], 3).of(at(0.5))
    few, many = (
        Confidence.fit("small", [(at(0.5), False)] * number, [], 3).of(at(0.5)) for number in (2, 50)
    )
    assert many < few < usual


def test_pack_of_few_examples_is_never_sure_of_what_is_unlike_them() -> None:
    telling_word = Signs(-0.1, 0.4, MOST_AHEAD)
    own = [(at(0.3 + 0.1 * number), True) for number in range(8)]
    few, many = (Confidence.fit("small", own * times, [], 3).of(telling_word) for times in (1, 100))
    assert few < 0.9
    assert many > 0.95


def test_without_any_example_held_out_what_is_usual_serves() -> None:
    confidence = Confidence.fit("full", [], [], 1)
    assert confidence.of(Signs(-0.1, 1.0, MOST_AHEAD)) > 0.95
    assert confidence.of(Signs(-1.0, 0.3, 0.2)) < 0.7


def test_only_intent_is_as_far_ahead_as_any() -> None:
    assert Judgement([0.0], 0.5, 0.3).signs == Signs(0.0, 0.5, MOST_AHEAD)
    assert Judgement([math.log(0.75), math.log(0.25)], 0.5, 0.3).signs.ahead == pytest.approx(math.log(3))


@given(CONFIDENCES, SIGNS, st.floats(0, 1))
def test_what_is_dumped_is_loaded(confidence: Confidence, signs: Signs, familiarity: float) -> None:
    again = Confidence.load(confidence.dump())
    assert again.of(signs, familiarity) == confidence.of(signs, familiarity)
