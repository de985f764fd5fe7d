"""The pieces of words, as BERT's own tokenizer cuts them."""

import pytest

from punai.understanding.wordpiece import WordPiece

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS = ["un", "##aff", "##able", "the", "order", "##s", "o", "##r", "是", "我", "a", "cafe", "t", "don"]
VOCABULARY = [*MARKS, *WORDS, "!", "$", "'"]
TOKENIZER = WordPiece(VOCABULARY)


def pieces(text: str, limit: int = 256) -> list[str]:
    start, *within, end = [VOCABULARY[number] for number in TOKENIZER.ids(text, limit)]
    assert (start, end) == ("[CLS]", "[SEP]")
    return within


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unaffable", ["un", "##aff", "##able"]),
        ("UNaffable Orders", ["un", "##aff", "##able", "order", "##s"]),
        ("the order!", ["the", "order", "!"]),
        ("$order", ["$", "order"]),
        ("don't", ["don", "'", "t"]),
        ("unaffably", ["[UNK]"]),
        ("xyz the", ["[UNK]", "the"]),
        ("caf\u00e9 cafe\u0301", ["cafe", "cafe"]),
        ("我是a", ["我", "是", "a"]),
        ("a\u200ba the\x00", ["[UNK]", "the"]),
        ("the\u00a0order\u3000the\tthe", ["the", "order", "the", "the"]),
        ("\ufffd", []),
        ("👍", ["[UNK]"]),
        ("o" * 101, ["[UNK]"]),
        ("", []),
    ],
)
def test_text_is_cut_into_known_pieces(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize("text", ["the " * 4000, "orders " * 2000])
def test_long_text_is_cut_off(text: str) -> None:
    assert len(TOKENIZER.ids(text, limit=16)) == 16


def test_vocabulary_without_its_marks_is_refused() -> None:
    with pytest.raises(KeyError):
        WordPiece(["the"])
