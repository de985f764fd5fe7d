"""Text as n-grams: words, pairs with the ends, and parts of words; every script, any length."""

import math

import pytest

from punai.understanding.ngrams import (
    ALIKE_LENGTH,
    APART,
    ONE,
    TfIdf,
    pairs_of_words,
    parts_of_words,
    whole_words,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where's my ORDER?!", ["where's", "my", "order"]),
        ("Can\u2019t pay", ["can't", "pay"]),
        ("où est ma commande", ["ou", "est", "ma", "commande"]),
        ("我的订单 12", ["我", "的", "订", "单", "12"]),
        ("ご注文", ["こ", "注", "文"]),
        ("أين طلبي", ["اين", "طلبي"]),
        ("mail_me", ["mail", "me"]),
        ("'quoted'", ["quoted"]),
        ("👍🏽 ?! \x00", []),
        ("", []),
    ],
)
def test_words_of_any_script(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_ngrams_are_words_pairs_and_parts_of_words() -> None:
    found = words("pay by app")
    assert set(whole_words(found)) == {"pay", "by", "app", " pay", "pay by", "by app", "app "}
    assert set(parts_of_words(found)) == {
        " pa",
        "pay",
        "ay ",
        " pay",
        "pay ",
        " by",
        "by ",
        " by ",
        " ap",
        "app",
        "pp ",
        " app",
        "app ",
    }


def test_pairs_are_beginnings_in_whichever_order() -> None:
    assert pairs_of_words(["transfer", "still", "pending"]) == {
        "stil tran": 1,
        "pend tran": 1,
        "pend stil": 1,
    }
    assert pairs_of_words(["pending", "transfers"]) == pairs_of_words(["transfer", "pending"])
    assert pairs_of_words(["order"]) == {}


def test_long_message_has_pairs_of_its_neighbourhoods_alone() -> None:
    assert sum(pairs_of_words(["word"] * 800).values()) < 800 * APART


def test_pairs_do_not_tell_how_like_texts_are() -> None:
    texts = ["where is my order", "where is the order"]
    without, with_them = TfIdf.of(texts), TfIdf.of(texts, pairs=True)
    for text in ("order where", "where is my order", "my refund"):
        vector, known = with_them.vector(text)
        assert ([pair for pair in vector if pair[0] < with_them.alike], known) == without.vector(text)
    assert max(number for number, _ in with_them.vector("order where")[0]) >= with_them.alike


def test_vector_has_its_length_whatever_the_text() -> None:
    tfidf = TfIdf.of(["where is my order", "when do you open"])
    for text in ("where is my order", "order", "my order " * 300):
        vector, known = tfidf.vector(text)
        length = math.sqrt(sum(value * value for _, value in vector)) / ONE
        assert length == pytest.approx(ALIKE_LENGTH, rel=0.02)
        assert known > 0.6


def test_rare_words_count_more_than_common_ones() -> None:
    tfidf = TfIdf.of(["my order", "my refund", "my parcel"])
    values = dict(tfidf.vector("my order")[0])
    numbers = {gram: number for number, gram in enumerate(tfidf.kinds[0])}
    assert values[numbers["order"]] > values[numbers["my"]]


def test_known_share_falls_with_every_unknown_word() -> None:
    tfidf = TfIdf.of(["where is my order"])
    shares = [tfidf.vector(f"where is my order{' zyx' * number} qqq")[1] for number in range(2)]
    assert tfidf.vector("where is my order")[1] == pytest.approx(1)
    assert 1 > shares[0] > shares[1] > 0
    assert tfidf.vector("zyx") == ([], 0.0)
