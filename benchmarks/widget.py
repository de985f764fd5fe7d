"""The chat in a real browser: what it costs a page on a slow line, and a reader of a long conversation."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

import punai.web
from benchmarks.turn import desk_on_disk
from punai.desk import Desk
from punai.models import Answer, Turn
from punai.web import cors
from punai.web.local import running
from scripts import website
from scripts.chromium import NoBrowser, launched
from scripts.screenshots import shop_pages

WIDGET = Path(punai.web.__file__).parent / "static" / "widget.js"
KB = 1000
LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
"""What Lighthouse takes for a slow telephone: 1.6 Mbit/s down, 0.75 up, 150 ms there and back."""
SLOWER_PROCESSOR = 4
EXCHANGES = 500
SECONDS = 60

WATCH = """
window.measured = { long: [] };
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) measured.long.push(task.startTime + task.duration);
}).observe({ type: "longtask", buffered: true });
"""
LAUNCHER = """() => {
  const launcher = document.querySelector("punai-chat")?.shadowRoot?.querySelector("button");
  return launcher?.getClientRects().length && performance.now();
}"""
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
READ = """() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const usable = Math.max(painted, navigation.domContentLoadedEventEnd, ...measured.long);
  return { painted, usable };
}"""
SCROLL = """async (log) => {
  const frames = [];
  let tasks = 0;
  new PerformanceObserver((list) => { tasks += list.getEntries().length }).observe({ type: "longtask" });
  let before = performance.now();
  const until = before + 20000;
  while (performance.now() < until) {
    log.scrollTop -= 400;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
    if (log.scrollTop === 0) {
      await new Promise((resolve) => setTimeout(resolve, 150));  // a page of older messages may be on its way
      before = performance.now();
      if (log.scrollTop === 0) break;
    }
  }
  frames.sort((one, other) => one - other);
  return { count: frames.length, median: frames[frames.length >> 1], longest: frames.at(-1), tasks };
}"""


@dataclass(frozen=True, slots=True)
class Load:
    """When a page was there, in milliseconds since it was asked for."""

    painted: float
    usable: float
    launcher: float | None


def run(rounds: int = 10) -> None:
    """Print bytes, requests, a page's times with the widget and without it, and a scroll's longest frame."""
    source = WIDGET.read_bytes()
    packed = len(gzip.compress(source, 9))
    print(f"widget: widget.js {len(source) / KB:.1f} KB, gzipped {packed / KB:.1f} KB")
    try:
        with launched() as browser, desk_on_disk("local") as desk, running(desk, "127.0.0.1", 0) as address:
            with website.serving(shop_pages(address)) as site:
                cors.allow(site)
                _print_requests(browser, site, address)
                _print_loads(browser, site, rounds)
            _print_scroll(browser, desk, address)
            cors.allow("")
    except NoBrowser as reason:
        print(f"widget: the rest is skipped: {reason}")


def _print_requests(browser: Browser, site: str, address: str) -> None:
    with _tab(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(site)
        launcher = page.get_by_role("button", name="Open chat")
        launcher.wait_for()
        page.wait_for_timeout(500)
        at_load = [url for url in asked if url.startswith(address)]
        asked.clear()
        launcher.click()
        page.get_by_role("textbox", name="Your message").wait_for()
        page.wait_for_timeout(500)
        print(f"        requests at load {len(at_load)}, when it is opened {len(asked)}")


def _print_loads(browser: Browser, site: str, rounds: int) -> None:
    loads: dict[str, list[Load]] = {"/": [], "/without": []}
    for _ in range(rounds):
        for path, kept in loads.items():
            kept.append(_load(browser, site + path))
    # The best of each: what else a machine does only adds to these.
    ours, bare = (
        {name: min(getattr(load, name) for load in kept) for name in ("painted", "usable")}
        for kept in loads.values()
    )
    launcher = min(load.launcher for load in loads["/"] if load.launcher)
    print(
        f"        a page at 1.6 Mbit/s, 150 ms, a processor {SLOWER_PROCESSOR} times slower: interactive"
        f" after {ours['usable']:.0f} ms, without the widget {bare['usable']:.0f} ms:"
        f" {ours['usable'] / bare['usable']:.2f} x\n"
        f"        first paint {ours['painted']:.0f} ms, without {bare['painted']:.0f} ms:"
        f" {ours['painted'] / bare['painted']:.2f} x; the launcher is there after {launcher:.0f} ms"
    )


def _load(browser: Browser, address: str) -> Load:
    with _tab(browser) as page:
        line = page.context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", LINE)
        line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_PROCESSOR})
        page.add_init_script(WATCH)
        page.goto(address)
        wanted = [PAINTED] if address.endswith("/without") else [LAUNCHER, PAINTED]
        shown = [page.wait_for_function(each, polling=20).json_value() for each in wanted]
        page.wait_for_timeout(500)  # the last long task has to end first
        return Load(**page.evaluate(READ), launcher=shown[0] if shown[1:] else None)


def _print_scroll(browser: Browser, desk: Desk, address: str) -> None:
    with _tab(browser) as page:
        page.goto(address)
        box = page.get_by_role("textbox", name="Your message")
        box.fill("hello")
        with page.expect_response("**/chat") as answered:
            box.press("Enter")
        sent: Any = answered.value.request.post_data_json
        _remember(desk, sent["user_id"], answered.value.json()["conversation_id"])
        page.reload()
        log = page.get_by_role("log", name="Conversation")
        log.get_by_text(f"answer {EXCHANGES - 1},").wait_for()
        scrolled: dict[str, Any] = log.evaluate(SCROLL)
        read = log.get_by_text("question 0,", exact=False).count()
        print(
            f"        {2 * EXCHANGES} messages scrolled through{'' if read else ' in part'}:"
            f" {scrolled['count']} frames, median {scrolled['median']:.0f} ms,"
            f" longest {scrolled['longest']:.0f} ms, tasks over 50 ms: {scrolled['tasks']}"
        )


def _remember(desk: Desk, user_id: str, conversation_id: str) -> None:
    """Have the customer have said much before."""
    tenant, long_ago = desk.tenants[desk.default_tenant], datetime.now(UTC) - timedelta(days=1)
    for number in range(EXCHANGES):
        turn = Turn(
            conversation_id=conversation_id,
            message_id=f"before-{number}",
            user_id=user_id,
            text=f"question {number}, with some words more",
            at=long_ago + timedelta(seconds=number),
            answer=Answer(reply=f"answer {number}, " + "in words and more words " * 6, answered_by="reply"),
        )
        desk.store.record(tenant, turn)


@contextmanager
def _tab(browser: Browser) -> Iterator[Page]:
    """A tab of a visitor who was never here."""
    context = browser.new_context()
    context.set_default_timeout(SECONDS * 1000)
    try:
        yield context.new_page()
    finally:
        context.close()
