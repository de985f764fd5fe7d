"""When a human is brought in, by the rules that ship."""

from datetime import UTC, datetime
from typing import Any

import pytest

from punai import Answer, Conversation, Intent, IntentMatch, Passage, Tenant, Turn
from punai.builtin.rules import should_escalate
from punai.models import Step

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
TENANT = Tenant(
    id="acme",
    name="Acme",
    intents=(
        Intent(name="allergy", description="d", examples=("it made me ill",), escalate=True),
        Intent(name="order_status", description="d", examples=("where is my order",)),
    ),
)


def passage(score: float) -> Passage:
    return Passage(id="a#1", title="t", source="a", text="x", score=score)


def after(*steps: Step | None) -> Conversation:
    """A conversation whose turns took these steps; None is a turn without an answer yet."""
    turns = tuple(
        Turn(
            conversation_id="c",
            message_id=f"m{number}",
            user_id="u",
            text="hello",
            at=NOW,
            answer=Answer(reply="r", answered_by="fallback", step=step) if step else None,
        )
        for number, step in enumerate(steps)
    )
    return Conversation(id="c", user_id="u", created_at=NOW, turns=turns)


def reason(message: str, **given: Any) -> str | None:
    usual = {"intent": IntentMatch(), "passages": (), "conversation": after(), "tenant": TENANT}
    return should_escalate(message, **{**usual, **given})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("let me talk to a human", "person_requested"),
        ("you'll hear from my lawyer", "threat"),
        ("this is ridiculous", "anger"),
        ("my parcel is damaged", None),
        ("where is my order?", None),
        ("👍", None),
    ],
)
def test_words_alone_may_be_reason_enough(message: str, expected: str | None) -> None:
    assert reason(message) == expected


def test_intent_that_the_business_marked_is_a_reason() -> None:
    assert reason("it made me ill", intent=IntentMatch(name="allergy", confidence=0.9)) == "intent:allergy"
    assert reason("where is it", intent=IntentMatch(name="order_status", confidence=0.9)) is None
    assert reason("hm", intent=IntentMatch(name="never_heard_of", confidence=0.9)) is None


def test_a_guess_that_a_person_is_asked_for_gives_way_to_a_document_that_answers() -> None:
    asking = Intent(name="talk_to_human", description="d", examples=("get me a person",), escalate=True)
    tenant = TENANT.model_copy(update={"intents": (*TENANT.intents, asking)})
    given: dict[str, Any] = {"intent": IntentMatch(name="talk_to_human", confidence=0.8), "tenant": tenant}
    assert reason("I need to change how I pay", **given) == "intent:talk_to_human"
    assert reason("I need to change how I pay", **given, passages=(passage(0.9),)) is None
    assert reason("let me talk to a human", **given, passages=(passage(0.9),)) == "person_requested"
    ill = IntentMatch(name="allergy", confidence=0.8)
    assert reason("it made me ill", intent=ill, passages=(passage(0.9),)) == "intent:allergy"


def test_reason_is_the_plainest_there_is() -> None:
    match = IntentMatch(name="allergy", confidence=0.9)
    assert reason("this is ridiculous, get me a human, or my lawyer will", intent=match) == "person_requested"
    assert reason("this is ridiculous, my lawyer will call", intent=match) == "threat"
    assert reason("this is ridiculous", intent=match) == "intent:allergy"


@pytest.mark.parametrize("message", ["yes", "ok please", TENANT.texts.accept_human])
def test_offered_human_is_brought_in_when_the_customer_agrees(message: str) -> None:
    assert reason(message, conversation=after("clarified", "offered_human")) == "person_requested"


@pytest.mark.parametrize(
    "conversation",
    [
        after(),
        after("answered"),
        after("clarified"),
        after("offered_human", "answered"),
        after("offered_human", None),
    ],
)
def test_yes_means_nothing_without_an_offer_right_before(conversation: Conversation) -> None:
    assert reason("yes", conversation=conversation) is None


def test_customer_who_stays_unclear_after_an_offer_gets_a_human() -> None:
    offered = after("offered_human")
    assert reason("asdf qwertz", conversation=offered) == "low_confidence"
    assert reason("asdf qwertz", conversation=offered, passages=(passage(0.49),)) == "low_confidence"


def test_customer_who_is_understood_after_an_offer_gets_an_answer() -> None:
    offered = after("offered_human")
    assert reason("no, tell me about delivery", conversation=offered, passages=(passage(0.5),)) is None
    match = IntentMatch(name="order_status", confidence=0.9)
    assert reason("where is my order", conversation=offered, intent=match) is None


def written(*texts: str) -> Conversation:
    """A conversation in which the customer wrote this, and was answered."""
    [answered] = after("answered").turns
    said = tuple(answered.model_copy(update={"text": text}) for text in texts)
    return after().model_copy(update={"turns": said})


GOING_WRONG = ("my parcel is late", "it's still not here"), "still waiting, I'm disappointed"


def with_threshold(unhappy: float) -> Tenant:
    return TENANT.model_copy(update={"thresholds": TENANT.thresholds.model_copy(update={"unhappy": unhappy})})


def test_conversation_that_goes_wrong_is_a_reason() -> None:
    before, now = GOING_WRONG
    assert reason(now, conversation=written(*before)) == "unhappy"
    assert reason(now) is None
    assert reason(before[-1], conversation=written(*before[:-1])) is None


def test_threshold_says_how_wrong_it_has_to_go() -> None:
    before, now = GOING_WRONG
    assert reason(now, conversation=written(*before), tenant=with_threshold(0.6)) is None
    assert reason("my parcel is late", tenant=with_threshold(0)) == "unhappy"
    assert reason("where is my parcel?", tenant=with_threshold(0)) is None


def test_highest_threshold_switches_it_off_and_leaves_the_other_reasons() -> None:
    often = written(*["it's awful, still not here \U0001f621"] * 10)
    assert reason("it's awful, still not here \U0001f621", conversation=often) == "unhappy"
    off = with_threshold(1)
    assert reason("it's awful, still not here \U0001f621", conversation=often, tenant=off) is None
    assert reason("this is ridiculous", conversation=often, tenant=off) == "anger"
    assert reason("get me a human", conversation=often, tenant=off) == "person_requested"


def test_plainer_reasons_come_before_unhappiness() -> None:
    before, now = GOING_WRONG
    assert reason(f"{now}, this is ridiculous", conversation=written(*before)) == "anger"
    assert reason(f"{now}, get me a human", conversation=written(*before)) == "person_requested"


def test_unhappy_customer_who_declines_a_human_gets_none() -> None:
    before, now = GOING_WRONG
    turns = written(*before, now).turns
    offered = turns[-1].model_copy(update={"answer": after("offered_human").turns[0].answer})
    conversation = after().model_copy(update={"turns": (*turns[:-1], offered)})
    assert reason("no thanks", conversation=conversation, tenant=with_threshold(0.1)) is None
    assert (
        reason(
            "where is it",
            conversation=conversation,
            tenant=with_threshold(0.1),
            intent=IntentMatch(name="order_status", confidence=0.9),
        )
        == "unhappy"
    )
