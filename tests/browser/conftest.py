"""A real shop, a real browser, and a website of another origin that the widget is put on."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from punai.bootstrap import open_desk
from punai.settings import Settings
from punai.web import cors
from punai.web.desk import use
from punai.web.local import running
from scripts.chromium import NoBrowser, launched
from scripts.website import Page, serving
from tests.browser.people import Shop, Visitor

SECONDS = 20
SECRET = "the shop signs its customers with this"

PACK = """
name = "Lamp & Shade"
languages = ["en", "ar"]

[chat]
welcome = "Hello! Ask us about lamps."
color = "#b5462f"
suggestions = ["How long does delivery take?", "When are you open?"]

[settings.identity]
secret = "env:LAMPS_SECRET"

[settings.feedback]
escalate_after = 2

[[intents]]
name = "order_status"
description = "where an order is"
examples = ["where is my order", "my parcel has not arrived"]

[[intents]]
name = "delivery_times"
description = "how long delivery takes"
examples = ["how long does delivery take", "when would a lamp arrive", "delivery time to Scotland"]

[[intents]]
name = "opening_hours"
description = "when the shop is open"
examples = ["when are you open", "what are your opening hours", "are you open on sunday"]
reply = "We are open from nine to five, every day."

[[intents]]
name = "markup"
description = "asks for markup"
examples = ["show me some markup", "write markup please"]
reply = '<img src=x onerror="window.broken = 1"><b>bold</b> [click](javascript:window.broken=2)'
"""

DELIVERY = "An order arrives within three working days, and to Scotland within five."


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all tests of a worker. Not of the whole session: it leaves an event loop running meanwhile."""
    try:
        launching = launched()
        browser = launching.__enter__()
    except NoBrowser as reason:
        pytest.skip(str(reason))
    try:
        expect.set_options(timeout=SECONDS * 1000)
        yield browser
    finally:
        launching.__exit__(None, None, None)


@pytest.fixture(scope="package")
def site_pages() -> dict[str, Page]:
    """What the other website serves; tests may add to it."""
    return {}


@pytest.fixture(scope="package")
def shop(
    browser: Browser, site_pages: dict[str, Page], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """A lamp shop that serves its chat, and a website of its own that embeds it."""
    folder = tmp_path_factory.mktemp("lamps")
    knowledge = folder / "plugins/lamps/knowledge"
    knowledge.mkdir(parents=True)
    (knowledge.parent / "business.toml").write_text(PACK, encoding="utf-8")
    (knowledge / "delivery.md").write_text(f"# Delivery times\n\n{DELIVERY}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LAMPS_SECRET", SECRET)
        desk = open_desk(
            Settings(store=f"sqlite:///{folder}/punai.db", model="local", plugins=folder / "plugins")
        )
        desk.store.prepare()
        with serving(site_pages) as site, running(desk, "127.0.0.1", 0) as address:
            yield Shop(desk, address, site, site_pages)
        desk.store.close()


@pytest.fixture
def visit(shop: Shop, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Let somebody come by, with a browser profile of their own; options as Playwright's `new_context`."""
    use(shop.desk)
    cors.allow(shop.site)
    came: list[BrowserContext] = []

    def arrive(**options: Any) -> Visitor:
        context = browser.new_context(**options)
        context.set_default_timeout(SECONDS * 1000)
        came.append(context)
        return Visitor(shop, context)

    yield arrive
    for context in came:
        context.close()
    cors.allow("")


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody with an ordinary browser."""
    return visit()
