"""A pack's documents answer its customers, as they are now; owners add and remove them."""

from pathlib import Path

import pytest

from punai import KnowledgeSource, Tenant
from punai.builtin.knowledge import PackDocuments, register_knowledge
from punai.ports import NotFound, PunaiError
from punai.sources import DocumentStore, Refreshable

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


@pytest.fixture
def source() -> PackDocuments:
    return PackDocuments()


@pytest.fixture
def acme(tmp_path: Path) -> Tenant:
    folder = tmp_path / "acme"
    (folder / "knowledge").mkdir(parents=True)
    for name, content in DOCUMENTS.items():
        (folder / "knowledge" / name).write_text(content, encoding="utf-8")
    return Tenant(id="acme", name="Acme", folder=str(folder))


def test_source_is_registered_as_documents() -> None:
    found: dict[str, KnowledgeSource] = {}
    register_knowledge(found.__setitem__)
    assert list(found) == ["documents"]
    assert isinstance(found["documents"], Refreshable)
    assert isinstance(found["documents"], DocumentStore)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("how many days does standard delivery take?", "Delivery times"),
        ("How much is EXPRESS delivery", "Delivery costs"),
        ("what does delivery cost", "Delivery costs"),
        ("can I send it back", "Returns"),
        ("a receipt for returning it?", "Returns"),
        ("warranty for a pan", "Warranty"),
        ("is there a shop in Wexholme", "Do you have a shop in Wexholme?"),
        ("where is cooper\u2019s lane", "Do you have a shop in Wexholme?"),
    ],
)
def test_right_section_comes_first(source: PackDocuments, acme: Tenant, question: str, title: str) -> None:
    best, *_ = source(question, "", acme)
    assert best.title == title
    assert best.score >= acme.thresholds.passage


@pytest.mark.parametrize(
    "question",
    ["delivery of unicorns by parachute", "a pan for a zebra called Bartholomew", "qwertz", "你好", "👍", ""],
)
def test_question_about_what_no_document_mentions_scores_low(
    source: PackDocuments, acme: Tenant, question: str
) -> None:
    for topic in ("", "where an order is, delivery dates, tracking"):
        assert all(found.score < acme.thresholds.passage for found in source(question, topic, acme))


def test_topic_finds_what_the_question_alone_does_not(source: PackDocuments, acme: Tenant) -> None:
    best, *_ = source("how much is it to have it brought", "what delivery costs", acme)
    assert best.title == "Delivery costs"


def test_a_business_without_a_folder_has_no_documents(source: PackDocuments) -> None:
    nobody = Tenant(id="nobody", name="Nobody")
    assert (source("delivery", "", nobody), source.documents(nobody), source.place(nobody)) == ((), {}, "")


def test_each_business_has_its_own(source: PackDocuments, acme: Tenant, tmp_path: Path) -> None:
    other = Tenant(id="other", name="Other", folder=str(tmp_path / "other"))
    assert source("how long does standard delivery take?", "", other) == []
    assert source("how long does standard delivery take?", "", acme)[0].source == "delivery.md"


def test_a_document_is_added_replaced_and_removed(source: PackDocuments, acme: Tenant) -> None:
    source.add("more/gifts.md", b"# Gifts\n\nWe wrap gifts for 3 pounds.", acme)
    assert source.documents(acme)["more/gifts.md"].passages[0].text == "We wrap gifts for 3 pounds."
    source.add("more/gifts.md", b"# Gifts\n\nWe wrap gifts for 5 pounds.", acme)
    assert source.documents(acme)["more/gifts.md"].passages[0].text == "We wrap gifts for 5 pounds."
    assert source("what does it cost to wrap gifts", "", acme)[0].id == "more/gifts.md#gifts"
    source.remove("more/gifts.md", acme)
    assert "more/gifts.md" not in source.documents(acme)
    with pytest.raises(NotFound, match=r"there is no more/gifts\.md in "):
        source.remove("more/gifts.md", acme)


@pytest.mark.parametrize("name", ["../business.toml", "/etc/passwd", "", ".", ".hidden.md", "a/../../x.md"])
def test_names_stay_within_the_folder(source: PackDocuments, acme: Tenant, name: str) -> None:
    with pytest.raises(PunaiError, match="is no name for a document"):
        source.add(name, b"words", acme)
    with pytest.raises(PunaiError, match="is no name for a document"):
        source.remove(name, acme)
    assert not (Path(str(acme.folder)) / "business.toml").exists()


def test_what_cannot_be_read_is_said_with_the_reason(source: PackDocuments, acme: Tenant) -> None:
    source.add("film.mp4", b"\x00", acme)
    assert source.documents(acme)["film.mp4"].left_out.startswith(".mp4 is not read")
