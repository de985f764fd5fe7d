"""However near an embedder puts everything to everything, only what fits is near."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from punai.knowledge.index import Index, build
from punai.knowledge.scale import MINILM, QUESTIONS, measure, usual
from tests.knowledge.test_index import SHOP, Meanings


class Crowded(Meanings):
    """One that gives any two texts a cosine of `crowd` squared at least, and its questions no more."""

    def __init__(self, crowd: float) -> None:
        super().__init__("crowded", 6 + len(QUESTIONS))
        self.crowd = crowd

    def vector(self, text: str) -> list[float]:
        known = [question.lower() for question in QUESTIONS]
        own = super().vector(text)
        if text in known:
            own = [float(place == 5 + known.index(text)) for place in range(self.width)]
        return [*[number * (1 - self.crowd**2) ** 0.5 for number in own[:-1]], self.crowd]


def test_what_has_nothing_in_common_is_as_far_for_every_embedder() -> None:
    apart = measure(Crowded(0.8))
    assert apart == pytest.approx(0.64)
    assert usual(0.64, apart) == pytest.approx(MINILM)
    assert usual(1.0, apart) == 1.0
    assert 0.0 == usual(-1.0, apart) < usual(0.7, apart) < usual(0.8, apart) < usual(0.9, apart)


def test_minilms_cosines_are_as_they_are() -> None:
    assert [usual(cosine, MINILM) for cosine in (0.0, 0.3, 1.0)] == pytest.approx([0.0, 0.3, 1.0])


def test_who_tells_nothing_apart_finds_nothing_near() -> None:
    class Blind(Meanings):
        def vector(self, text: str) -> list[float]:
            return [1.0, 0.0, 0.0, 0.0, 0.0]

    assert measure(Blind()) == 1.0
    assert usual(0.95, 1.0) == pytest.approx(MINILM)


@pytest.mark.parametrize("crowd", [0.5, 0.7, 0.9])
def test_scores_do_not_depend_on_how_near_everything_is(tmp_path: Path, crowd: float) -> None:
    build(tmp_path, SHOP, ["en"], embedder := Crowded(crowd))
    index = Index.open(tmp_path)
    assert index.search("can i send back a scarf", embedder=embedder)[0].title == "Returning something"
    assert all(found.score < 0.1 for found in index.search("who is the president", embedder=embedder))


def test_it_is_measured_once(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    asked: list[Sequence[str]] = []

    class Counting(Crowded):
        def __call__(self, texts: Sequence[str]) -> list[list[float]]:
            asked.append(texts)
            return super().__call__(texts)

    build(first, SHOP, ["en"], Counting(0.5))
    before = Index.open(first)
    assert before.apart == pytest.approx(0.25)
    asked.clear()
    build(second, SHOP, ["en"], Counting(0.5), before)
    assert asked == []
    assert Index.open(second).apart == before.apart
