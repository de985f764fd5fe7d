"""Who meets in the browser: the shop behind the chat, and visitors, who go by what they see and hear."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Request, expect

from punai.desk import Desk
from punai.models import Conversation, Turn
from punai.tenant import Tenant
from scripts.website import Page

NAME = "Lamp & Shade"

SHOP_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lamps</title>
{head}
<main><h1>Lamps</h1><p>Made of brass and glass.</p></main>
<script src="{address}/widget.js" {attributes} defer></script>
</html>
"""


@dataclass(frozen=True)
class Shop:
    """The business: its desk, the address of its chat, and its own website."""

    desk: Desk
    address: str
    site: str
    pages: dict[str, Page]

    def put(
        self,
        path: str,
        *,
        attributes: str = 'data-business="lamps"',
        head: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Put a page with the widget on the website; its address."""
        body = SHOP_PAGE.format(address=self.address, attributes=attributes, head=head)
        self.pages[path] = Page(body, headers=headers or {})
        return self.site + path

    def turns_of(self, user_id: str) -> list[Turn]:
        """What is stored of a person."""
        return list(self.desk.store.turns_of(self._tenant, user_id))

    def record(self, turn: Turn) -> None:
        """Keep a turn that did not come through the chat."""
        self.desk.store.record(self._tenant, turn)

    def conversation(self, conversation_id: str) -> Conversation:
        """A conversation as it is stored, without its turns."""
        found = self.desk.store.conversation(self._tenant, conversation_id, history=0)
        assert found is not None
        return found

    @property
    def _tenant(self) -> Tenant:
        return self.desk.tenants[self.desk.default_tenant]


GROUND = """element => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  for (let at = element; at; at = at.parentElement || at.getRootNode().host) {
    pen.fillStyle = getComputedStyle(at).backgroundColor;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, opacity] = pen.getImageData(0, 0, 1, 1).data;
    if (opacity === 255) return [red, green, blue];
  }
  return [255, 255, 255];
}"""


def ground(element: Locator) -> tuple[int, int, int]:
    """The colour that an element lies on, whatever notation it was written in: red, green and blue."""
    red, green, blue = element.evaluate(GROUND)
    return red, green, blue


class Visitor:
    """Somebody at a browser: what they do there, and what they find."""

    def __init__(self, shop: Shop, context: BrowserContext) -> None:
        self.shop, self.context = shop, context
        self.page = context.new_page()
        self.user_id = self.token = ""
        self.errors: list[str] = []
        context.on("request", self._notice)
        self._watch()

    def goes_to_the_page(self, query: str = "") -> "Visitor":
        """Open the chat's own page."""
        self.page.goto(f"{self.shop.address}/{query}")
        return self

    def goes_to_the_website(self, address: str | None = None) -> "Visitor":
        """Open the shop's website, where the chat is a widget."""
        self.page.goto(address or self.shop.put("/"))
        return self

    def opens_the_chat(self) -> "Visitor":
        """Press the launcher."""
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def opens_another_tab(self) -> "Visitor":
        """The same person, in a second tab of the same browser."""
        other = Visitor(self.shop, self.context)
        other.page.goto(self.page.url)
        return other

    def asks(self, words: str) -> "Visitor":
        """Write a message and send it, without waiting."""
        self.box.fill(words)
        self.box.press("Enter")
        return self

    def is_told(self, words: str | re.Pattern[str]) -> "Visitor":
        """Wait until the conversation shows this, once."""
        expect(self.log.get_by_text(words)).to_be_visible()
        return self

    def has_turns(self, count: int) -> "Visitor":
        """Wait until the shop has kept so many messages of theirs."""
        return self.waits_until(lambda: len(self.turns) == count)

    def waits_until(self, true: Callable[[], bool]) -> "Visitor":
        """Wait for something that the browser does not show."""
        for _ in range(400):
            if true():
                return self
            self.page.wait_for_timeout(50)
        raise TimeoutError("it did not become true")

    def button(self, name: str, *, exact: bool = True) -> Locator:
        """A button of the chat."""
        return self.page.get_by_role("button", name=name, exact=exact)

    def chooses(self, option: str) -> "Visitor":
        """Choose from the menu of options."""
        self.button("Options").click()
        menu = self.page.get_by_role("menu")
        action = menu.get_by_role("menuitem", name=option)
        choice = menu.get_by_role("menuitemradio", name=option)
        action.or_(choice).or_(menu.get_by_role("menuitemcheckbox", name=option)).click()
        return self

    def elements(self, matching: str) -> list[str]:
        """Every element, the chat's own among them, for which this JavaScript function is true: as HTML."""
        inside = """root => [...root.querySelectorAll("*")].flatMap((element) =>
          [element, ...(element.shadowRoot ? inside(element.shadowRoot) : [])])"""
        html = "element => element.outerHTML.slice(0, 300)"
        script = (
            f"() => {{ const inside = {inside}; return inside(document).filter({matching}).map({html}) }}"
        )
        return list(self.page.evaluate(script))

    @property
    def launcher(self) -> Locator:
        """What opens the chat on a website; its name may tell of unread messages."""
        return self.page.get_by_role("button", name=re.compile("^Open chat"))

    @property
    def panel(self) -> Locator:
        """The chat as it lies over a website."""
        return self.page.get_by_role("dialog", name=NAME)

    @property
    def log(self) -> Locator:
        """What was said."""
        return self.page.get_by_role("log", name="Conversation")

    @property
    def box(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_role("textbox", name="Your message")

    @property
    def turns(self) -> list[Turn]:
        """What the shop has of this person."""
        return self.shop.turns_of(self.user_id)

    @property
    def conversation(self) -> str:
        """The id of their last conversation."""
        return self.turns[-1].conversation_id

    def _watch(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _notice(self, request: Request) -> None:
        """Learn who the browser says it is: tests look into the store by that."""
        if request.url == f"{self.shop.address}/chat" and request.method == "POST":
            sent = request.post_data_json
            self.user_id = sent["user_id"] if sent else self.user_id
            self.token = request.headers.get("authorization", "").removeprefix("Bearer ")
