"""What a classifier must hold to."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

import inspect
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from punai.isolation import SECONDS
from punai.models import OTHER, Intent, IntentMatch, Turn
from punai.tenant import Tenant
from punai.testing.contracts import basis
from punai.testing.network import no_network
from punai.testing.samples import PRIVATE, WORDS, conversation, intents

Classify = Callable[..., IntentMatch | None]


class ClassifierContract(basis.PartBasis):
    """Subclass it in your tests, and give it your implementation of the hook `classify_message`:

    class TestClassifier(ClassifierContract):
        @pytest.fixture
        def classify(self):
            return my_plugin.classify_message
    """

    seconds = SECONDS

    @pytest.fixture
    def classify(self) -> Classify:
        """The implementation under test; it may take fewer parameters than the hook has."""
        raise NotImplementedError("override the fixture `classify`")

    @pytest.fixture
    def intents(self) -> Mapping[str, Intent]:
        """The intents of the business. Override it with some that yours can tell apart."""
        return intents()

    @pytest.fixture
    def connections(self) -> Iterator[list[str]]:
        """What was tried to connect to."""
        with no_network() as tried:
            yield tried

    def test_names_one_of_the_intents_or_none(
        self, classify: Classify, intents: Mapping[str, Intent], tenant: Tenant
    ) -> None:
        for intent in intents.values():
            for example in intent.examples:
                _matched(self.seconds, classify, example, (), intents, tenant)

    @pytest.mark.parametrize("odd", WORDS)
    def test_takes_any_words(
        self, classify: Classify, intents: Mapping[str, Intent], tenant: Tenant, odd: str
    ) -> None:
        _matched(self.seconds, classify, WORDS[odd], (), intents, tenant)

    def test_takes_a_business_without_intents(self, classify: Classify, tenant: Tenant) -> None:
        _matched(self.seconds, classify, "where is my order", (), {}, tenant)

    @pytest.mark.parametrize("turns", [1, 20, 500])
    def test_takes_a_history(
        self, classify: Classify, intents: Mapping[str, Intent], tenant: Tenant, turns: int
    ) -> None:
        history = conversation(turns).turns
        _matched(self.seconds, classify, "and on sunday?", history, intents, tenant)

    def test_calls_nobody(
        self,
        classify: Classify,
        intents: Mapping[str, Intent],
        tenant: Tenant,
        connections: list[str],
    ) -> None:
        basis.raised(self.seconds, lambda: _asked(classify, "where is my order", (), intents, tenant))
        assert not connections, f"it connects to {connections[0]}: it runs on every turn, to compute only"

    def test_is_called_from_two_threads(
        self, classify: Classify, intents: Mapping[str, Intent], tenant: Tenant
    ) -> None:
        first, second = "where is my order", "when are you open"
        alone = [_asked(classify, text, (), intents, tenant) for text in (first, second)]
        together = basis.in_two_threads(
            lambda: _asked(classify, first, (), intents, tenant),
            lambda: _asked(classify, second, (), intents, tenant),
        )
        assert together == alone * 3, "it answers otherwise when asked twice at once"

    def test_shows_neither_words_nor_secrets(
        self,
        classify: Classify,
        intents: Mapping[str, Intent],
        tenant: Tenant,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.INFO)
        history = conversation().turns
        error = basis.raised(
            self.seconds, lambda: _asked(classify, " ".join(PRIVATE), history, intents, tenant)
        )
        basis.assert_quiet(caplog.records, capfd.readouterr(), error)


def _asked(
    classify: Classify,
    message: str,
    history: Sequence[Turn],
    intents: Mapping[str, Intent],
    tenant: Tenant,
) -> IntentMatch | None:
    """As pluggy calls it: with what it takes, by name."""
    given: dict[str, Any] = {"message": message, "history": history, "intents": intents, "tenant": tenant}
    parameters = inspect.signature(classify).parameters.values()
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        given = {parameter.name: given[parameter.name] for parameter in parameters}
    return classify(**given)


def _matched(
    seconds: float,
    classify: Classify,
    message: str,
    history: Sequence[Turn],
    intents: Mapping[str, Intent],
    tenant: Tenant,
) -> None:
    match = basis.within(seconds, lambda: _asked(classify, message, history, intents, tenant))
    if match is None:
        return
    assert isinstance(match, IntentMatch), f"it returned a {type(match).__name__}, not an IntentMatch"
    IntentMatch.model_validate(match.model_dump())
    for name, confidence in ((match.name, match.confidence), *match.rivals):
        assert name in intents or name == OTHER, f"it named {name!r}, which is none of the business's intents"
        assert 0 <= confidence <= 1, f"it is {confidence} sure of {name!r}; a confidence is in 0..1"
