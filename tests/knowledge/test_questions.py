"""CSV files: found by their columns, in the languages and with the separators that spreadsheets write."""

import pytest

from punai.knowledge.outline import Unreadable
from punai.knowledge.reading import read_document


def found(content: str) -> list[tuple[str, str]]:
    return [(section.path[-1], section.text) for section in read_document("faq.csv", content.encode)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("question,answer\nHow long?,Three days.\n", [("How long?", "Three days.")]),
        ("Answer , QUESTION,tags\nThree days.,How long?,x\n", [("How long?", "Three days.")]),
        ('question,answer\n"a, b","one\n\ntwo ""x"""\n', [("a, b", 'one\n\ntwo "x"')]),
        ("question,answer\nno answer\n,\n , yes \n\na,b,c,d\n", [("Faq", "yes"), ("a", "b")]),
        ("\ufeffquestion,answer\r\na,b\r\n", [("a", "b")]),
        ("question,answer\na,one\u2028two\n", [("a", "one\ntwo")]),
        ('question,answer\na,"never closed', [("a", "never closed")]),
        ('"question";"answer"\n"a;b";"c, d"\n', [("a;b", "c, d")]),
        ("question\tanswer\na\tb, c; d\n", [("a", "b, c; d")]),
        ("Frage;Antwort\nWie lange?;Drei Tage, oder vier.\n", [("Wie lange?", "Drei Tage, oder vier.")]),
        ("question,réponse\na,b\n", [("a", "b")]),
        ("pregunta,respuesta\na,b\n", [("a", "b")]),
        ("category;q;a\nx;y;z\n", [("y", "z")]),
        ("question,answer\na,b\na,c\n", [("a", "b"), ("a", "c")]),
        ("\n\nquestion,answer\na,b\n", [("a", "b")]),
    ],
)
def test_rows_are_sections_under_their_question(content: str, expected: list[tuple[str, str]]) -> None:
    assert found(content) == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("question,reply\n1,2\n", "it has no column answer, but: question, reply"),
        ("Frage;Preis\n1;2\n", "it has no column answer, but: Frage, Preis"),
        ("x,answer\n1,2\n", "it has no column question, but: x, answer"),
        ("product,price\npan,10\n", "it has no column question and no column answer, but: product, price"),
        ("a b\n" * 2, "it has no column question and no column answer, but: a b"),
        (",".join("abcdefghijklmnop"), "it has no column question, but: a, b, c, d, e, f, g, h"),
        ("question,answer\n", "there is no text in it"),
        (
            f"question,answer\na,{'x' * 200_000}\n",
            "its rows cannot be told apart: field larger than field limit (131072)",
        ),
    ],
)
def test_what_is_missing_is_named_with_what_is_there(content: str, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        found(content)
    assert str(refused.value) == why
