"""What the widget itself says: the same keys everywhere, in every language that PunAI brings."""

import re
from pathlib import Path

import pytest

from punai import phrases
from punai.phrases import LANGUAGES, PAGE, choose, placeholders, shipped, tag

WIDGET = Path(phrases.__file__).parents[1] / "web/static/widget.js"
SPELT_ALIKE = 3
"""Phrases that may read as in English: Chat, Options, System."""


def widgets_english() -> dict[str, str]:
    """The words that widget.js falls back on."""
    [block] = re.findall(r"const WORDS = \{\n(.*?)\n\t\};", WIDGET.read_text(encoding="utf-8"), re.DOTALL)
    return dict(re.findall(r'^\s+(\w+):\s+"(.*)",$', block, re.MULTILINE))


def test_widget_and_server_have_the_same_english() -> None:
    english = dict(shipped("en"))
    assert all(english.pop(key) for key in PAGE)
    assert english == widgets_english()


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
