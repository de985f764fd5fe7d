"""Whatever a page, a reply or a name does: the chat works, and nothing said in it becomes more than words."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from punai.models import Answer, Card, Citation, Steps, Text, Turn
from scripts.website import Page
from tests.browser.people import Visitor

QUESTION = "how long does delivery take"
POLICY = (
    "default-src 'none'; script-src 'self' {chat}; connect-src {chat}; style-src 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEAD = '<link rel="stylesheet" href="/own.css"><script src="/own.js"></script>'
OWN_STYLE = """
* { all: unset !important }
:not(head, head *, script) { display: inline !important; visibility: hidden !important }
button, textarea { font-size: 1px !important; pointer-events: none !important }
"""
OWN_SCRIPT = """
window.PunAI = Object.freeze({ mine: true });
customElements.define("punai-chat", class extends HTMLElement {});
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
Object.defineProperty(Object.prototype, "enumerated", { value: 1, enumerable: true });
"""

MARKUP = """<img src=x onerror="window.broken = 1"><script>window.broken = 2</script><b>bold</b> &amp;"""
CODE = "javascript:window.broken=3"
LONG = "w" * 4000
EMOJI = "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 é Z̴̢a̷l̶g̸o̷"
BACKWARDS = "ההזמנה 12345 בדרך \u202e!evil\u202c مرحبا"


def test_chat_works_on_a_page_that_takes_its_styles_its_names_and_every_freedom(visitor: Visitor) -> None:
    shop = visitor.shop
    shop.pages["/own.css"] = Page(OWN_STYLE, "text/css")
    shop.pages["/own.js"] = Page(OWN_SCRIPT, "text/javascript")
    policy = {"Content-Security-Policy": POLICY.format(chat=shop.address)}
    visitor.goes_to_the_website(shop.put("/hostile", head=HEAD, headers=policy))
    expect(visitor.launcher).to_be_visible()
    place, screen = visitor.launcher.bounding_box(), visitor.page.viewport_size
    assert place
    assert screen
    assert 40 <= place["width"] <= 120
    assert place["x"] > screen["width"] / 2
    assert place["y"] > screen["height"] / 2
    visitor.opens_the_chat().asks(QUESTION).is_told("Source: Delivery times")
    size = visitor.panel.bounding_box()
    assert size
    assert size["width"] >= 300
    assert size["height"] >= 300
    assert visitor.page.evaluate("window.PunAI.mine")
    assert visitor.page.evaluate("window.violations") == []
    assert visitor.errors == []


def test_page_keeps_its_own_look_and_its_own_names(visitor: Visitor) -> None:
    measure = """() => {
      const heading = document.querySelector("h1");
      const { font, color, margin } = getComputedStyle(heading);
      return [font, color, margin, Object.keys(window).filter((name) => /^[A-Z]/.test(name))];
    }"""
    visitor.shop.pages["/without"] = Page(
        '<!doctype html><html lang="en"><title>Lamps</title><h1>Lamps</h1></html>'
    )
    visitor.page.goto(f"{visitor.shop.site}/without")
    *before, names = visitor.page.evaluate(measure)
    visitor.goes_to_the_website(visitor.shop.put("/with"))
    visitor.opens_the_chat()
    *after, names_after = visitor.page.evaluate(measure)
    assert after == before
    assert set(names_after) - set(names) == {"PunAI"}


def is_given(visitor: Visitor, answer: Answer) -> None:
    """An answer of any kind, which the shop gives outside the chat's own ways."""
    turn = Turn(
        conversation_id=visitor.conversation,
        message_id=f"given-{len(visitor.turns)}",
        user_id=visitor.user_id,
        text="",
        at=datetime.now(UTC),
        answer=answer,
    )
    visitor.shop.record(turn)
    visitor.page.reload()


MADE_OF_A_REPLY = r"""element => {
  const address = element.getAttribute("href") || element.getAttribute("src") || "";
  const markup = "b, iframe, object, embed, img[onerror], script:not([src])";
  return element.matches(markup) || /^\s*(javascript|data:text|vbscript)/i.test(address);
}"""


def nothing_happened(visitor: Visitor) -> None:
    """No script of a reply ran, none of its markup is markup, and no link leads into the page."""
    assert visitor.page.evaluate("window.broken") is None
    assert visitor.errors == []
    assert visitor.elements(MADE_OF_A_REPLY) == []


def test_markup_of_a_reply_and_of_a_customer_is_shown_as_it_was_written(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks("please show me some markup").is_told("please show me some markup")
    expect(visitor.log).to_contain_text('<img src=x onerror="window.broken = 1">')
    expect(visitor.log).to_contain_text("[click](javascript:window.broken=2)")
    visitor.asks(MARKUP).is_told(MARKUP)
    nothing_happened(visitor)
    visitor.page.reload()
    visitor.is_told(MARKUP)
    nothing_happened(visitor)


def test_everything_in_an_answer_is_words(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    is_given(
        visitor,
        Answer(
            reply=MARKUP,
            answered_by="model",
            blocks=(
                Text(text=f"{MARKUP} {CODE} https://lamps.example/a?b=1."),
                Steps(items=(MARKUP, CODE)),
                Card(title=f"card {MARKUP}", text=MARKUP, url=CODE, image=CODE),
                Card(title="good card", url="https://lamps.example/card"),
            ),
            citations=(Citation(title=f"title {MARKUP}", source=CODE, quote=f"quote {MARKUP}"),),
            suggestions=(f"ask {MARKUP}",),
        ),
    )
    source = visitor.log.get_by_text(f"Source: title {MARKUP}")
    source.click()
    expect(visitor.log).to_contain_text(f"quote {MARKUP}")
    expect(visitor.log.get_by_role("list").filter(has_text=CODE).get_by_role("listitem")).to_have_count(2)
    expect(visitor.button(f"ask {MARKUP}")).to_be_visible()
    nothing_happened(visitor)
    links = [link.get_attribute("href") for link in visitor.log.get_by_role("link").all()]
    assert sorted(filter(None, links)) == ["https://lamps.example/a?b=1", "https://lamps.example/card"]
    for link in visitor.log.get_by_role("link").all():
        assert "noopener" in (link.get_attribute("rel") or "")


@pytest.mark.parametrize("words", [LONG, EMOJI, BACKWARDS], ids=["long", "emoji", "right to left"])
def test_words_of_any_kind_stay_in_their_place(visitor: Visitor, words: str) -> None:
    visitor.goes_to_the_page().asks(words)
    shown = visitor.log.get_by_text(words, exact=True)
    expect(shown).to_have_count(1)
    expect(visitor.log.get_by_role("button", name="Helpful", exact=True)).to_be_visible()
    is_given(visitor, Answer(reply=f"= {words}", answered_by="human", status="bot"))
    expect(visitor.log.get_by_text(f"= {words}", exact=True)).to_have_count(1)
    page = visitor.page
    assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth")
    room, log = shown.bounding_box(), visitor.log.bounding_box()
    assert room
    assert log
    assert room["x"] >= log["x"]
    assert room["x"] + room["width"] <= log["x"] + log["width"]
    expect(visitor.box).to_be_in_viewport()


def test_name_of_a_person_cannot_be_markup(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks("I want to talk to a person")
    expect(visitor.log).to_contain_text("colleague")
    desk = visitor.shop.desk
    desk.take_over(desk.default_tenant, visitor.conversation)
    desk.reply_as_agent(desk.default_tenant, visitor.conversation, "Here I am.", name=MARKUP[:60])
    visitor.is_told("Here I am.")
    expect(visitor.log).to_contain_text(MARKUP[:40])
    nothing_happened(visitor)


def test_server_that_talks_nonsense_breaks_nothing(visitor: Visitor) -> None:
    visitor.goes_to_the_page()
    visitor.page.route("**/chat", lambda route: route.fulfill(status=200, body="<html>oops"), times=1)
    visitor.asks(QUESTION)
    again = visitor.button("Try again")
    expect(again).to_be_visible()
    again.click()
    visitor.is_told("Source: Delivery times")
    assert visitor.errors == []


def test_site_that_forbids_storage_still_has_a_chat(visitor: Visitor) -> None:
    forbidden = "{ get() { throw new DOMException('no', 'SecurityError'); } }"
    visitor.context.add_init_script(f"Object.defineProperty(window, 'localStorage', {forbidden})")
    visitor.goes_to_the_website().opens_the_chat().asks(QUESTION).is_told("Source: Delivery times")
    visitor.asks("are you open on sunday").is_told(re.compile("nine to five"))
    assert len({turn.conversation_id for turn in visitor.turns}) == 1
    assert visitor.errors == []
