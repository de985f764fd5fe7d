"""What an escalation handler must hold to."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

import logging
from functools import partial

import pytest

from punai.models import Escalation
from punai.outbox import HANDLER_SECONDS
from punai.ports import Checkable, Configurable, EscalationHandler
from punai.tenant import Tenant
from punai.testing.contracts import basis
from punai.testing.samples import WORDS, bare_escalation, full_escalation
from punai.testing.stand_in import StandIn

START_SECONDS = 2.0
MARKS = ("esc_of_ann", "esc_of_bob")


class HandlerContract(basis.PartBasis):
    """Subclass it in your tests, and give it your handler:

        class TestHandler(HandlerContract):
            @pytest.fixture
            def handler(self):
                return my_plugin.tell

    Override `service` and `tenant` where yours needs other answers and settings than those of a stand-in.
    """

    seconds = HANDLER_SECONDS

    @pytest.fixture
    def handler(self) -> EscalationHandler:
        """The handler under test."""
        raise NotImplementedError("override the fixture `handler`")

    @pytest.fixture
    def escalation(self) -> Escalation:
        """One with everything in it."""
        return full_escalation()

    @pytest.mark.parametrize("given", [bare_escalation(), full_escalation()], ids=["bare", "full"])
    def test_returns_a_reference(self, handler: EscalationHandler, tenant: Tenant, given: Escalation) -> None:
        _assert_told(self.seconds, handler, given, tenant)

    @pytest.mark.parametrize("odd", WORDS)
    def test_takes_any_words(self, handler: EscalationHandler, tenant: Tenant, odd: str) -> None:
        _assert_told(self.seconds, handler, full_escalation(words=WORDS[odd]), tenant)

    def test_takes_a_conversation_of_500_turns(self, handler: EscalationHandler, tenant: Tenant) -> None:
        long = full_escalation(turns=500, words=WORDS["at_its_longest"])
        _assert_told(self.seconds, handler, long, tenant)

    def test_takes_the_same_escalation_again(
        self, handler: EscalationHandler, tenant: Tenant, escalation: Escalation
    ) -> None:
        for _ in range(2):
            _assert_told(self.seconds, handler, escalation, tenant)

    def test_is_called_from_two_threads(
        self, handler: EscalationHandler, tenant: Tenant, service: StandIn
    ) -> None:
        ann, bob = map(full_escalation, MARKS)
        references = basis.in_two_threads(lambda: handler(ann, tenant), lambda: handler(bob, tenant))
        for reference in references:
            assert isinstance(reference, str), "it returned no reference"
        mixed = [asked for asked in service.requests if all(mark in asked.text for mark in MARKS)]
        assert not mixed, "what it told of one customer held words of another's: it keeps state between calls"

    def test_raises_in_time_where_its_service_does_not_answer(
        self, handler: EscalationHandler, tenant: Tenant, service: StandIn, escalation: Escalation
    ) -> None:
        service.silent = True
        error = basis.raised(self.seconds, lambda: handler(escalation, tenant))
        basis.skip_unless_asked(service)
        assert error, "it returned, though its service never answered: nobody would be told again"

    def test_raises_where_its_service_is_not_there(
        self, handler: EscalationHandler, tenant: Tenant, service: StandIn, escalation: Escalation
    ) -> None:
        handler(escalation, tenant)
        basis.skip_unless_asked(service)
        service.leave()
        error = basis.raised(self.seconds, lambda: handler(escalation, tenant))
        assert error, "it returned, though its service was not there: nobody would be told again"

    @pytest.mark.parametrize("status", [401, 429, 500])
    def test_raises_where_its_service_refuses(
        self,
        handler: EscalationHandler,
        tenant: Tenant,
        service: StandIn,
        escalation: Escalation,
        status: int,
    ) -> None:
        service.status = status
        error = basis.raised(self.seconds, lambda: handler(escalation, tenant))
        basis.skip_unless_asked(service)
        assert error, f"it returned, though its service answered {status}: nobody would be told again"

    @pytest.mark.parametrize("status", [200, 500])
    def test_shows_neither_words_nor_secrets(
        self,
        handler: EscalationHandler,
        tenant: Tenant,
        service: StandIn,
        escalation: Escalation,
        status: int,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.INFO)
        service.status = status
        error = basis.raised(self.seconds, lambda: handler(escalation, tenant))
        basis.assert_quiet(caplog.records, capfd.readouterr(), error)

    def test_looks_at_its_settings_at_start_and_at_nothing_else(
        self, handler: EscalationHandler, tenant: Tenant, service: StandIn
    ) -> None:
        if not isinstance(handler, Configurable):
            pytest.skip("it has no `configured`: a setting that is missing is told at the first escalation")
        for business in (tenant, Tenant(id="bare", name="Bare Shop")):
            error = basis.raised(START_SECONDS, partial(handler.configured, business))
            assert error is None or isinstance(error, LookupError), (
                f"at start it raised {type(error).__name__}: raise LookupError, which names the setting"
            )
            assert error is None or str(error), "its LookupError names no setting"
        assert not service.requests, "it asked its service at start: one that is away must cost no start"

    @pytest.mark.parametrize("trouble", ["none", "refused", "silent"])
    def test_says_how_it_is(
        self,
        handler: EscalationHandler,
        tenant: Tenant,
        service: StandIn,
        trouble: str,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        if not isinstance(handler, Checkable):
            pytest.skip("it has no `check`: punai doctor cannot say whether it is set up")
        service.status, service.silent = 401 if trouble == "refused" else 200, trouble == "silent"
        said: list[object] = []
        error = basis.raised(self.seconds, lambda: said.append(handler.check(tenant)))
        basis.assert_quiet(caplog.records, [*capfd.readouterr(), *map(str, said)], error)
        assert error or isinstance(said[0], str), "it says how it is as str, or raises"
        if service.requests and trouble != "none":
            assert error, f"it says {said[0]!r}, though its service is {trouble}"


def _assert_told(seconds: float, handler: EscalationHandler, given: Escalation, tenant: Tenant) -> None:
    reference = basis.within(seconds, lambda: handler(given, tenant))
    assert isinstance(reference, str), f"it returned {type(reference).__name__}, not a reference as str"
    assert reference.strip(), "its reference is empty: a number, a link or `sent` says that somebody was told"
    assert len(reference) <= 500, "of a reference, 500 characters are kept"
