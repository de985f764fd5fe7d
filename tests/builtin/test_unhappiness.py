"""How a conversation goes for its customer, over several messages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from punai import Answer, Turn
from punai.builtin.unhappiness import LAST, trend
from punai.tenant import Thresholds

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
THRESHOLD = Thresholds().unhappy


def turn(text: str, **answer: Any) -> Turn:
    given = Answer(**{"reply": "r", "answered_by": "documents", **answer})
    return Turn(conversation_id="c", message_id="m", user_id="u", text=text, at=NOW, answer=given)


def trends(*texts: str, **answer: Any) -> list[float]:
    """The trend at each of these messages, one after the other."""
    turns = [turn(text, **answer) for text in texts]
    return [trend(text, turns[:at]) for at, text in enumerate(texts)]


def is_noticed(*texts: str, **answer: Any) -> list[bool]:
    return [value > THRESHOLD for value in trends(*texts, **answer)]


@pytest.mark.parametrize(
    "text",
    [
        "where is my order",
        "How do I return a damaged item?",
        "my parcel is late, where is it?",
        "it is still not here",
        "this is really disappointing",
        "no, I meant the blue one",
        "great, thanks for nothing",
        "\U0001f621",
        "",
        "x" * 4000,
    ],
)
def test_one_message_that_is_no_shout_is_never_enough(text: str) -> None:
    [value] = trends(text)
    assert 0 <= value < THRESHOLD


@pytest.mark.parametrize(
    "texts",
    [
        ("my parcel is late", "it's still not here", "still waiting, I'm disappointed"),
        ("where is my order?", "that's not what I asked", "no, I asked where my order is"),
        ("my order is late", "it's the third time it is late", "this is so frustrating"),
        ("oh great, another delay", "thanks for nothing"),
        ("your answer was no help at all", "rubbish, it still doesn't work"),
        ("this is so disappointing", "I expected better from you"),
        ("where is it", "still not here \U0001f620", "\U0001f621\U0001f621"),
    ],
)
def test_slow_decline_is_noticed_at_its_last_message(texts: tuple[str, ...]) -> None:
    *before, last = is_noticed(*texts)
    assert last
    assert not any(before)
    values = trends(*texts)
    assert values == sorted(values)


@pytest.mark.parametrize(
    "texts",
    [
        (
            "my kettle is broken",
            "the lid came damaged",
            "it was the wrong colour too",
            "and one part is missing",
        ),
        (
            "how do I return a damaged item?",
            "it is broken at the bottom",
            "order 123",
            "when will it be sent",
        ),
        ("where is my order", "do you ship to France", "do you ship to Spain", "do you ship to Norway"),
        ("where is order BC-1", "where is order BC-2", "where is order BC-3", "where is order BC-4"),
        ("hi", "hello", "hello?", "hi", "hello"),
        ("ok", "ok", "ok", "ok", "ok"),
        ("yes", "yes", "yes please", "yes"),
        ("where?", "where?", "where?", "where?"),
        ("next", "next", "next", "next"),
        ("\U0001f44d", "\U0001f44d", "\U0001f44d", "\U0001f44d"),
        ("", "", "", ""),
        ("how do I use it", "no, not that one", "can you say that again", "ah, sorry, my mistake"),
    ],
)
def test_ordinary_conversation_is_none_of_its_business(texts: tuple[str, ...]) -> None:
    assert not any(is_noticed(*texts))


@pytest.mark.parametrize(
    "texts",
    [
        ("where is my order?", "where is my order", "I asked where my order is"),
        (
            "can I change the delivery address",
            "I want to change my delivery address",
            "change delivery address!",
        ),
        ("o\u00f9 est ma commande", "O\u00f9 est ma commande ?", "o\u00f9 est ma commande"),
        ("\u6211\u7684\u8ba2\u5355", "\u6211\u7684\u8ba2\u5355", "\u6211\u7684\u8ba2\u5355"),
    ],
)
def test_question_that_gets_no_answer_is_noticed_when_it_is_asked_a_third_time(
    texts: tuple[str, ...],
) -> None:
    assert is_noticed(*texts, answered_by="fallback", step="clarified") == [False, False, True]
    assert is_noticed(*texts) == [False, False, False]


def test_question_that_was_answered_to_no_use_is_noticed_when_it_is_asked_a_fourth_time() -> None:
    assert is_noticed(*["where is my order"] * 4) == [False, False, False, True]


def test_correction_says_that_there_was_no_answer() -> None:
    asked = ("where is my order", "hm", "where is my order")
    corrected = ("where is my order", "that's not what I asked", "where is my order")
    assert trends(*corrected, answered_by="fallback", step="clarified") == trends(*corrected)
    assert trends(*asked, answered_by="fallback", step="clarified") > trends(*asked)


def test_thanks_settle_a_question() -> None:
    again = ("where is my order", "where is my order", "where is my order")
    assert trends(*again, "thank you", *again)[-1] < trends(*again, "hm", *again)[-1]
    assert trends("where is my order", "thanks", "where is my order") == [0, 0, 0]
    assert trends("where is my order", "thanks for nothing", "where is my order")[-1] > 0.25


def test_good_answer_lowers_the_trend() -> None:
    up, _, *down = trends(
        "it's awful, still not here", "still nothing", "ah, it is here", "thanks", "do you sell mugs"
    )
    assert down == sorted(down, reverse=True)
    assert down[-1] < up / 2


def test_apology_does_not_raise_it() -> None:
    before, after = trends("this is so annoying, it doesn't work", "sorry, I was rude, it is plugged in now")
    assert after == before / 2


def test_what_a_human_has_dealt_with_is_over() -> None:
    angry = [turn("it's awful, still not here \U0001f621") for _ in range(5)]
    handed_over = turn("get me a human", step="handed_over", status="waiting")
    kept = turn("it's awful", reply="", answered_by="human", step="kept", status="human")
    agent = turn("", reply="I'm sorry!", answered_by="human", step="kept", status="human")
    assert trend("hm", angry) > 0.3
    for dealt_with in (handed_over, kept, agent):
        assert trend("hm", [*angry, dealt_with]) == 0
    assert trend("still not here", [*angry, agent]) == trend("still not here", ())


def test_models_impression_of_earlier_messages_counts_and_nobody_elses() -> None:
    texts = ("the tap drips", "and it drips at night too", "so what now")
    assert trends(*texts, sentiment="negative") == [0, 0, 0]
    by_model = trends(*texts, answered_by="model", sentiment="negative")
    assert by_model[0] == 0
    assert 0 < by_model[1] < by_model[2] < THRESHOLD
    assert trends(*texts, answered_by="model", sentiment="positive") == [0, 0, 0]


def test_message_without_an_answer_yet_counts() -> None:
    unanswered = turn("this is so frustrating").model_copy(update={"answer": None})
    assert trend("where is it", [unanswered]) == trend("where is it", [turn("this is so frustrating")]) > 0


def test_long_ago_is_forgotten() -> None:
    shouts = [turn("it's awful, awful \U0001f621")]
    calm = [turn(f"and number {number}?") for number in range(LAST - 1)]
    assert trend("thanks", [*shouts, *calm[:-1]]) > 0
    assert trend("thanks", [*shouts, *calm]) == 0


def test_it_never_passes_one() -> None:
    values = trends(*["FURIOUS!!! still broken, third time, no, I meant: get me a person \U0001f621"] * 8)
    assert max(values) < 1
