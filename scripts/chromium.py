"""The system's Chromium, driven by Playwright: for the browser's tests, the screenshots and the benchmark."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MILLISECONDS = 30_000


class NoBrowser(Exception):
    """There is none on this machine; says what to install."""


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser, ended with the block.

    Raises:
        NoBrowser: none is installed.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoBrowser("there is no Chromium; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        # Its own sandbox wants privileges that containers do not give; it meets our own pages only.
        browser = playwright.chromium.launch(
            executable_path=found, args=FLAGS, chromium_sandbox=False, timeout=MILLISECONDS
        )
        try:
            yield browser
        finally:
            browser.close()
