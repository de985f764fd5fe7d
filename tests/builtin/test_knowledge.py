"""Answers found by words: the right section first, and a score for how much of the question it covers."""

from pathlib import Path

import pytest

from punai import KnowledgeSource, Passage, Tenant
from punai.builtin.knowledge import Index, register_knowledge, search, stems

DOCUMENTS = {
    "delivery.md": """# Delivery times

Standard delivery takes three working days. Express delivery arrives on the next day.

# Delivery costs

Standard delivery costs 4 pounds; express delivery costs 7 pounds.
""",
    "returns.md": "# Returns\n\nYou can send anything back within 30 days. Keep the receipt.\n",
    "warranty.txt": "The warranty on pans lasts 10 years.",
    "faq.csv": 'question,answer\nDo you have a shop in Wexholme?,"Yes, at 14 Cooper\'s Lane."\n',
}


def tenant(folder: Path, **documents: str) -> Tenant:
    (folder / "knowledge").mkdir(parents=True)
    for name, content in documents.items():
        (folder / "knowledge" / name).write_text(content, encoding="utf-8")
    return Tenant(id="acme", name="Acme", folder=str(folder))


@pytest.fixture
def acme(tmp_path: Path) -> Tenant:
    return tenant(tmp_path / "acme", **DOCUMENTS)


def passages(*texts: str) -> list[Passage]:
    return [Passage(id=str(n), title=f"Title{n}", source="s", text=text) for n, text in enumerate(texts)]


def test_source_is_registered_as_documents() -> None:
    found: dict[str, KnowledgeSource] = {}
    register_knowledge(found.__setitem__)
    assert found == {"documents": search}


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("how long does standard delivery take?", "Delivery times"),
        ("How much is EXPRESS delivery", "Delivery costs"),
        ("what does delivery cost", "Delivery costs"),
        ("can I send it back", "Returns"),
        ("a receipt for returning it?", "Returns"),
        ("warranty for a pan", "Warranty"),
        ("is there a shop in Wexholme", "Do you have a shop in Wexholme?"),
        ("where is cooper\u2019s lane", "Do you have a shop in Wexholme?"),
    ],
)
def test_right_section_comes_first(acme: Tenant, question: str, title: str) -> None:
    best, *_ = search(question, "", acme)
    assert best.title == title
    assert best.score >= acme.thresholds.passage


@pytest.mark.parametrize(
    "question", ["how long does the warranty on pans last", "delivery", "keep the receipt"]
)
def test_question_that_is_covered_wholly_scores_1(acme: Tenant, question: str) -> None:
    assert search(question, "", acme)[0].score == pytest.approx(1)


@pytest.mark.parametrize(
    "question", ["do you sell unicorn saddles", "qwertz", "你好", "👍", "", "?!", "the and of", "a"]
)
def test_nothing_is_found_where_nothing_is_shared(acme: Tenant, question: str) -> None:
    assert list(search(question, "", acme)) == []


@pytest.mark.parametrize(
    "question", ["delivery of unicorns by parachute", "a pan for a zebra called Bartholomew"]
)
def test_question_about_what_no_document_mentions_scores_low(acme: Tenant, question: str) -> None:
    assert all(found.score < acme.thresholds.passage for found in search(question, "", acme))


@pytest.mark.parametrize("question", ["how long", "when and where?", "how many, how much"])
def test_question_words_alone_answer_nothing(question: str) -> None:
    index = Index(passages("How long, how much, how many, when and where: all of it.", "Nothing."))
    assert [found.score for found in index.search(question)] == [0.0]


@pytest.mark.parametrize(
    "question",
    [
        "x" * 4000,
        "delivery " * 444,
        "three 3 days 30 " * 250,
        "İSTANBUL ß ﬁ delivery",
        "\x00delivery\x00",
        "日本 " * 999,
    ],
)
def test_score_lies_between_0_and_1_whatever_is_asked(acme: Tenant, question: str) -> None:
    for topic in ("", question, "where an order is, delivery dates, tracking"):
        for found in search(question, topic, acme):
            assert 0 <= found.score <= 1
            assert Passage.model_validate(found.model_dump()) == found


def test_topic_raises_what_it_fits_and_never_lowers(acme: Tenant) -> None:
    question = "how much is it to have it brought"
    assert list(search(question, "", acme)) == []
    best, *_ = search(question, "what delivery costs", acme)
    assert best.title == "Delivery costs"
    plain = {found.id: found.score for found in search("express", "", acme)}
    raised = {found.id: found.score for found in search("express", "delivery times", acme)}
    assert all(raised[number] >= score for number, score in plain.items())


def test_topic_alone_does_not_answer_for_sure(acme: Tenant) -> None:
    assert all(found.score <= 0.5 for found in search("qwertz", "delivery times", acme))


def test_title_counts_more_than_text() -> None:
    about = Passage(id="1", title="Vouchers", source="s", text="Enter it at the checkout.")
    aside = Passage(id="2", title="Checkout", source="s", text="Enter vouchers and your address there.")
    assert [found.id for found in Index([aside, about]).search("vouchers")] == ["1", "2"]


def test_five_sections_at_most_are_found_and_equal_ones_in_their_order() -> None:
    found = Index(passages(*["the same words"] * 9)).search("same words")
    assert [passage.id for passage in found] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    "documents",
    [
        {},
        {"empty.md": ""},
        {"only-stop-words.md": "# The\n\nof and to"},
        {"signs.txt": "?!"},
        {"unread.docx": "PK"},
    ],
    ids=lambda documents: next(iter(documents), "nothing"),
)
def test_folder_without_words_answers_nothing(tmp_path: Path, documents: dict[str, str]) -> None:
    acme = tenant(tmp_path / "acme", **documents)
    for question in ("delivery", "the", "", "?!"):
        assert list(search(question, "delivery", acme)) == []


def test_business_without_a_folder_or_without_documents_answers_nothing(tmp_path: Path) -> None:
    assert list(search("delivery", "", Tenant(id="acme", name="Acme"))) == []
    assert list(search("delivery", "", Tenant(id="acme", name="Acme", folder=str(tmp_path)))) == []


def test_business_is_answered_from_its_own_documents_alone(tmp_path: Path, acme: Tenant) -> None:
    rival = tenant(tmp_path / "rival", **{"delivery.md": "# Delivery\n\nWe deliver by drone."})
    assert "drone" in search("delivery", "", rival)[0].text
    assert not any("drone" in found.text for found in search("delivery", "", acme))


@pytest.mark.parametrize(
    "alike",
    [
        "return returns returned returning",
        "delivery deliver delivers delivered delivering",
        "price prices priced pricing",
        "exchange exchanges exchanged exchanging",
        "cancelled cancelling cancellation",
        "Café CAFÉ cafés",
    ],
)
def test_forms_of_a_word_have_one_stem(alike: str) -> None:
    assert len(set(stems(alike))) == 1


@pytest.mark.parametrize(
    ("text", "expected"), [("glass", ["glass"]), ("5 x 30", ["5", "30"]), ("It's the gas", ["gas"])]
)
def test_short_words_keep_what_they_are(text: str, expected: list[str]) -> None:
    assert stems(text) == expected
