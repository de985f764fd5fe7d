"""The chat serves everybody: by keyboard, on a small screen, in the dark, by ear, in other languages."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.people import Visitor, ground

QUESTION = "how long does delivery take"
SCHEMES = ("light", "dark")


def barriers(visitor: Visitor) -> list[str]:
    """What keeps people out, as axe-core finds it."""
    found = Axe().run(visitor.page).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def brightness(element: Locator) -> float:
    """Of what an element lies on, from 0 to 1."""
    return sum(ground(element)) / 765


@pytest.mark.parametrize("scheme", SCHEMES)
def test_launcher_keeps_nobody_out(visit: Callable[..., Visitor], scheme: str) -> None:
    visitor = visit(color_scheme=scheme).goes_to_the_website()
    expect(visitor.launcher).to_be_visible()
    assert barriers(visitor) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_panel_with_a_conversation_keeps_nobody_out(visit: Callable[..., Visitor], scheme: str) -> None:
    visitor = visit(color_scheme=scheme, reduced_motion="reduce").goes_to_the_website().opens_the_chat()
    visitor.asks(QUESTION).is_told("Source: Delivery times")
    visitor.log.get_by_text("Source: Delivery times").click()
    visitor.log.get_by_role("button", name="Not helpful", exact=True).click()
    visitor.button("Options").click()
    assert barriers(visitor) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_page_keeps_nobody_out_from_the_welcome_to_the_rating(
    visit: Callable[..., Visitor], scheme: str
) -> None:
    visitor = visit(color_scheme=scheme, reduced_motion="reduce").goes_to_the_page()
    expect(visitor.button("When are you open?")).to_be_visible()
    assert barriers(visitor) == []
    visitor.asks("I want to talk to a person")
    expect(visitor.log).to_contain_text("colleague")
    assert barriers(visitor) == []
    visitor.chooses("End conversation")
    expect(visitor.page.get_by_role("radiogroup", name="Rate this conversation")).to_be_visible()
    assert barriers(visitor) == []


def test_theme_is_the_systems_until_one_is_chosen_which_is_remembered(
    visit: Callable[..., Visitor],
) -> None:
    visitor = visit(color_scheme="dark").goes_to_the_page()
    expect(visitor.box).to_be_visible()
    assert brightness(visitor.log) < 0.3
    visitor.chooses("Light")
    assert brightness(visitor.log) > 0.7
    visitor.page.reload()
    expect(visitor.box).to_be_visible()
    assert brightness(visitor.log) > 0.7
    visitor.chooses("System")
    assert brightness(visitor.log) < 0.3
    visitor.page.emulate_media(color_scheme="light")
    assert brightness(visitor.log) > 0.7


def test_everything_is_reached_by_keyboard(visitor: Visitor) -> None:
    visitor.goes_to_the_website()
    keys = visitor.page.keyboard
    expect(visitor.launcher).to_be_visible()
    keys.press("Tab")
    expect(visitor.launcher).to_be_focused()
    keys.press("Enter")
    expect(visitor.box).to_be_focused()
    keys.type("how long does")
    keys.press("Shift+Enter")
    keys.type("delivery take")
    keys.press("Enter")
    visitor.is_told("Source: Delivery times")
    assert [turn.text for turn in visitor.turns] == ["how long does\ndelivery take"]
    expect(visitor.box).to_be_focused()
    reached = set()
    for _ in range(30):
        keys.press("Shift+Tab")
        reached |= set(filter(None, [focused_name(visitor)]))
    for name in (
        "Options",
        "Close chat",
        "Helpful",
        "Not helpful",
        "Talk to a person",
        "Source: Delivery times",
    ):
        assert name in reached, reached
    visitor.button("Options").press("Enter")
    expect(visitor.page.get_by_role("menu")).to_be_visible()
    keys.press("Escape")
    expect(visitor.page.get_by_role("menu")).not_to_be_visible()
    expect(visitor.panel).to_be_visible()
    keys.press("Escape")
    expect(visitor.panel).not_to_be_visible()
    expect(visitor.launcher).to_be_focused()


def focused_name(visitor: Visitor) -> str:
    return str(
        visitor.page.evaluate("""() => {
      let at = document.activeElement;
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      return at?.getAttribute("aria-label") || at?.textContent?.trim() || "";
    }""")
    )


@pytest.mark.parametrize("place", ["page", "website"])
def test_small_screen_is_enough(visit: Callable[..., Visitor], place: str) -> None:
    visitor = visit(viewport={"width": 320, "height": 568}, has_touch=True)
    if place == "page":
        visitor.goes_to_the_page()
    else:
        visitor.goes_to_the_website().opens_the_chat()
    visitor.asks("are you open on sunday " + "w" * 300).is_told(re.compile("^are you open"))
    visitor.asks(QUESTION).is_told("Source: Delivery times")
    visitor.log.get_by_text("Source: Delivery times").click()
    assert visitor.elements(SIDEWAYS) == []
    for name in ("Send", "Options"):
        box = visitor.button(name).bounding_box()
        assert box
        assert 0 <= box["x"] <= 320 - box["width"]
        assert min(box["width"], box["height"]) >= 24  # WCAG 2.5.8


SIDEWAYS = """element => {
  const { overflowX } = getComputedStyle(element);
  const scrolls = element === document.scrollingElement || /auto|scroll/.test(overflowX);
  return scrolls && element.scrollWidth > element.clientWidth + 1;
}"""


def test_chat_speaks_the_visitors_language_from_right_to_left(visit: Callable[..., Visitor]) -> None:
    visitor = visit(locale="ar").goes_to_the_page()
    box = visitor.page.get_by_role("textbox")
    expect(box).to_be_visible()
    expect(box).not_to_have_accessible_name("Your message")
    log = visitor.page.get_by_role("log")
    assert log.evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert barriers(visitor) == []


@pytest.mark.parametrize("side", ["left", "right"])
def test_chat_keeps_to_its_side_in_every_language(visit: Callable[..., Visitor], side: str) -> None:
    visitor = visit(locale="ar")
    attributes = f'data-business="lamps" data-position="{side}"'
    visitor.goes_to_the_website(visitor.shop.put(f"/{side}", attributes=attributes))
    launcher, panel = visitor.launcher, visitor.page.get_by_role("dialog")
    expect(launcher).to_be_visible()
    before = launcher.bounding_box()
    launcher.click()
    expect(panel).to_be_visible()
    visitor.page.get_by_role("button").first.click()
    menu, place, screen = visitor.page.get_by_role("menu").bounding_box(), panel.bounding_box(), 1280
    assert before
    assert menu
    assert place
    assert (before["x"] < screen / 2) is (place["x"] < screen / 2) is (side == "left")
    assert place["x"] < menu["x"]
    assert menu["x"] + menu["width"] < place["x"] + place["width"] / 2 + 100, "below its button, at the left"
    visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("Escape")
    after = visitor.page.get_by_role("button").bounding_box()
    assert after
    assert after["x"] == before["x"]


SPEECH = """
window.heard = [];
class Recognition extends EventTarget {
  start() {
    this.onstart?.(new Event("start"));
    setTimeout(() => {
      const words = [{ transcript: "are you open on sunday", confidence: 1 }];
      const result = Object.assign(words, { isFinal: true });
      const event = Object.assign(new Event("result"), { results: [result], resultIndex: 0 });
      this.onresult ? this.onresult(event) : this.dispatchEvent(event);
      const end = new Event("end");
      this.onend ? this.onend(end) : this.dispatchEvent(end);
    }, 50);
  }
  stop() {}
  abort() {}
}
window.SpeechRecognition = window.webkitSpeechRecognition = Recognition;
Object.defineProperty(window, "speechSynthesis", { value: {
  speak: (utterance) => window.heard.push(utterance.text), cancel() {}, getVoices: () => [],
  addEventListener() {},
} });
"""


def test_voice_is_silent_until_asked_for_then_hears_and_speaks(visitor: Visitor) -> None:
    visitor.context.add_init_script(SPEECH)
    visitor.goes_to_the_page()
    expect(visitor.box).to_be_visible()
    expect(visitor.button("Speak")).not_to_be_visible()
    visitor.asks(QUESTION).is_told("Source: Delivery times")
    assert visitor.page.evaluate("window.heard") == []
    visitor.chooses("Voice")
    visitor.button("Speak").click()
    expect(visitor.box).to_have_value("are you open on sunday")
    visitor.box.press("Enter")
    visitor.is_told("We are open from nine to five, every day.")
    visitor.page.wait_for_function("() => window.heard.some((words) => words.includes('nine to five'))")


def test_voice_is_not_offered_where_the_browser_has_none(visitor: Visitor) -> None:
    visitor.context.add_init_script("delete window.SpeechRecognition; delete window.webkitSpeechRecognition;")
    visitor.goes_to_the_page()
    visitor.button("Options").click()
    expect(visitor.page.get_by_role("menu")).to_be_visible()
    expect(visitor.button("Speak")).not_to_be_visible()


def test_what_changes_is_said_to_who_does_not_see_it(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    said = visitor.page.get_by_role("status")
    desk = visitor.shop.desk
    desk.close(desk.default_tenant, visitor.conversation)
    visitor.page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    expect(said.filter(has_text="This conversation has ended")).to_have_count(1)
    expect(visitor.log).to_be_focused()  # the box, where one was, is gone
    visitor.button("Start a new conversation").click()
    visitor.page.route("**/chat", lambda route: route.abort())
    visitor.asks("hello?")
    expect(said.filter(has_text="Not sent.")).to_have_count(1)


def test_nothing_is_said_twice(visitor: Visitor) -> None:
    visitor.goes_to_the_page().asks(QUESTION).is_told("Source: Delivery times")
    rows = visitor.log.locator(".row")
    rows.evaluate_all("rows => rows.forEach((row) => { row.known = true })")
    with visitor.page.expect_response("**/messages?*"):
        visitor.page.evaluate("dispatchEvent(new Event('visibilitychange'))")
    visitor.page.wait_for_timeout(300)
    assert rows.evaluate_all("rows => rows.map((row) => row.known)") == [True, True]


def test_shops_own_words_are_asked_for_again(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.page.route("**/widget.json?*", lambda route: route.abort(), times=1)
    visitor.goes_to_the_page()
    visitor.box.fill("where is")
    expect(visitor.page.get_by_role("heading", name="Chat", exact=True)).to_be_visible()
    visitor.page.clock.fast_forward(60_000)
    expect(visitor.page.get_by_role("heading", name="Lamp & Shade")).to_be_visible()
    expect(visitor.box).to_have_value("where is")
    expect(visitor.box).to_be_focused()
    assert visitor.errors == []
