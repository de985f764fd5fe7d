"""What a channel must hold to."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

import logging

import pytest

from punai.ports import Channel
from punai.push import CHANNEL_SECONDS
from punai.tenant import Tenant
from punai.testing.contracts import basis
from punai.testing.samples import WORDS, turn
from punai.testing.stand_in import StandIn

MARKS = ("words for ann", "words for bob")


class ChannelContract(basis.PartBasis):
    """Subclass it in your tests, and give it your channel:

        class TestChannel(ChannelContract):
            @pytest.fixture
            def channel(self):
                return my_plugin.Texting()

    Override `service` and `tenant` where yours needs other answers and settings than those of a stand-in.
    """

    seconds = CHANNEL_SECONDS

    @pytest.fixture
    def channel(self) -> Channel:
        """The channel under test."""
        raise NotImplementedError("override the fixture `channel`")

    @pytest.mark.parametrize("bare", [True, False], ids=["bare", "full"])
    def test_sends_a_turn(self, channel: Channel, tenant: Tenant, bare: bool) -> None:
        basis.within(self.seconds, lambda: channel.send(turn(bare=bare), tenant))

    @pytest.mark.parametrize("odd", WORDS)
    def test_takes_any_words(self, channel: Channel, tenant: Tenant, odd: str) -> None:
        basis.within(self.seconds, lambda: channel.send(turn(WORDS[odd]), tenant))

    def test_is_called_from_two_threads(self, channel: Channel, tenant: Tenant, service: StandIn) -> None:
        ann, bob = (turn(mark, id=f"m{number}") for number, mark in enumerate(MARKS))
        basis.in_two_threads(lambda: channel.send(ann, tenant), lambda: channel.send(bob, tenant))
        mixed = [asked for asked in service.requests if all(mark in asked.text for mark in MARKS)]
        assert not mixed, "one customer was sent words for another: it keeps state between calls"

    def test_raises_in_time_where_its_service_does_not_answer(
        self, channel: Channel, tenant: Tenant, service: StandIn
    ) -> None:
        service.silent = True
        error = basis.raised(self.seconds, lambda: channel.send(turn(), tenant))
        basis.skip_unless_asked(service)
        assert error, "it returned, though its service never answered: the words count as arrived"

    def test_raises_where_its_service_is_not_there(
        self, channel: Channel, tenant: Tenant, service: StandIn
    ) -> None:
        channel.send(turn(), tenant)
        basis.skip_unless_asked(service)
        service.leave()
        error = basis.raised(self.seconds, lambda: channel.send(turn(), tenant))
        assert error, "it returned, though its service was not there: the words count as arrived"

    @pytest.mark.parametrize("status", [401, 429, 500])
    def test_raises_where_its_service_refuses(
        self, channel: Channel, tenant: Tenant, service: StandIn, status: int
    ) -> None:
        service.status = status
        error = basis.raised(self.seconds, lambda: channel.send(turn(), tenant))
        basis.skip_unless_asked(service)
        assert error, f"it returned, though its service answered {status}: the words count as arrived"

    @pytest.mark.parametrize("status", [200, 500])
    def test_shows_neither_words_nor_secrets(
        self,
        channel: Channel,
        tenant: Tenant,
        service: StandIn,
        status: int,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.INFO)
        service.status = status
        error = basis.raised(self.seconds, lambda: channel.send(turn(), tenant))
        basis.assert_quiet(caplog.records, capfd.readouterr(), error)
