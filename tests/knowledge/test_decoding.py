"""Text in whatever encoding a business's programs wrote it."""

import pytest

from punai.knowledge.decoding import declared_encoding, decode
from punai.knowledge.outline import Unreadable
from punai.knowledge.reading import read_document

GERMAN = "Größe und Höhe: 5 € für die Übergabe an der Tür"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_text_is_read_in_the_encoding_that_it_has(encoding: str) -> None:
    assert decode(GERMAN.encode(encoding)) == GERMAN


def test_utf_16_with_its_mark_in_either_order_is_read() -> None:
    assert decode(b"\xfe\xff" + GERMAN.encode("utf-16-be")) == GERMAN
    assert decode(b"\xff\xfe" + GERMAN.encode("utf-16-le")) == GERMAN


def test_short_latin_1_is_read() -> None:
    assert decode("Café".encode("latin-1")) == "Café"


def test_other_scripts_are_told_from_enough_of_them() -> None:
    russian = "Доставка занимает три рабочих дня. Возврат возможен в течение тридцати дней. " * 5
    assert decode(russian.encode("cp1251")) == russian


def test_page_may_say_its_encoding_itself() -> None:
    page = '<meta charset="iso-8859-2"><p>Zażółć gęślą jaźń'.encode("iso-8859-2")
    assert declared_encoding(page) == "iso-8859-2"
    [section] = read_document("a.html", lambda: page)
    assert section.text == "Zażółć gęślą jaźń"


@pytest.mark.parametrize("declared", ["utf-7", "nonsense", "base64", "idna", "undefined", "utf-16"])
def test_page_may_say_nonsense(declared: str) -> None:
    page = f"<meta charset={declared}><p>Caf\xe9".encode("latin-1")
    [section] = read_document("a.html", lambda: page)
    assert section.text.isprintable()


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\x7fELF\x02\x01\x01" + bytes(9),
        bytes(100),
        b"PK\x03\x04\x14\x00\x00\x00\x08\x00" * 10,
        bytes(range(256)) * 4,
    ],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^it is not text$"):
        decode(content)


@pytest.mark.parametrize("content", [b"\xff\xfea", b"\xfe\xff\xd8\x00", b"\xef\xbb\xbf\xff"])
def test_text_that_is_broken_further_on_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^it begins as UTF-(8|16) text, but is broken further on$"):
        decode(content)
