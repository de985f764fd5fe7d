"""A long conversation is read piece by piece, as one scrolls back."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from punai.models import Answer, Turn
from tests.browser.people import Visitor

EXCHANGES = 500


def has_said_much(visitor: Visitor) -> None:
    """Five hundred questions and answers before this one, as the store keeps them."""
    visitor.asks("how long does delivery take").is_told("Source: Delivery times")
    [first] = visitor.turns
    long_ago = datetime.now(UTC) - timedelta(days=1)
    for number in range(EXCHANGES):
        visitor.shop.record(
            Turn(
                conversation_id=first.conversation_id,
                message_id=f"before-{number}",
                user_id=first.user_id,
                text=f"question {number}.",
                at=long_ago + timedelta(minutes=number),
                answer=Answer(reply=f"answer {number}.", answered_by="reply"),
            )
        )


def test_a_thousand_messages_are_read_as_one_scrolls_back(visitor: Visitor) -> None:
    visitor.goes_to_the_page()
    has_said_much(visitor)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.reload()
    visitor.is_told(f"answer {EXCHANGES - 1}.")
    assert visitor.log.get_by_text("answer 0.", exact=True).count() == 0
    at_first = sum("/messages" in url for url in asked)
    assert at_first <= 2, "the history is not read whole"
    oldest = visitor.log.get_by_text("question 0.", exact=True)
    visitor.log.hover()
    for _ in range(400):
        if oldest.count():
            break
        visitor.page.mouse.wheel(0, -20_000)
        visitor.page.wait_for_timeout(30)
    expect(oldest).to_be_attached()
    visitor.page.mouse.wheel(0, -20_000)
    expect(oldest).to_be_in_viewport()
    for number in (0, 1, EXCHANGES // 2, EXCHANGES - 1):
        assert visitor.log.get_by_text(f"answer {number}.", exact=True).count() == 1


def test_reader_of_old_messages_is_not_thrown_to_the_end_by_a_new_one(visitor: Visitor) -> None:
    visitor.goes_to_the_page()
    has_said_much(visitor)
    visitor.page.reload()
    visitor.is_told(f"answer {EXCHANGES - 1}.")
    visitor.log.hover()
    visitor.page.mouse.wheel(0, -1500)
    read = visitor.log.get_by_text(f"question {EXCHANGES - 15}.", exact=True)
    read.scroll_into_view_if_needed()
    other = visitor.opens_another_tab()
    other.asks("are you open on sunday").is_told("We are open from nine to five, every day.")
    expect(visitor.log.get_by_text("are you open on sunday")).to_be_attached()
    expect(read).to_be_in_viewport()


def test_long_answers_are_shown_from_their_start_and_the_header_stays(visitor: Visitor) -> None:
    visitor.goes_to_the_website().opens_the_chat()
    visitor.asks("how long does delivery take").is_told("Source: Delivery times")
    [first] = visitor.turns
    for number in range(3):
        visitor.shop.record(
            Turn(
                conversation_id=first.conversation_id,
                message_id=f"long-{number}",
                user_id=first.user_id,
                text="Tell me everything.",
                at=datetime.now(UTC),
                answer=Answer(reply=f"Start {number}.\n" + "More of it.\n" * 60, answered_by="reply"),
            )
        )
    visitor.page.reload()
    visitor.opens_the_chat()
    expect(visitor.log.get_by_text("Start 2.")).to_be_visible()
    start, log = visitor.log.get_by_text("Start 2.").bounding_box(), visitor.log.bounding_box()
    assert start
    assert log
    assert start["y"] >= log["y"]
    visitor.log.evaluate("log => { log.scrollTop = 0 }")
    visitor.button("Not helpful").nth(1).click()
    expect(visitor.page.get_by_role("textbox", name="Comment")).to_be_in_viewport()
    expect(visitor.button("Close chat")).to_be_in_viewport()
    assert visitor.panel.evaluate("panel => { panel.scrollTop = 50; return panel.scrollTop }") == 0
