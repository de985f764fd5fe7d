"""A conversation, from the first question to the rating, as a customer has it."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DELIVERY
from tests.browser.people import NAME, Visitor

QUESTION = "how long does delivery take"
HOURS = "We are open from nine to five, every day."


def tenant(visitor: Visitor) -> str:
    return visitor.shop.desk.default_tenant


def answers(visitor: Visitor, words: str) -> None:
    """A person at the shop answers."""
    visitor.shop.desk.reply_as_agent(tenant(visitor), visitor.conversation, words, name="Maria")


def test_customer_is_answered_from_the_documents_and_sees_where_that_stands(visitor: Visitor) -> None:
    visitor.goes_to_the_website().opens_the_chat().asks(QUESTION)
    source = visitor.log.get_by_text("Source: Delivery times")
    expect(source).to_be_visible()
    quote = visitor.log.get_by_role("blockquote")
    expect(quote).not_to_be_visible()
    source.click()
    expect(quote).to_be_visible()
    expect(quote).to_contain_text(DELIVERY)


def test_message_on_its_way_is_told_from_one_that_arrived(visitor: Visitor) -> None:
    held: list[Route] = []
    visitor.page.route("**/chat", lambda route: held.append(route), times=1)
    visitor.goes_to_the_page().asks(QUESTION).is_told(QUESTION)
    expect(visitor.log).to_contain_text("Sending")
    expect(visitor.page.get_by_text(f"{NAME} is writing")).to_be_attached()
    visitor.waits_until(lambda: bool(held))
    held[0].continue_()
    visitor.is_told("Source: Delivery times")
    expect(visitor.log).not_to_contain_text("Sending")
    expect(visitor.page.get_by_text(f"{NAME} is writing")).not_to_be_attached()


def test_box_grows_with_what_is_written(visitor: Visitor) -> None:
    visitor.goes_to_the_page()
    heights = []
    for lines in (1, 4, 100):
        visitor.box.fill("\n".join(["words"] * lines))
        box = visitor.box.bounding_box()
        assert box
        heights.append(box["height"])
    one, four, many = heights
    assert four > 2 * one
    assert four <= many < 300, "but not without end"


def test_suggestion_is_asked_by_a_click(visitor: Visitor) -> None:
    visitor.goes_to_the_page()
    expect(visitor.page.get_by_role("main")).to_contain_text("Hello! Ask us about lamps.")
    visitor.button("When are you open?").click()
    visitor.is_told("When are you open?").is_told(HOURS)
    assert [turn.text for turn in visitor.turns] == ["When are you open?"]


def test_human_is_asked_for_answers_by_name_and_is_rated(visitor: Visitor) -> None:
    visitor.goes_to_the_website().opens_the_chat().asks(QUESTION)
    visitor.is_told("Source: Delivery times")
    visitor.button("Talk to a person").click()
    expect(visitor.log).to_contain_text(re.compile("colleague"))
    expect(visitor.panel).to_contain_text(re.compile("person|colleague|human", re.IGNORECASE))
    desk = visitor.shop.desk
    desk.take_over(tenant(visitor), visitor.conversation)
    answers(visitor, "Hello, I am looking into it.")
    visitor.is_told("Hello, I am looking into it.")
    expect(visitor.log).to_contain_text("Maria")
    visitor.asks("thank you, Maria").is_told("thank you, Maria").has_turns(4)
    desk.close(tenant(visitor), visitor.conversation)
    rating = visitor.page.get_by_role("radiogroup", name="Rate this conversation")
    expect(rating).to_be_visible()
    rating.get_by_role("radio", name="4 of 5").click()
    visitor.page.get_by_role("textbox", name="Comment").fill("Quick and kind.")
    visitor.button("Submit").click()
    expect(visitor.panel).to_contain_text("Thank you")
    kept_rating = visitor.shop.conversation(visitor.conversation).rating
    assert kept_rating
    assert (kept_rating.value, kept_rating.comment) == (4, "Quick and kind.")


def test_unread_answers_are_counted_on_the_launcher(visitor: Visitor) -> None:
    visitor.goes_to_the_website().opens_the_chat().asks("I want to talk to a person")
    expect(visitor.log).to_contain_text("colleague")
    visitor.button("Close chat").click()
    visitor.shop.desk.take_over(tenant(visitor), visitor.conversation)
    answers(visitor, "Are you still there?")
    answers(visitor, "I have found your lamp.")
    expect(visitor.launcher).to_have_accessible_name(re.compile("2 unread"))
    visitor.opens_the_chat().is_told("I have found your lamp.")
    visitor.button("Close chat").click()
    expect(visitor.launcher).not_to_have_accessible_name(re.compile("unread"))


def vote(visitor: Visitor, name: str) -> None:
    visitor.log.get_by_role("button", name=name, exact=True).last.click()


def test_feedback_is_kept_and_can_be_changed(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")

    def value() -> str | None:
        feedback = visitor.turns[0].feedback
        return feedback.value if feedback else None

    vote(visitor, "Not helpful")
    visitor.waits_until(lambda: value() == "down")
    visitor.page.get_by_role("textbox", name="Comment").fill("It does not say how long.")
    visitor.button("Submit").click()
    expect(visitor.log).to_contain_text("Thank you")
    [turn] = visitor.turns
    assert turn.feedback
    assert turn.feedback.comment == "It does not say how long."
    vote(visitor, "Helpful")
    visitor.waits_until(lambda: value() == "up")
    visitor.page.reload()
    helpful = visitor.log.get_by_role("button", name="Helpful", exact=True)
    expect(helpful).to_have_attribute("aria-pressed", "true")
    vote(visitor, "Helpful")
    visitor.waits_until(lambda: value() is None)


def test_human_is_brought_in_where_answers_do_not_help(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    vote(visitor, "Not helpful")
    visitor.waits_until(lambda: visitor.turns[0].feedback is not None)
    assert visitor.shop.conversation(visitor.conversation).status == "bot"
    visitor.asks("are you open on sunday").is_told(HOURS)
    vote(visitor, "Not helpful")
    expect(visitor.button("Talk to a person")).not_to_be_visible()
    assert visitor.shop.conversation(visitor.conversation).status == "waiting"


def test_conversation_is_ended_by_the_customer_and_the_next_message_starts_anew(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    first = visitor.conversation
    visitor.chooses("End conversation")
    expect(visitor.page.get_by_role("radiogroup", name="Rate this conversation")).to_be_visible()
    assert visitor.shop.conversation(first).status == "closed"
    visitor.button("Start a new conversation").click()
    visitor.asks("are you open on sunday").is_told(HOURS)
    assert visitor.conversation != first


def lose_the_answer_once(page: Page) -> None:
    """The message arrives, and the line is cut before its answer does."""

    def cut(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/chat", cut, times=1)


@pytest.mark.parametrize("arrived", [False, True], ids=["before it arrived", "after it arrived"])
def test_message_is_sent_again_after_a_cut_line_and_answered_once(visitor: Visitor, arrived: bool) -> None:
    visitor.goes_to_the_page()
    if arrived:
        lose_the_answer_once(visitor.page)
    else:
        visitor.page.route("**/chat", lambda route: route.abort(), times=1)
    visitor.asks(QUESTION)
    again = visitor.button("Try again")
    expect(again).to_be_visible()
    again.click()
    visitor.is_told("Source: Delivery times")
    expect(again).not_to_be_visible()
    expect(visitor.log.get_by_text(QUESTION)).to_have_count(1)
    assert [turn.text for turn in visitor.turns] == [QUESTION]


def test_message_waits_until_the_line_is_back(visitor: Visitor) -> None:
    visitor.goes_to_the_page()
    visitor.context.set_offline(True)
    visitor.asks(QUESTION).is_told(QUESTION)
    visitor.page.wait_for_timeout(300)
    visitor.context.set_offline(False)
    visitor.is_told("Source: Delivery times")
    assert [turn.text for turn in visitor.turns] == [QUESTION]


def test_message_waits_through_a_reload_without_a_line(visitor: Visitor) -> None:
    visitor.goes_to_the_page()
    visitor.page.route("**/chat", lambda route: route.abort())
    visitor.asks(QUESTION)
    expect(visitor.button("Try again")).to_be_visible()
    visitor.page.unroute("**/chat")
    visitor.page.reload()
    visitor.is_told(QUESTION)
    again = visitor.button("Try again")
    source = visitor.log.get_by_text("Source: Delivery times")
    expect(again.or_(source)).to_be_visible()  # it may try on its own
    if again.is_visible():
        again.click()
    expect(source).to_be_visible()
    assert [turn.text for turn in visitor.turns] == [QUESTION]


def test_conversation_survives_a_reload(visitor: Visitor) -> None:
    visitor.goes_to_the_website().opens_the_chat().asks(QUESTION).is_told("Source: Delivery times")
    visitor.page.reload()
    visitor.launcher.or_(visitor.panel).first.wait_for()
    if not visitor.panel.is_visible():
        visitor.opens_the_chat()
    visitor.is_told(QUESTION).is_told("Source: Delivery times")
    visitor.asks("are you open on sunday").is_told(HOURS)
    assert len({turn.conversation_id for turn in visitor.turns}) == 1


def test_two_tabs_show_the_same_conversation_once(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    other = visitor.opens_another_tab().is_told(QUESTION)
    other.asks("are you open on sunday").is_told(HOURS)
    visitor.is_told(HOURS)
    visitor.asks("where is my order")
    other.is_told("where is my order")
    expect(visitor.log.get_by_text(re.compile("where is my order|^are you open"))).to_have_count(2)
    expect(other.log.get_by_text(re.compile("where is my order|^are you open"))).to_have_count(2)
    visitor.has_turns(3)


def test_two_new_tabs_are_one_visitor(visitor: Visitor) -> None:
    visitor.goes_to_the_page()
    other = visitor.opens_another_tab()
    visitor.asks(QUESTION)
    other.asks("are you open on sunday")
    visitor.is_told("Source: Delivery times")
    other.is_told(HOURS)
    assert visitor.user_id == other.user_id
    assert len(visitor.turns) == 2


def test_late_news_of_the_last_conversation_do_not_end_the_new_one(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    visitor.chooses("End conversation")
    again = visitor.button("Start a new conversation")
    expect(again).to_be_visible()
    held: list[Route] = []
    visitor.page.route("**/messages?*", lambda route: held.append(route), times=1)
    visitor.page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    visitor.waits_until(lambda: bool(held))
    again.click()
    expect(visitor.box).to_be_visible()
    with visitor.page.expect_response("**/messages?*"):
        held[0].continue_()
    visitor.page.wait_for_timeout(300)
    expect(visitor.box).to_be_visible()
    expect(visitor.log).not_to_contain_text(QUESTION)
