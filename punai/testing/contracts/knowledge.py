"""What a source of knowledge must hold to."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

import logging
from collections.abc import Sequence

import pytest

from punai.models import Passage
from punai.pipeline import SOURCE_SECONDS
from punai.sources import KnowledgeSource
from punai.tenant import Tenant
from punai.testing.contracts import basis
from punai.testing.samples import PRIVATE, WORDS
from punai.testing.stand_in import StandIn

QUESTION = f"How long does the delivery of a {PRIVATE[2]} take?"


class KnowledgeContract(basis.PartBasis):
    """Subclass it in your tests, and give it your source, and a question that it can answer:

        class TestSource(KnowledgeContract):
            question = "Is the big pan in stock?"

            @pytest.fixture
            def source(self):
                return my_plugin.look_up

    Override `service` and `tenant` where yours needs other answers and settings than those of a stand-in.
    """

    seconds = SOURCE_SECONDS
    question = QUESTION

    @pytest.fixture
    def source(self) -> KnowledgeSource:
        """The source under test."""
        raise NotImplementedError("override the fixture `source`")

    @pytest.mark.parametrize("topic", ["", "where an order is"], ids=["without_topic", "with_topic"])
    def test_finds_passages_the_best_first(self, source: KnowledgeSource, tenant: Tenant, topic: str) -> None:
        found = _found(self.seconds, source, self.question, topic, tenant)
        if not found:
            pytest.skip(f"it found nothing for {self.question!r}: give a question that it can answer")
        scores = [passage.score for passage in found]
        assert scores == sorted(scores, reverse=True), f"the scores {scores} do not fall: best first"
        assert max(scores) > 0, "every score is 0: it says in 0..1 how likely the passage answers"

    @pytest.mark.parametrize("odd", ["nothing", *WORDS])
    def test_takes_any_question(self, source: KnowledgeSource, tenant: Tenant, odd: str) -> None:
        _found(self.seconds, source, WORDS.get(odd, ""), "", tenant)

    def test_is_called_from_two_threads(self, source: KnowledgeSource, tenant: Tenant) -> None:
        asked = [self.question, "Are you open on Sunday?"]
        alone = [_found(self.seconds, source, question, "", tenant) for question in asked]
        together = basis.in_two_threads(*[lambda q=q: source(q, "", tenant) for q in asked])
        assert [list(found) for found in together] == alone * 3, "it answers otherwise when asked twice"

    def test_ends_in_time_where_its_service_does_not_answer(
        self, source: KnowledgeSource, tenant: Tenant, service: StandIn
    ) -> None:
        service.silent = True
        basis.raised(self.seconds, lambda: source(self.question, "", tenant))
        basis.skip_unless_asked(service)

    @pytest.mark.parametrize("status", [200, 500])
    def test_shows_neither_words_nor_secrets(
        self,
        source: KnowledgeSource,
        tenant: Tenant,
        service: StandIn,
        status: int,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.INFO)
        service.status = status
        asked = f"{self.question} {' '.join(PRIVATE)}"
        error = basis.raised(self.seconds, lambda: source(asked, "", tenant))
        basis.assert_quiet(caplog.records, capfd.readouterr(), error)


def _found(
    seconds: float, source: KnowledgeSource, question: str, topic: str, tenant: Tenant
) -> Sequence[Passage]:
    found = list(basis.within(seconds, lambda: source(question, topic, tenant)))
    for passage in found:
        assert isinstance(passage, Passage), f"it gave a {type(passage).__name__}, not a Passage"
        Passage.model_validate(passage.model_dump())
        for name in ("id", "title", "source", "text"):
            assert getattr(passage, name).strip(), f"the {name} of {passage.id!r} is empty"
    ids = [passage.id for passage in found]
    assert len(set(ids)) == len(ids), f"two of its passages have one id: {ids}"
    return found
