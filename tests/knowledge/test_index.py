"""An index finds the passage that answers, in the languages of the business, whatever it is asked."""

import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from punai.knowledge.index import Index, build
from punai.knowledge.scale import QUESTIONS
from punai.models import Passage


def passage(title: str, text: str) -> Passage:
    return Passage(id=f"shop.md#{title.lower().replace(' ', '-')}", title=title, source="shop.md", text=text)


SHOP = [
    passage("Delivery costs", "Standard delivery is 3.95 and free from 45."),
    passage("Returning something", "You can return what you bought within 30 days."),
    passage("Opening hours", "The shop is open on Saturday from 9 to 17, and closed on Sunday."),
    passage("Ways to pay", "We accept PayPal, Visa and cash. We write to you by e-mail."),
]
MEANINGS = {
    "delivery": 0,
    "ship": 0,
    "return": 1,
    "send back": 1,
    "hours": 2,
    "open": 2,
    "pay": 3,
    "money": 3,
}


class Meanings:
    """An embedder that knows a handful of words, and counts the texts it was given."""

    def __init__(self, name: str = "meanings", width: int = 5) -> None:
        self.name, self.width, self.asked = name, width, 0

    def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += len(texts)
        return [self.vector(text.lower()) for text in texts]

    def vector(self, text: str) -> list[float]:
        about = {place for word, place in MEANINGS.items() if word in text} or {4}
        return [float(place in about) / len(about) ** 0.5 for place in range(self.width)]


class Broken(Meanings):
    """One whose service is down."""

    def __call__(self, texts: Sequence[str]) -> list[list[float]]:
        raise TimeoutError("secret words")


Made = Callable[..., Index]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(
        passages: Sequence[Passage] = SHOP, languages: Sequence[str] = ("en",), **options: object
    ) -> Index:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        build(folder, passages, languages, **options)  # type: ignore[arg-type]  # handed on as they are
        return Index.open(folder)

    return make


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("index")
    build(folder, SHOP, ["en"])
    return Index.open(folder)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What does delivery cost?", "Delivery costs"),
        ("how do I return a thing", "Returning something"),
        ("Hello, I would like to know whether you are open on Saturdays please", "Opening hours"),
        ("do you take pay pal", "Ways to pay"),
        ("what does delivrey cost", "Delivery costs"),
        ("Do you write by email?", "Ways to pay"),
    ],
)
def test_passage_that_answers_comes_first(shop: Index, question: str, title: str) -> None:
    found = shop.search(question)
    assert found[0].title == title
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_index_gives_back_its_passages_as_they_were(shop: Index) -> None:
    assert list(shop.passages) == SHOP
    assert shop.passages[-1] == SHOP[-1]
    assert shop.passages[1:] == SHOP[1:]


@pytest.mark.parametrize(
    "question", ["what is the capital of France", "tell me a joke about cats", "", "\U0001f600"]
)
def test_nothing_is_quoted_where_no_passage_answers(shop: Index, question: str) -> None:
    assert all(found.score < 0.5 for found in shop.search(question))


def test_more_of_the_question_in_a_passage_makes_it_surer(shop: Index) -> None:
    half, whole = (shop.search(question)[0].score for question in ("delivery of elephants", "delivery costs"))
    assert half < whole


def test_limit_holds(shop: Index) -> None:
    assert len(shop.search("delivery return open pay", limit=2)) == 2


def test_what_it_is_about_helps_a_follow_up(made: Made) -> None:
    index = made(
        [
            passage("Delivery to Spain", "It takes a week."),
            passage("Office in Spain", "It is in Madrid."),
            passage("Delivery to France", "It takes two days."),
        ]
    )
    [first, *_] = index.search("and to Spain?", context="how long does delivery to France take")
    assert first.title == "Delivery to Spain"
    assert first.score > index.search("and to Spain?")[0].score


def test_long_question_is_taken_by_its_sentences(made: Made) -> None:
    index = made(SHOP)
    story = "My grandmother celebrated her birthday with cake, candles, music and dancing until midnight."
    assert index.search(f"{story} When is your shop open on Saturday?")[0].title == "Opening hours"


@pytest.mark.parametrize(
    ("language", "passages", "question", "title"),
    [
        (
            "de",
            [
                ("Versandkosten", "Er kostet 4 Euro."),
                ("Rückgabe", "Sie können Artikel zurückgeben."),
            ],
            "Kann ich einen Artikel zurueckgeben, oder gibt es keine Ruckgabe?",
            "Rückgabe",
        ),
        (
            "es",
            [("Devoluciones", "Puede devolver su compra."), ("Información", "Los envíos y sus precios.")],
            "necesito informacion de un envio por favor",
            "Información",
        ),
        (
            "ar",
            [("الشحن", "يستغرق الشحن ثلاثة أيام."), ("الإرجاع", "يمكنك إرجاع المنتجات خلال شهر.")],
            "كم يستغرق شحن الطلب؟",
            "الشحن",
        ),
        ("ja", [("送料", "送料は500円です。"), ("返品", "返品は30日以内です。")], "返品はできますか", "返品"),
        ("th", [("การจัดส่ง", "จัดส่งภายในสามวัน"), ("การคืนสินค้า", "คืนได้")], "คืนสินค้าได้ไหม", "การคืนสินค้า"),
    ],
)
def test_other_languages_are_searched_too(
    made: Made, language: str, passages: list[tuple[str, str]], question: str, title: str
) -> None:
    index = made([passage(*one) for one in passages], [language])
    assert index.search(question)[0].title == title


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    *'*?()"\\\x00\ud800\u0301\U0001f600',
                    "title:",
                    "AND",
                    "~2",
                    "[a TO b]",
                    "delivery",
                    "送料",
                    "a" * 500,
                ]
            ),
            max_size=30,
        ).map(" ".join),
    ),
    st.text(max_size=50),
)
def test_any_question_is_safe(shop: Index, question: str, context: str) -> None:
    for found in shop.search(question, context):
        assert 0 <= found.score <= 1
        assert found.model_copy(update={"score": 0.0}) in SHOP


def test_longest_question_is_safe(shop: Index) -> None:
    assert shop.search("delivery " * 500 + "x" * 100_000)[0].title == "Delivery costs"


def test_threads_search_at_once(made: Made) -> None:
    index = made(embedder=Meanings())
    questions = ["What does delivery cost?", "how do I return a thing", "when are you open"] * 20
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda question: index.search(question, embedder=Meanings()), questions))
    assert found == [index.search(question, embedder=Meanings()) for question in questions]


def test_passage_is_found_by_its_meaning(made: Made) -> None:
    index = made(embedder=Meanings())
    assert index.search("do you ship parcels", embedder=Meanings())[0].title == "Delivery costs"
    assert index.search("do you ship parcels") == []


@pytest.mark.parametrize("embedder", [Broken(), Meanings(name="another"), Meanings(width=7)])
def test_words_serve_where_the_embedder_cannot(
    made: Made, embedder: Meanings, caplog: pytest.LogCaptureFixture
) -> None:
    index = made(embedder=Meanings())
    assert index.search("delivery", embedder=embedder) == index.search("delivery")
    assert "secret words" not in caplog.text


def test_vectors_work_without_numpy(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = ["do you ship parcels", "can I send back a pan", "when are you open"]
    index = made(embedder=Meanings())
    with_numpy = [index.search(question, embedder=Meanings()) for question in questions]
    monkeypatch.setitem(sys.modules, "numpy", None)
    index = made(embedder=Meanings())
    for question, wanted in zip(questions, with_numpy, strict=True):
        found = index.search(question, embedder=Meanings())
        assert [one.id for one in found] == [one.id for one in wanted]
        assert [one.score for one in found] == pytest.approx([one.score for one in wanted])


def test_vectors_of_unchanged_passages_are_kept(made: Made) -> None:
    before = made(embedder=Meanings())
    again, others = Meanings(), Meanings(name="another")
    changed = [*SHOP[1:], passage("Gift cards", "They are valid for two years.")]
    index = made(changed, embedder=again, before=before)
    assert again.asked == 2
    assert index.search("can I send back a pan", embedder=again)[0].title == "Returning something"
    made(changed, embedder=others, before=before)
    assert others.asked == 2 * len(changed) + len(QUESTIONS)


def test_progress_is_told_to_the_end(made: Made) -> None:
    told: list[int] = []
    made(SHOP * 100, embedder=Meanings(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 400
    assert len(told) > 2


def test_empty_index_finds_nothing(made: Made) -> None:
    index = made([], embedder=Meanings())
    assert index.search("delivery", embedder=Meanings()) == []
    assert list(index.passages) == []


@pytest.mark.parametrize(
    "name", ["index.json", "passages.jsonl", "offsets", "vectors", "rows", "engine/meta.json"]
)
@pytest.mark.parametrize("damage", ["cut", "gone", "empty"])
def test_damaged_index_is_refused(tmp_path: Path, name: str, damage: str) -> None:
    build(tmp_path, SHOP, ["en"], Meanings())
    file = tmp_path / name
    match damage:
        case "gone":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case _:
            file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(ValueError, match="index"):
        Index.open(tmp_path)


def test_index_of_another_format_is_refused(tmp_path: Path) -> None:
    build(tmp_path, SHOP, ["en"])
    header = tmp_path / "index.json"
    header.write_text(json.dumps({**json.loads(header.read_text()), "format": 0}))
    with pytest.raises(ValueError, match="format 0"):
        Index.open(tmp_path)


def test_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        Index.open(tmp_path / "nothing")
