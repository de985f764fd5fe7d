"""What the widget is told of a business, in the reader's language."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.phrases import PAGE, shipped
from punai.settings import Settings
from punai.web import cors
from punai.web.desk import use
from tests.web.conftest import PACK

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1H0z"/></svg>'
FACE = """
[chat]
welcome = "Come in & look <around>."
color = "#ff8800"
logo = "logo.svg"
suggestions = ["Do you mend lamps?"]
voice = true

[chat.words.en]
person = "Talk to Ann"

[chat.words.de]
welcome = "Treten Sie ein."
"""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two businesses: plain, whose pack says nothing of its chat, and fine, whose does."""
    folder = tmp_path_factory.mktemp("street")
    for name, languages, more in (("plain", '["en"]', ""), ("fine", '["en", "de", "ar", "sw"]', FACE)):
        knowledge = folder / name / "knowledge"
        knowledge.mkdir(parents=True)
        (folder / name / "business.toml").write_text(f"languages = {languages}\n{PACK}{more}")
        (knowledge / "orders.md").write_text(
            "# Where is my order?\n\nYour order is where the tracking link says.\n"
        )
        (folder / name / "logo.svg").write_bytes(SVG)
    desk = open_desk(Settings(store="sqlite:///:memory:", model="local", plugins=folder, business="plain"))
    desk.store.prepare()
    yield desk
    desk.store.close()


@pytest.fixture
def shop(http: httpx.Client, street: Desk) -> httpx.Client:
    use(street)
    return http


def settings(shop: httpx.Client, **query: str) -> Any:
    response = shop.get("/widget.json", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def test_plain_business_has_a_chat_too(shop: httpx.Client) -> None:
    told = settings(shop)
    english = shipped("en")
    assert told.pop("words") == {key: text for key, text in english.items() if key not in PAGE}
    assert told.pop("colors")["light"] == {"accent": "#3347b8", "on_accent": "#ffffff"}
    assert told == {
        "business": "plain",
        "name": "Lamp & Shade",
        "welcome": english["welcome"],
        "suggestions": ["where is my order"],
        "logo": None,
        "language": "en",
        "direction": "ltr",
        "voice": False,
    }


def test_pack_gives_the_chat_its_face(shop: httpx.Client) -> None:
    told = settings(shop, business="fine", lang="en")
    assert told["welcome"] == "Come in & look <around>."
    assert told["suggestions"] == ["Do you mend lamps?"]
    assert told["voice"] is True
    assert told["words"]["person"] == "Talk to Ann"
    assert told["words"]["send"] == "Send"
    kind, _, content = told["logo"].partition(",")
    assert (kind, base64.b64decode(content)) == ("data:image/svg+xml;base64", SVG)
    assert told["colors"]["dark"] == {"accent": "#ff8800", "on_accent": "#000000"}
    assert told["colors"]["light"]["accent"] != "#ff8800", "nobody could read that on white"


@pytest.mark.parametrize(
    ("lang", "language", "direction", "send", "welcome"),
    [
        ("de-CH,en", "de", "ltr", "Senden", "Treten Sie ein."),
        ("ja, ar-EG", "ar", "rtl", shipped("ar")["send"], shipped("ar")["welcome"]),
        ("ja,de@euro", "de", "ltr", "Senden", "Treten Sie ein."),
        ("ar_EG@posix", "ar", "rtl", shipped("ar")["send"], shipped("ar")["welcome"]),
        ("ja", "en", "ltr", "Send", "Come in & look <around>."),
        ("sw", "sw", "ltr", "Send", shipped("en")["welcome"]),
    ],
)
def test_reader_gets_the_first_language_that_the_business_speaks(
    shop: httpx.Client, lang: str, language: str, direction: str, send: str, welcome: str
) -> None:
    told = settings(shop, business="fine", lang=lang)
    assert (told["language"], told["direction"]) == (language, direction)
    assert (told["words"]["send"], told["welcome"]) == (send, welcome)


def test_without_a_list_the_browsers_own_counts(shop: httpx.Client) -> None:
    for accept, language in (("de;q=0.5, ar", "ar"), ("fr, de;q=0.1", "de"), ("*", "en"), (";;,=", "en")):
        told = shop.get("/widget.json", params={"business": "fine"}, headers={"Accept-Language": accept})
        assert told.json()["language"] == language


def test_settings_may_be_kept_for_five_minutes(shop: httpx.Client) -> None:
    first = shop.get("/widget.json")
    assert first.headers["Cache-Control"] == "private, max-age=300", "another reader's language is another"
    again = shop.get("/widget.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = shop.get("/widget.json?business=fine", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_pages_of_other_origins_may_read_them(shop: httpx.Client) -> None:
    cors.allow("https://shop.example")
    try:
        sent = {"Origin": "https://shop.example"}
        first = shop.get("/widget.json", headers=sent)
        again = shop.get("/widget.json", headers={**sent, "If-None-Match": first.headers["ETag"]})
    finally:
        cors.allow("")
    for response in (first, again):
        assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("lang=", "lang"),
        ("lang=de;rm", "lang"),
        ("lang=" + "de," * 200 + "de", "lang"),
        ("business=", "business"),
    ],
)
def test_query_that_does_not_fit_is_refused(shop: httpx.Client, query: str, field: str) -> None:
    response = shop.get(f"/widget.json?{query}")
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_business_that_is_not_there_is_not_found(shop: httpx.Client) -> None:
    assert shop.get("/widget.json?business=nobody").status_code == 404


def test_page_speaks_the_readers_language(shop: httpx.Client) -> None:
    for accept, begins in (("de", '<html lang="de" dir="ltr">'), ("ar", '<html lang="ar" dir="rtl">')):
        page = shop.get("/?business=fine", headers={"Accept-Language": accept}).text
        words = shipped(accept)
        assert begins in page
        assert words["noscript"] in page
        assert words["title"].replace("{name}", "Lamp &amp; Shade") in page


def test_page_has_the_business_s_face_and_nothing_of_it_is_markup(shop: httpx.Client) -> None:
    page = shop.get("/?business=fine").text
    assert 'data-business="fine"' in page
    assert 'content="Come in &amp; look &lt;around&gt;."' in page
    assert '<link rel="icon" href="data:image/svg+xml;base64,' in page
    accents = settings(shop, business="fine")["colors"]
    for theme in ("light", "dark"):
        media = f'media="(prefers-color-scheme: {theme})" content="{accents[theme]["accent"]}"'
        assert f'<meta name="theme-color" {media}>' in page


def test_suggestions_are_looked_up_once(shop: httpx.Client, street: Desk) -> None:
    settings(shop)
    pipeline = street.pipelines["plain"]
    assert "openers" in vars(pipeline)


def test_nobody_is_suggested_what_nothing_answers(tmp_path: Path) -> None:
    (tmp_path / "lamps").mkdir()
    (tmp_path / "lamps/business.toml").write_text(PACK)
    desk = open_desk(Settings(store="sqlite:///:memory:", model="local", plugins=tmp_path))
    assert desk.pipelines["lamps"].openers == ()
