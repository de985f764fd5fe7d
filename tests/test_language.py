"""The language of a message is told by its commonest words, among those of the business."""

import pytest

from punai.language import guess


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my order? It has not arrived", "en"),
        ("Wo ist meine Bestellung? Sie ist noch nicht da", "de"),
        ("¿Dónde está mi pedido? No ha llegado y lo necesito para el lunes", "es"),
        ("你好", "en"),
        ("", "en"),
    ],
)
def test_language_is_told_by_its_commonest_words(text: str, language: str) -> None:
    assert guess(text, ["en", "de", "es", "ja"]) == language


def test_a_business_with_one_language_has_no_other() -> None:
    assert guess("Wo ist meine Bestellung?", ["en"]) == "en"
