"""The measures: by hand on a few outcomes, and by their properties on any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from punai.evaluation import (
    Bin,
    Outcome,
    accuracy,
    calibration_error,
    coverage,
    in_scope_accuracy,
    macro_f1,
    out_of_scope_precision,
    out_of_scope_recall,
    reliability,
)

SIX = [
    Outcome("order", "order", 0.9),
    Outcome("order", "refund", 0.8),
    Outcome("refund", "refund", 0.7),
    Outcome("refund", "refund", 0.2, accepted=False),
    Outcome("other", "order", 0.1, accepted=False),
    Outcome("other", "refund", 0.6),
]
LABELS = st.sampled_from(["order", "refund", "other"])
OUTCOMES = st.lists(st.builds(Outcome, LABELS, LABELS, st.floats(0, 1), st.booleans()), min_size=1)


def test_accuracy_is_over_all_messages() -> None:
    assert accuracy(SIX) == 3 / 6
    assert in_scope_accuracy(SIX) == 2 / 4


def test_f1_is_the_mean_over_labels() -> None:
    # order: 1 right, 2 wanted, 1 given; refund: 1, 2, 3; other: 1, 2, 2.
    assert macro_f1(SIX) == pytest.approx((2 / 3 + 2 / 5 + 2 / 4) / 3)


def test_label_that_is_given_and_never_wanted_counts_with_nothing() -> None:
    assert macro_f1([Outcome("order", "order", 1), Outcome("order", "refund", 1)]) == pytest.approx(1 / 3)


def test_out_of_scope_is_what_was_not_acted_on() -> None:
    assert out_of_scope_precision(SIX) == 1 / 2
    assert out_of_scope_recall(SIX) == 1 / 2


def test_reliability_holds_confidence_against_what_was_right() -> None:
    told = reliability(SIX, bins=2)
    assert [(each.size, each.right) for each in told] == [(2, 0.5), (4, 0.5)]
    assert [each.confidence for each in told] == pytest.approx([0.15, 0.75])


def test_calibration_error_weighs_bins_by_their_outcomes() -> None:
    assert calibration_error(SIX, bins=2) == pytest.approx((2 * 0.35 + 4 * 0.25) / 6)


@pytest.mark.parametrize("confidence", [0.0, 0.5, 1.0])
def test_edges_of_bins_belong_to_one_bin(confidence: float) -> None:
    [found] = reliability([Outcome("order", "order", confidence)], bins=2)
    assert found == Bin(1, confidence, 1.0)


def test_confidence_that_is_met_has_no_error() -> None:
    assert calibration_error([Outcome("order", name, 0.75) for name in ("order",) * 3 + ("refund",)]) == 0


def test_coverage_is_what_a_threshold_lets_through() -> None:
    assert coverage(SIX, precision=0.95) == 1 / 6
    assert coverage(SIX, precision=0.65) == 3 / 6
    assert coverage([Outcome("order", "refund", 0.9)]) == 0


def test_no_threshold_parts_two_of_the_same_confidence() -> None:
    assert coverage([Outcome("order", "order", 0.9), Outcome("order", "refund", 0.9)]) == 0


def test_measures_of_nothing_are_nothing() -> None:
    assert accuracy([]) is None
    assert in_scope_accuracy([Outcome("other", "order", 0.5)]) is None
    assert macro_f1([]) is None
    assert calibration_error([]) is None
    assert coverage([]) is None
    assert out_of_scope_precision([Outcome("order", "order", 0.5)]) is None
    assert out_of_scope_recall([Outcome("order", "order", 0.5)]) is None


@given(OUTCOMES)
def test_measures_are_shares(outcomes: list[Outcome]) -> None:
    for measure in (accuracy, macro_f1, calibration_error, coverage):
        found = measure(outcomes)
        assert found is not None
        assert 0 <= found <= 1
    assert sum(each.size for each in reliability(outcomes)) == len(outcomes)
    assert (accuracy(outcomes) == 1) == (macro_f1(outcomes) == 1)


@given(OUTCOMES)
def test_order_makes_no_difference(outcomes: list[Outcome]) -> None:
    for measure in (accuracy, macro_f1, coverage):
        assert measure(outcomes) == pytest.approx(measure(outcomes[::-1]))
