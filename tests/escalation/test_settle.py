"""What becomes of every draft in every status: a table."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from punai.escalation import hand_over, quiet, settle
from punai.models import Answer, Draft, IntentMatch, Status, Step, Turn, Usage
from punai.tenant import Tenant, Texts

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TENANT = Tenant(
    id="teashop",
    name="Teashop",
    escalate_to=("log", "bell", "log"),
    texts=Texts(handoff="HANDOFF", still_waiting="WAITING"),
)
TURN = Turn(conversation_id="c", message_id="m", user_id="ada", text="words", at=NOW)
USAGE = Usage(model="m", input_tokens=1, output_tokens=2, cost=0.1)

ALONE = ("clarified", "offered_human", "handed_over")


def draft(step: Step, wants_human: str | None) -> Draft:
    answer = Answer(
        reply="REPLY",
        answered_by="model",
        step=step,
        intent="allergy",
        confidence=0.7,
        sentiment="negative",
        suggestions=("more",),
        usage=USAGE,
    )
    return Draft(answer=answer, wants_human=wants_human)


# status, step, whether a human is wanted: reply, status, step, escalation, whether one is opened
TABLE: list[tuple[Status, Step, bool, tuple[str, Status, Step, bool, bool]]] = [
    ("bot", "answered", False, ("REPLY", "bot", "answered", False, False)),
    ("bot", "clarified", False, ("REPLY", "bot", "clarified", False, False)),
    ("bot", "offered_human", False, ("REPLY", "bot", "offered_human", False, False)),
    ("bot", "answered", True, ("REPLY\n\nHANDOFF", "waiting", "handed_over", True, True)),
    ("bot", "clarified", True, ("HANDOFF", "waiting", "handed_over", True, True)),
    ("bot", "offered_human", True, ("HANDOFF", "waiting", "handed_over", True, True)),
    ("bot", "handed_over", True, ("HANDOFF", "waiting", "handed_over", True, True)),
    ("waiting", "answered", False, ("REPLY", "waiting", "answered", False, False)),
    ("waiting", "clarified", False, ("REPLY", "waiting", "clarified", False, False)),
    ("waiting", "offered_human", False, ("WAITING", "waiting", "handed_over", True, False)),
    ("waiting", "answered", True, ("REPLY\n\nWAITING", "waiting", "handed_over", True, False)),
    ("waiting", "clarified", True, ("WAITING", "waiting", "handed_over", True, False)),
    ("waiting", "offered_human", True, ("WAITING", "waiting", "handed_over", True, False)),
    ("waiting", "handed_over", True, ("WAITING", "waiting", "handed_over", True, False)),
    ("human", "answered", False, ("", "human", "kept", False, False)),
    ("human", "clarified", False, ("", "human", "kept", False, False)),
    ("human", "offered_human", False, ("", "human", "kept", False, False)),
    ("human", "answered", True, ("", "human", "kept", False, False)),
    ("human", "handed_over", True, ("", "human", "kept", False, False)),
    ("closed", "answered", False, ("REPLY", "closed", "answered", False, False)),
    ("closed", "clarified", False, ("REPLY", "closed", "clarified", False, False)),
    ("closed", "answered", True, ("REPLY\n\nHANDOFF", "waiting", "handed_over", True, True)),
    ("closed", "handed_over", True, ("HANDOFF", "waiting", "handed_over", True, True)),
]


@pytest.mark.parametrize(("status", "step", "wanted", "expected"), TABLE)
def test_what_becomes_of_a_draft(
    status: Status, step: Step, wanted: bool, expected: tuple[str, Status, Step, bool, bool]
) -> None:
    answer, opened = settle(draft(step, "model" if wanted else None), TURN, status, TENANT, NOW)
    assert (
        answer.reply,
        answer.status,
        answer.step,
        answer.escalation,
        opened is not None,
    ) == expected
    # Whatever is said, what was understood stays on record, and so does what it took.
    assert (answer.intent, answer.confidence, answer.sentiment) == ("allergy", 0.7, "negative")
    assert answer.usage == USAGE


@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize("step", ["answered", *ALONE])
@pytest.mark.parametrize("wanted", ["model", None])
def test_a_human_is_promised_exactly_where_one_is_opened_or_awaited(
    status: Status, step: Step, wanted: str | None
) -> None:
    answer, opened = settle(draft(step, wanted), TURN, status, TENANT, NOW)
    assert ("HANDOFF" in answer.reply) == (opened is not None)
    offered = step == "offered_human"
    assert ("WAITING" in answer.reply) == (status == "waiting" and (wanted is not None or offered))
    assert answer.escalation == ("HANDOFF" in answer.reply or "WAITING" in answer.reply)
    if answer.escalation:
        assert (answer.status, answer.suggestions) == ("waiting", ())


def test_an_escalation_says_who_why_and_whom_to_tell_each_once() -> None:
    _, opened = settle(draft("answered", "anger"), TURN, "bot", TENANT, NOW)
    assert opened is not None
    assert (opened.conversation_id, opened.user_id) == ("c", "ada")
    assert (opened.reason, opened.intent, opened.status, opened.at) == ("anger", "allergy", "open", NOW)
    assert [(known.handler, known.status, known.due_at) for known in opened.deliveries] == [
        ("log", "pending", NOW),
        ("bell", "pending", NOW),
    ]


def test_an_escalation_has_the_id_of_its_turn_and_no_other_ones() -> None:
    turns = [TURN.model_copy(update={"message_id": str(number)}) for number in range(50)]
    ids = [
        opened.id
        for turn in (*turns, *turns)  # a turn that is resumed opens the same escalation
        if (opened := settle(draft("answered", "x"), turn, "bot", TENANT, NOW)[1])
    ]
    assert (len(ids), len(set(ids))) == (100, 50)


def test_a_handover_is_in_the_businesss_words_and_keeps_what_was_understood() -> None:
    match = IntentMatch(name="allergy", confidence=0.4, sentiment="negative")
    drafted = hand_over(match, "threat", TENANT)
    answer = drafted.answer
    assert drafted.wants_human == "threat"
    assert (answer.reply, answer.answered_by, answer.step) == ("HANDOFF", "fallback", "handed_over")
    assert (answer.intent, answer.confidence, answer.sentiment) == ("allergy", 0.4, "negative")


def test_quiet_is_no_words_at_all() -> None:
    given: dict[str, Any] = quiet(draft("answered", "model").answer).model_dump()
    assert (given["reply"], given["answered_by"], given["status"]) == ("", "human", "human")
    assert (given["suggestions"], given["citations"], given["blocks"]) == ((), (), ())
