"""Plain text: the headings, lists and questions that people type."""

import pytest

from punai.knowledge.reading import read_document


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("Just text,\nin two lines.\n \nAnd more.", [(("Faq",), "Just text,\nin two lines.\n\nAnd more.")]),
        ("Delivery\n========\nThree days.", [(("Delivery",), "Three days.")]),
        ("Shop\n====\n\nDelivery\n---\n\nThree days.", [(("Shop", "Delivery"), "Three days.")]),
        ("DELIVERY\n\nThree days.", [(("DELIVERY",), "Three days.")]),
        ("1. Delivery\n\n1.2 To Spain\n\nFive days.", [(("1. Delivery", "1.2 To Spain"), "Five days.")]),
        ("## Delivery\n\nThree days.", [(("Delivery",), "Three days.")]),
        (
            "How long?\n\nThree days.\n\nHow much?\n\nTen.",
            [(("How long?",), "Three days."), (("How much?",), "Ten.")],
        ),
        ("Q: How long?\nA: Three days.", [(("How long?",), "Three days.")]),
        ("You need:\n* tea\n* a pot\n  of steel\n\nThen pour.", None),
        ("A short line\n\nThe next.", [(("Faq",), "A short line\n\nThe next.")]),
        ("THE LAST LINE", [(("Faq",), "THE LAST LINE")]),
    ],
)
def test_text_is_cut_by_the_structure_that_it_shows(
    document: str, expected: list[tuple[tuple[str, ...], str]] | None
) -> None:
    sections = read_document("faq.txt", document.encode)
    listed = [(("Faq",), "You need:\n* tea\n* a pot\n  of steel\n\nThen pour.")]
    assert [(section.path, section.text) for section in sections] == (expected or listed)
