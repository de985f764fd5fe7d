"""What the widget itself says: the same keys everywhere, in every language that PunAI brings."""

import re
from pathlib import Path

import pytest

from punai import phrases
from punai.phrases import LANGUAGES, PAGE, choose, placeholders, shipped, tag

STATIC = Path(phrases.__file__).parents[1] / "web/static"
SPELT_ALIKE = 3
"""Phrases that may read as in English: Chat, Options, System."""


def test_widget_asks_for_the_phrases_that_there_are() -> None:
    declared = (STATIC / "widget.d.ts").read_text(encoding="utf-8")
    [union] = re.findall(r"type Word =\n(.*?);", declared, re.DOTALL)
    assert re.findall(r'"(\w+)"', union) == [key for key in shipped("en") if key not in PAGE]


def test_widget_begins_with_the_english_that_the_server_has() -> None:
    written = (STATIC / "widget.js").read_text(encoding="utf-8")
    [block] = re.findall(r"const WORDS = \{\n(.*?)\n\t\};", written, re.DOTALL)
    words = dict(re.findall(r'^\s+(\w+): "(.*)",$', block, re.MULTILINE))
    assert words
    assert words.items() <= shipped("en").items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_phrase_with_its_placeholders(language: str) -> None:
    english, words = shipped("en"), shipped(language)
    assert list(words) == list(english)
    for key, text in words.items():
        assert text == text.strip() != ""
        assert placeholders(text) == placeholders(english[key]), key


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_language_is_english_in_disguise(language: str) -> None:
    alike = [key for key, text in shipped(language).items() if text == shipped("en")[key]]
    assert len(alike) <= SPELT_ALIKE, alike


def test_every_file_is_a_language_that_is_offered() -> None:
    files = {path.stem for path in Path(phrases.__file__).parent.glob("*.json")}
    assert files == set(LANGUAGES)


@pytest.mark.parametrize(
    ("wanted", "spoken", "chosen"),
    [
        (["de-CH", "fr"], ["en", "fr", "de"], "de"),
        (["pt-PT"], ["en", "pt-BR"], "pt-BR"),
        (["pt-BR"], ["pt-PT", "pt-BR"], "pt-BR"),
        (["PT-br"], ["pt-PT", "pt-BR"], "pt-BR"),
        (["ja", "fr"], ["en", "fr"], "fr"),
        (["ja"], ["en", "fr"], "en"),
        ([], ["fr", "en"], "fr"),
        (["*"], ["fr", "en"], "fr"),
    ],
)
def test_the_first_wanted_language_that_is_spoken_is_chosen(
    wanted: list[str], spoken: list[str], chosen: str
) -> None:
    assert choose(wanted, spoken) == chosen


def test_own_words_go_before_ours_and_ours_before_english() -> None:
    own = {"pt": {"send": "Mandar"}, "pt-BR": {"voice": "Fala"}, "nl": {"send": "Weg ermee"}}
    said = phrases.phrases("pt-BR", own)
    assert (said["send"], said["voice"], said["helpful"]) == ("Mandar", "Fala", shipped("pt")["helpful"])
    assert phrases.phrases("sw", {"sw": {"send": "Tuma"}}) == {**shipped("en"), "send": "Tuma"}


@pytest.mark.parametrize(
    ("language", "known"), [("de", "de"), ("zh_Hant_TW", "zh-Hant-TW"), ("Plattdeutsch!", "en"), ("", "en")]
)
def test_browsers_get_a_language_that_they_take(language: str, known: str) -> None:
    assert tag(language) == known
