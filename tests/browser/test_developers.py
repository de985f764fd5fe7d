"""What a developer builds on: the global, the events, the script's attributes, and who may speak as whom."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import SECRET
from tests.browser.people import Visitor, ground

QUESTION = "how long does delivery take"
HOURS = "We are open from nine to five, every day."
LISTEN = """
window.events = [];
for (const name of ["open", "close", "message", "status", "error"])
  document.addEventListener(`punai:${name}`, (event) => window.events.push([name, event.detail]));
"""


def events(visitor: Visitor, name: str) -> list[dict[str, object]]:
    """The details of the events of this name that reached the page."""
    return [detail for told, detail in visitor.page.evaluate("window.events") if told == name]


def test_site_opens_sends_and_closes_and_is_told_of_it(visitor: Visitor) -> None:
    visitor.context.add_init_script(LISTEN)
    visitor.goes_to_the_website()
    expect(visitor.launcher).to_be_visible()
    visitor.page.evaluate("PunAI.open()")
    expect(visitor.panel).to_be_visible()
    visitor.page.evaluate("words => PunAI.send(words)", QUESTION)
    visitor.is_told(QUESTION).is_told("Source: Delivery times")
    visitor.page.evaluate("PunAI.close()")
    expect(visitor.panel).not_to_be_visible()
    assert len(events(visitor, "open")) == len(events(visitor, "close")) == 1
    assert {message["role"] for message in events(visitor, "message")} >= {"assistant"}
    visitor.page.evaluate("PunAI.send('I want to talk to a person')")
    visitor.page.wait_for_function("() => window.events.some(([name]) => name === 'status')")
    assert events(visitor, "status")[-1]["status"] == "waiting"
    visitor.page.route("**/chat", lambda route: route.abort())
    visitor.page.evaluate("PunAI.send('hello?')")
    visitor.page.wait_for_function("() => window.events.some(([name]) => name === 'error')")


def sign(user_id: str) -> str:
    return hmac.new(SECRET.encode(), user_id.encode(), hashlib.sha256).hexdigest()


IDENTIFY = "([user_id, signature]) => PunAI.identify({ user_id, signature }).then(() => true, () => false)"


def test_site_that_knows_its_customer_gives_them_their_conversation_on_any_device(
    visit: Callable[..., Visitor],
) -> None:
    customer = f"customer-{id(visit)}"
    at_home = visit().goes_to_the_website()
    expect(at_home.launcher).to_be_visible()
    at_home.page.evaluate(IDENTIFY, [customer, sign(customer)])
    at_home.opens_the_chat().asks(QUESTION).is_told("Source: Delivery times")
    assert at_home.user_id == customer
    on_the_way = visit().goes_to_the_website()
    expect(on_the_way.launcher).to_be_visible()
    on_the_way.page.evaluate(IDENTIFY, [customer, sign(customer)])
    expect(on_the_way.launcher).to_have_accessible_name("Open chat")  # what was said long ago is no news
    on_the_way.opens_the_chat().is_told(QUESTION).is_told("Source: Delivery times")


def test_nobody_is_somebody_else_without_the_sites_signature(visitor: Visitor) -> None:
    visitor.goes_to_the_website()
    expect(visitor.launcher).to_be_visible()
    assert not visitor.page.evaluate(IDENTIFY, ["ann", sign("bob")])
    visitor.opens_the_chat().asks(QUESTION)
    visitor.page.wait_for_timeout(500)
    assert visitor.shop.turns_of("ann") == []


def test_visitor_reads_and_writes_their_own_conversation_only(visit: Callable[..., Visitor]) -> None:
    ann, bob = (visit().goes_to_the_page() for _ in range(2))
    for visitor in (ann, bob):
        visitor.asks(QUESTION).is_told("Source: Delivery times")
    assert ann.user_id != bob.user_id
    theirs = {"conversation_id": ann.conversation}
    with httpx.Client(base_url=ann.shop.address, timeout=10) as client:
        proof = {"Authorization": f"Bearer {ann.token}"}
        own = client.get("/messages", params=theirs, headers=proof)
        assert own.status_code == 200
        assert QUESTION in own.text
        for headers in ({}, {"Authorization": f"Bearer {bob.token}"}, {"Authorization": "Bearer made-up"}):
            refused = client.get("/messages", params=theirs, headers=headers)
            assert refused.status_code in (401, 403, 404)
            assert QUESTION not in refused.text
            written = client.post(
                "/chat", json={"user_id": ann.user_id, "message": "hi", **theirs}, headers=headers
            )
            assert written.status_code in (401, 403)
    assert len(ann.turns) == 1


def test_how_sure_the_bot_was_is_told_to_those_who_ask(visitor: Visitor) -> None:
    told: list[str] = []
    visitor.page.on("console", lambda message: told.append(message.text))
    visitor.goes_to_the_page("?debug").asks(QUESTION).is_told("Source: Delivery times")
    assert any("delivery_times" in text and "confidence" in text and "documents" in text for text in told)
    told.clear()
    visitor.goes_to_the_page().asks("are you open on sunday").is_told(
        "We are open from nine to five, every day."
    )
    assert not any("opening_hours" in text for text in told)


def test_script_says_where_how_and_in_which_colour_the_chat_is_shown(visitor: Visitor) -> None:
    attributes = 'data-business="lamps" data-position="left" data-open data-color="#0b3d91"'
    visitor.goes_to_the_website(visitor.shop.put("/left", attributes=attributes))
    expect(visitor.panel).to_be_visible()
    place, screen = visitor.panel.bounding_box(), visitor.page.viewport_size
    assert place
    assert screen
    assert place["x"] + place["width"] / 2 < screen["width"] / 2
    visitor.button("Close chat").click()
    expect(visitor.launcher).to_be_visible()
    assert ground(visitor.launcher) == pytest.approx((11, 61, 145), abs=2)


def test_visitor_who_does_not_chat_costs_one_request(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.goes_to_the_website()
    expect(visitor.launcher).to_be_visible()
    visitor.page.wait_for_timeout(500)
    from_the_chat = [url for url in asked if url.startswith(visitor.shop.address)]
    assert from_the_chat == [f"{visitor.shop.address}/widget.js"]
    assert {url.rsplit("/", 1)[0] for url in asked} <= {visitor.shop.address, visitor.shop.site}


def test_answer_that_comes_after_signing_out_is_nobodys(visitor: Visitor) -> None:
    visitor.context.add_init_script(LISTEN)
    customer = f"customer-{id(visitor)}"
    visitor.goes_to_the_website().opens_the_chat()
    visitor.page.evaluate(IDENTIFY, [customer, sign(customer)])
    held: list[Route] = []
    visitor.page.route("**/chat", lambda route: held.append(route), times=1)
    visitor.asks("are you open on sunday").waits_until(lambda: bool(held))
    visitor.page.evaluate("PunAI.identify()")
    with visitor.page.expect_response("**/chat"):
        held[0].continue_()
    visitor.page.wait_for_timeout(500)
    expect(visitor.log).not_to_contain_text("are you open on sunday")
    expect(visitor.log).not_to_contain_text(HOURS)
    assert events(visitor, "message") == []
    assert kept(visitor, "conversation") is None


def test_name_asked_for_before_signing_in_does_not_stay_after(visitor: Visitor) -> None:
    customer = f"customer-{id(visitor)}"
    visitor.goes_to_the_website().opens_the_chat()
    held: list[Route] = []
    visitor.page.route("**/session", lambda route: held.append(route), times=1)
    visitor.asks(QUESTION).waits_until(lambda: bool(held))
    assert visitor.page.evaluate(IDENTIFY, [customer, sign(customer)])
    with visitor.page.expect_response("**/chat"):
        held[0].continue_()
    assert visitor.user_id.startswith("visitor-"), "a visitor wrote it"
    visitor.asks("are you open on sunday").is_told(HOURS)
    assert visitor.user_id == customer
    expect(visitor.log).not_to_contain_text(QUESTION)


def kept(visitor: Visitor, name: str) -> Any:
    """What the browser keeps under this name."""
    script = """name => {
      const [key] = Object.keys(localStorage).filter((key) => key.startsWith("punai:"));
      return JSON.parse(localStorage.getItem(key))[name];
    }"""
    return visitor.page.evaluate(script, name)


AGES = """([days, token]) => {
  const [key, text] = Object.entries(localStorage).find(([key]) => key.startsWith("punai:"));
  const kept = JSON.parse(text);
  kept.session.expires_at = new Date(Date.now() + days * 86_400_000).toISOString();
  kept.session.token = token || kept.session.token;
  localStorage.setItem(key, JSON.stringify(kept));
}"""


@pytest.mark.parametrize("line", ["works", "fails"])
def test_token_is_renewed_before_it_ends(visitor: Visitor, line: str) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    first, until = visitor.user_id, kept(visitor, "session")["expires_at"]
    visitor.page.evaluate(AGES, [20, None])
    if line == "fails":
        visitor.page.route("**/session", lambda route: route.abort())
    visitor.page.reload()
    visitor.asks("are you open on sunday").is_told(HOURS)
    assert visitor.user_id == first
    assert (kept(visitor, "session")["expires_at"] >= until) is (line == "works")


def test_token_that_counts_no_longer_is_replaced(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    visitor.page.evaluate(AGES, [20, "of another key"])
    visitor.page.reload()
    visitor.asks("are you open on sunday").is_told(HOURS)
