"""Labelled messages: reading and grouping them."""

from pathlib import Path

import pytest

from punai.cli.examples import describe, group, read_rows
from punai.ports import PunaiError

ROWS = [("where is it", "order"), ("thanks", "gratitude")]


@pytest.mark.parametrize(
    "content",
    [
        "text,intent\nwhere is it,order\nthanks,gratitude\n",
        "\ufeffintent,id,text\r\norder,1,where is it\r\ngratitude,2, thanks \r\n",
        "sentence,label\nwhere is it,order\n\nthanks,gratitude",
        '{"text": "where is it", "intent": "order"}\n\n{"intent": "gratitude", "text": "thanks ", "n": 1}\n',
        '{"sentence": "where is it", "label": "order"}\n{"sentence": "thanks", "label": "gratitude"}',
    ],
    ids=["csv", "excel", "other names", "json lines", "json lines, other names"],
)
def test_rows_are_read_from_csv_and_json_lines(content: str, tmp_path: Path) -> None:
    file = tmp_path / "labelled"
    file.write_bytes(content.encode())
    assert [row for row in read_rows(file) if any(row)] == ROWS


def test_a_quoted_text_keeps_its_commas_and_lines(tmp_path: Path) -> None:
    file = tmp_path / "labelled.csv"
    file.write_bytes('text,intent\r\n"one, ""two""\nthree\u2028four",x\r\n'.encode())
    assert list(read_rows(file)) == [('one, "two"\nthree\u2028four', "x")]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "needed are 'text' and 'intent'"),
        (b"message,intent\nhello,hi\n", ":1: has 'message', 'intent'; needed are 'text' and 'intent'"),
        (b"text;intent\nhello;hi\n", "'text;intent'"),
        (b"text,intent\nyes, please,affirm\n", ":2: 3 columns, but the header has 2"),
        (b'text,intent\n"no end,affirm\n', ":2: unexpected end of data"),
        (b'{"text": "a", "intent": "b"}\n{"text": "a"', ":2: is not JSON"),
        (b'{"text": "a", "intent": "b"}\n{"text": "a"}', ":2: has 'text'; needed"),
        (b'{"text": "a", "intent": 7}', ":1: the text and its intent must be strings"),
        (b'[{"text": "a", "intent": "b"}]', ":1: one JSON object a line"),
        ("text,intent\nschön,x\n".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(content: bytes, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "labelled"
    file.write_bytes(content)
    with pytest.raises(PunaiError) as raised:
        list(read_rows(file))
    assert str(raised.value).startswith(str(file))
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_left_out_is_counted() -> None:
    grouped = group(
        [
            ("Where is it", "order"),
            ("where  is IT", "order"),
            ("where is it", "delivery"),
            ("late", "delivery"),
            ("what", "other"),
            ("what", "NO_NODES_DETECTED"),
            ("", "order"),
            ("hm", ""),
            ("x" * 4001, "order"),
        ]
    )
    assert grouped.examples == {"order": ["Where is it"], "delivery": ["late"]}
    assert (grouped.repeated, grouped.contradicting, grouped.out_of_scope) == (1, 1, 2)
    assert (grouped.empty, grouped.too_long) == (2, 1)


def test_labels_become_valid_names_that_stay_apart() -> None:
    labels = ["Where is it?", "Where is it!", "退货", "-_-", "x" * 80, "OTHER?", "v1.2-b"]
    grouped = group((str(number), label) for number, label in enumerate(labels))
    assert list(grouped.examples) == [
        "Where_is_it",
        "Where_is_it_2",
        "intent",
        "intent_2",
        "x" * 60,
        "OTHER_2",
        "v1.2-b",
    ]
    assert grouped.labels["intent"] == "退货"


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("100_NIGHT_TRIAL_OFFER", "100 night trial offer"),
        ("whereIsMyOrder", "where is my order"),
        ("card-payment.fee", "card payment fee"),
        ("退货", "退货"),
        ("-_-", "-_-"),
    ],
)
def test_a_description_is_the_label_in_plain_words(label: str, words: str) -> None:
    assert describe(label) == words
