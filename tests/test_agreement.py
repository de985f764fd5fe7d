"""What the classifier and a model are worth together."""

import pytest

from punai.agreement import MOST, UNPROVEN, best_guess, trust, weigh
from punai.models import IntentMatch


@pytest.mark.parametrize(("local", "model"), [(0.5, 0.5), (0.9, 0.3), (0.3, 0.9)])
def test_two_that_agree_are_surer_than_each(local: float, model: float) -> None:
    label, confidence = weigh("returns", model, ("returns", local))
    assert label == "returns"
    assert confidence == pytest.approx(1 - (1 - local) * (1 - model))
    assert max(local, model) < confidence < 1


@pytest.mark.parametrize(
    ("local", "model", "expected"),
    [
        (0.0, 0.8, ("returns", 0.8)),
        (0.5, 0.5, ("returns", 1 / 3)),
        (0.5, 0.9, ("returns", 0.45 / 0.55)),
        (0.99, 0.9, ("refund", 0.099 / 0.109)),
        (1.0, 0.9, ("refund", 1.0)),
        (0.4, 0.0, ("refund", 0.4)),
    ],
)
def test_of_two_that_disagree_the_surer_is_believed_less(
    local: float, model: float, expected: tuple[str, float]
) -> None:
    label, confidence = weigh("returns", model, ("refund", local))
    assert label == expected[0]
    assert confidence == pytest.approx(expected[1])


@pytest.mark.parametrize(
    ("said", "trusted"), [(0.5, 0.5), (1.0, MOST), (7.0, MOST), (-1.0, 0.0), (float("nan"), 0.0)]
)
def test_a_model_is_believed_within_reason(said: float, trusted: float) -> None:
    assert trust("returns", said, "send it back", "can I send it back?") == trusted


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ("send it back", "Can I send it back?"),
        ("\u201cSend it back!\u201d", "can I send it  back"),
        ("I don't want it", "i don\u2019t want it"),
        ("\U0001f621", "\U0001f621\U0001f621 really"),
        ("wo ist mein Paket", "Wo ist mein Paket?"),
    ],
)
def test_the_customers_words_are_evidence(evidence: str, message: str) -> None:
    assert trust("returns", 0.8, evidence, message) == 0.8


@pytest.mark.parametrize("evidence", ["", " ", "...", "give me a refund", "back it send"])
def test_other_words_or_none_are_no_evidence(evidence: str) -> None:
    assert trust("returns", 0.8, evidence, "can I send it back?") == pytest.approx(0.8 * UNPROVEN)


def test_other_needs_no_evidence_but_none_that_is_made_up() -> None:
    assert trust("other", 0.8, "", "what a day") == 0.8
    assert trust("other", 0.8, "what a night", "what a day") < 0.8


@pytest.mark.parametrize(
    ("match", "guess"),
    [
        (IntentMatch(name="a", confidence=0.6, rivals=(("b", 0.3),)), ("a", 0.6)),
        (IntentMatch(name="other", confidence=0.2, rivals=(("a", 0.2), ("b", 0.1))), ("a", 0.2)),
        (IntentMatch(), ("other", 0.0)),
    ],
)
def test_the_guess_is_the_best_intent_even_where_it_is_too_uncertain(
    match: IntentMatch, guess: tuple[str, float]
) -> None:
    assert best_guess(match) == guess
