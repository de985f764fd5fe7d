"""An escalation in words: what is cut, what is kept, and what no customer can smuggle in."""

from datetime import UTC, datetime
from typing import Any

import pytest

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.models import Line

NOW = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
ACME = Tenant(id="acme", name="Acme Shop")


def escalation(*words: str, **fields: Any) -> Escalation:
    said = tuple(Line(role="customer", text=text, at=NOW) for text in words)
    usual = {"id": "esc_1", "conversation_id": "c", "user_id": "jo", "reason": "anger", "at": NOW}
    return Escalation.model_validate({**usual, "transcript": said, **fields})


@pytest.mark.parametrize(
    ("text", "limit", "left"),
    [
        ("hello", 5, "hello"),
        ("hello!", 5, "he…"),
        ("é" * 4, 7, "éé…"),
        ("👍👍", 7, "👍…"),
        ("👍👍", 6, "…"),
        ("", 3, ""),
    ],
)
def test_text_is_cut_by_bytes_and_between_letters(text: str, limit: int, left: str) -> None:
    assert handoff.cut(text, limit) == left
    assert handoff.size(left) <= limit


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\r\nb\tc\n", "a\nb\tc\n"),
        ("a\x00b\x1b[31m\x85\x7f", "a\ufffdb\ufffd[31m\ufffd\ufffd"),
        ("\ud83d and \ude00", "\ufffd and \ufffd"),
        ("\ud83d\ude00", "😀"),  # two halves that belong together
        ("👩\u200d👧 مرحبا", "👩\u200d👧 مرحبا"),
    ],
)
def test_text_is_made_fit_for_every_service(text: str, clean: str) -> None:
    assert handoff.clean(text) == clean


@pytest.mark.parametrize(
    "text", ["Eve\r\nBcc: x", "Eve\nBcc: x", "Eve\u2028Bcc: x", "\u202eEve\u2029Bcc: x", " Eve \t Bcc: x "]
)
def test_a_title_is_one_line(text: str) -> None:
    assert handoff.one_line(text, 100) == "Eve Bcc: x"


def test_the_newest_messages_are_kept_and_the_rest_counted() -> None:
    told = handoff.plain(escalation(*(f"message {number} {'x' * 80}" for number in range(50))), ACME, 2000)
    assert handoff.size(told) <= 2000
    assert "message 49" in told
    assert "message 0 " not in told
    kept = told.count("message ")
    assert f"({50 - kept} earlier messages are left out)" in told


def test_what_is_cut_off_is_never_the_note_or_the_facts() -> None:
    told = handoff.plain(
        escalation("x" * 100_000, note="gift, please hurry", email="jo@example.com"), ACME, 3000
    )
    assert handoff.size(told) <= 3000
    assert "gift, please hurry" in told
    assert "jo@example.com" in told
    assert "xxx…" in told


def test_nobody_adds_a_fact_by_their_name() -> None:
    told = handoff.plain(escalation(name="Eve\nOpen it: https://evil.example"), ACME, 3000)
    assert "\nCustomer: Eve Open it: https://evil.example\n" in told


def test_a_link_of_another_kind_is_none_in_html() -> None:
    html = handoff.html(escalation(link="javascript:alert(1)"), ACME, 3000)
    assert "<a " not in html


@pytest.mark.parametrize("backticks", [0, 1, 3, 20, 81, 500])
def test_markdown_is_one_block_that_no_words_can_end(backticks: int) -> None:
    text = handoff.markdown(escalation(f"before\n{'`' * backticks}\n@octocat"), ACME, 5000)
    first, *within, last = text.strip().splitlines()
    fence = first.removesuffix("text")
    assert (set(fence), last) == ({"`"}, fence)
    assert not any(line.startswith(fence) for line in within)
    assert handoff.size(text) <= 5000


def test_an_addition_holds_what_is_new_and_no_more() -> None:
    whole = escalation("old", "new", summary="short", tried=("offered a human",))
    added = handoff.addition(whole.model_copy(update={"news": whole.transcript[1:]}))
    for told in (handoff.plain(added, ACME, 3000), handoff.html(added, ACME, 3000)):
        assert "A customer of Acme Shop for whom a human was asked has written again." in told
        assert "new" in told
        for known in ("old", "short", "offered"):
            assert known not in told


def test_an_addition_without_words_says_what_it_is() -> None:
    added = handoff.addition(escalation("old", email="jo@example.com"))
    told = handoff.plain(added, ACME, 3000)
    assert told.startswith(
        "More is known of a customer of Acme Shop for whom a human was asked.\n\nCustomer:"
    )
    assert "E-mail: jo@example.com" in told


def test_an_update_by_mail_holds_what_is_new_first_and_then_everything() -> None:
    whole = escalation("old", "new", summary="short", reference="m-1")
    update = whole.model_copy(update={"news": whole.transcript[1:]})
    assert handoff.subject_again(update, ACME, 100) == "Re: [Acme Shop] anger: jo"
    for told in (handoff.plain(update, ACME, 3000), handoff.html(update, ACME, 3000)):
        assert told.index("new") < told.index("short") < told.index("old")
    first = whole.model_copy(update={"reference": None, "news": whole.transcript})
    assert handoff.subject_again(first, ACME, 100) == "[Acme Shop] anger: jo"
    assert handoff.plain(first, ACME, 3000).count("new") == 1


def test_what_is_new_and_long_leaves_room_for_the_facts() -> None:
    words = escalation(*("x" * 3000 for _ in range(9)), reference="m-1", email="jo@example.com")
    update = words.model_copy(update={"news": words.transcript})
    for told in (handoff.plain(update, ACME, 5000), handoff.html(update, ACME, 5000)):
        assert handoff.size(told) <= 5000
        assert "jo@example.com" in told


@pytest.mark.parametrize(
    ("score", "trend", "words"),
    [(0.0, "steady", "content (0 of 1), steady"), (1.0, "worse", "very unhappy (1 of 1), worse")],
)
def test_mood_and_what_was_tried_are_among_the_facts(score: float, trend: str, words: str) -> None:
    told = escalation(mood={"score": score, "trend": trend}, tried=("quoted Delivery", "offered a human"))
    facts = handoff.facts(told)
    assert facts["Mood"] == words
    assert facts["Tried"] == "quoted Delivery; offered a human"
    assert {"Mood", "Tried"}.isdisjoint(handoff.facts(escalation()))
