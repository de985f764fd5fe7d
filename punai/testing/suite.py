"""The contracts for whatever the plugin of `pytest --punai-plugin PATH` registers: `punai plugin test`."""

# ruff: noqa: S101, D102 - a contract is made of asserts, and the name of each test is its claim.

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from punai.ports import Channel, EscalationHandler, Store
from punai.sources import KnowledgeSource
from punai.tenant import Tenant
from punai.testing.contracts import ChannelContract, ClassifierContract, HandlerContract, KnowledgeContract
from punai.testing.contracts.knowledge import QUESTION
from punai.testing.plugin_under_test import TABLE, PluginUnderTest
from punai.testing.stand_in import ANSWER, StandIn
from punai.testing.store_contract import StoreContract


class TestPlugin:
    """What every plugin has to be."""

    punai_part = "punai_plugin"

    def test_implements_a_hook(self, punai_plugin: PluginUnderTest) -> None:
        assert any(plugin.hooks for plugin in punai_plugin.plugins), "mark a hook with @hookimpl"

    def test_says_which_punai_it_was_written_for(self, punai_plugin: PluginUnderTest) -> None:
        if any(plugin.punai is None for plugin in punai_plugin.plugins):
            pytest.skip('it does not: require "punai>=0.1,<0.2", or in a file set PUNAI = ">=0.1,<0.2"')


class _Tried:
    """The service and the business of the trial."""

    @pytest.fixture
    def service(self, punai_plugin: PluginUnderTest) -> Iterator[StandIn]:
        """It answers as the trial says."""
        answer = punai_plugin.trial.answer
        with StandIn(ANSWER if answer is None else answer) as service:
            yield service

    @pytest.fixture
    def tenant(self, punai_plugin: PluginUnderTest, service: StandIn) -> Tenant:
        """It has the settings of the trial."""
        return punai_plugin.business(service.url)


class TestHandler(_Tried, HandlerContract):
    """Each handler."""

    punai_part = "punai_handler"

    @pytest.fixture
    def handler(self, punai_handler: EscalationHandler) -> EscalationHandler:
        """One after the other."""
        return punai_handler


class TestKnowledge(_Tried, KnowledgeContract):
    """Each source of knowledge."""

    punai_part = "punai_source"

    @pytest.fixture
    def source(self, punai_source: KnowledgeSource) -> KnowledgeSource:
        """One after the other."""
        return punai_source

    @pytest.fixture(autouse=True)
    def asked(self, punai_plugin: PluginUnderTest) -> None:
        """The trial's question."""
        self.question = punai_plugin.trial.question or QUESTION


class TestChannel(_Tried, ChannelContract):
    """Each channel."""

    punai_part = "punai_channel"

    @pytest.fixture
    def channel(self, punai_channel: Channel) -> Channel:
        """One after the other."""
        return punai_channel


class TestClassifier(_Tried, ClassifierContract):
    """The hook `classify_message`."""

    punai_part = "punai_classifier"

    @pytest.fixture
    def classify(self, punai_classifier: Any) -> Any:
        """As PunAI calls it."""
        return punai_classifier


class TestStore(StoreContract):
    """The hook `open_store`."""

    punai_part = "punai_store"

    @pytest.fixture
    def store(self, punai_plugin: PluginUnderTest) -> Iterator[Store]:
        """A store at the trial's address, in which `{folder}` is an empty one."""
        address = punai_plugin.trial.store
        if address is None:
            pytest.skip(f'set store = "SCHEME://..." under {TABLE}: the address of an empty database')
        with tempfile.TemporaryDirectory() as folder:
            store: Store | None = punai_plugin.hook.open_store(url=address.replace("{folder}", folder))
            assert store is not None, f"open_store gave None for {Path(address)}"
            store.prepare()
            yield store
            store.close()
