"""Make the pictures of the chat in docs/images: the page in both themes, and the widget on a shop's website.

    make screenshots

A real server answers, without a model; a real browser shows it; what a person writes comes from here.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.settings import Settings
from punai.web import cors
from punai.web.local import running
from scripts import website
from scripts.chromium import NoBrowser, launched

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SHOP = (ROOT / "scripts" / "sample_shop.html").read_text(encoding="utf-8")
SHOP_TAG = '<script src="{address}/widget.js" data-business="shop" defer></script>'
THEMES = ("light", "dark")


def main() -> None:
    """Make every picture, and say where it is."""
    try:
        with launched() as browser, sample_shop() as (desk, address):
            for theme in THEMES:
                save(picture_of_the_page(browser, desk, address, theme), f"chat-page-{theme}.png")
            with website.serving(shop_pages(address)) as site:
                cors.allow(site)
                for theme in THEMES:
                    save(picture_of_the_widget(browser, desk, site, theme), f"chat-widget-{theme}.png")
    except NoBrowser as reason:
        sys.exit(str(reason))


@contextmanager
def sample_shop() -> Iterator[tuple[Desk, str]]:
    """The sample business, served without a model; its desk and address."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/punai.db"
        desk = open_desk(Settings(store=store, model="local", plugins=ROOT / "plugins", business="shop"))
        desk.store.prepare()
        desk.warm_up()
        with running(desk, "127.0.0.1", 0) as address:
            yield desk, address
        desk.store.close()


def shop_pages(address: str) -> dict[str, website.Page]:
    """The sample shop's website: with the chat at /, without it at /without."""
    with_it = SHOP.replace("<!-- widget -->", SHOP_TAG.format(address=address))
    return {"/": website.Page(with_it), "/without": website.Page(SHOP)}


def picture_of_the_page(browser: Browser, desk: Desk, address: str, theme: str) -> bytes:
    """A conversation with a citation that is open."""
    page = open_page(browser, address, theme, 1000, 860)
    ask(page, "hello", "welcome to Brindlecup")
    ask(page, "are you open on sunday", "Source: Shop opening hours")
    page.get_by_role("log").get_by_text("Source:").last.click()
    return picture(page)


def picture_of_the_widget(browser: Browser, desk: Desk, site: str, theme: str) -> bytes:
    """The widget over the shop's website, where a person has taken over."""
    page = open_page(browser, site, theme, 1200, 800)
    page.get_by_role("button", name="Open chat").click()
    ask(page, "My parcel has not arrived yet", "Source:")
    with page.expect_response("**/chat") as answered:
        ask(page, "I want to talk to a person", "colleague")
    conversation = str(answered.value.json()["conversation_id"])
    desk.take_over(desk.default_tenant, conversation)
    words = "Hello, this is Maria. Your parcel left Wexholme this morning; it will be with you tomorrow."
    desk.reply_as_agent(desk.default_tenant, conversation, words, name="Maria")
    expect(page.get_by_role("log")).to_contain_text(words, timeout=30_000)
    return picture(page)


def open_page(browser: Browser, address: str, theme: str, width: int, height: int) -> Page:
    """A new visitor's tab there, in this theme."""
    scheme = "dark" if theme == "dark" else "light"
    size = {"width": width, "height": height}
    context = browser.new_context(color_scheme=scheme, viewport=size, reduced_motion="reduce", locale="en")  # type: ignore[arg-type]  # a ViewportSize is a dict
    page = context.new_page()
    page.goto(address)
    return page


def ask(page: Page, words: str, told: str) -> None:
    """Send a message, and wait until the answer holds this."""
    box = page.get_by_role("textbox", name="Your message")
    box.fill(words)
    box.press("Enter")
    expect(page.get_by_role("log")).to_contain_text(told, timeout=30_000)


def picture(page: Page) -> bytes:
    """What the tab shows, when everything has come to rest."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    taken = page.screenshot(animations="disabled", caret="hide")
    page.context.close()
    return taken


def save(content: bytes, name: str) -> None:
    """Write a picture."""
    path = IMAGES / name
    path.write_bytes(content)
    print(f"{path.relative_to(ROOT)}: {len(content) / 1000:.0f} KB")


if __name__ == "__main__":
    main()
