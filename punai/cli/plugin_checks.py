"""The tests of a new plugin, by its kind, with `@word@` where its name and the like go."""

HANDLER = '''\
"""Humans are told: PunAI's contract for handlers, and what is told."""

import pytest
from punai import Escalation, EscalationHandler, Tenant
from punai.testing import HandlerContract, StandIn

from @module@ import @class_name@, tell


class TestHandler(HandlerContract):
    @pytest.fixture
    def handler(self) -> EscalationHandler:
        return @class_name@()

    def test_missing_setting_is_named(self) -> None:
        with pytest.raises(LookupError, match="set url under"):
            @class_name@().configured(Tenant(id="shop", name="Shop"))

    def test_reason_is_told(
        self, escalation: Escalation, tenant: Tenant, service: StandIn
    ) -> None:
        tell(escalation, tenant)
        assert service.requests[0].json()["reason"] == escalation.reason
'''

KNOWLEDGE = '''\
"""Questions are answered: PunAI's contract for sources, and what is found."""

from collections.abc import Iterator

import pytest
from punai import KnowledgeSource, Tenant
from punai.testing import KnowledgeContract, StandIn

from @module@ import look_up

PAN = {"id": "7", "title": "Big pan", "text": "12 in stock"}


class TestSource(KnowledgeContract):
    question = "Do you have the big pan?"

    @pytest.fixture
    def source(self) -> KnowledgeSource:
        return look_up

    @pytest.fixture
    def service(self) -> Iterator[StandIn]:
        with StandIn([PAN]) as service:
            yield service

    def test_service_is_asked(self, tenant: Tenant, service: StandIn) -> None:
        [found] = look_up(self.question, "", tenant)
        assert found.text == "12 in stock"
        assert service.requests[0].json() == {"question": self.question}
'''

CHANNEL = '''\
"""Customers are reached: PunAI's contract for channels, and what they get."""

import pytest
from punai import Channel, Tenant
from punai.testing import ChannelContract, StandIn
from punai.testing.samples import turn

from @module@ import @class_name@


class TestChannel(ChannelContract):
    @pytest.fixture
    def channel(self) -> Channel:
        return @class_name@()

    def test_words_are_sent(self, tenant: Tenant, service: StandIn) -> None:
        @class_name@().send(turn("Hello Ann"), tenant)
        assert service.requests[0].json()["text"] == "Hello Ann"
'''

CLASSIFIER = '''\
"""Messages are understood: PunAI's contract for classifiers, and what is told apart."""

from collections.abc import Mapping

import pytest
from punai import Intent, IntentMatch
from punai.testing import ClassifierContract
from punai.testing.contracts.classifier import Classify

from @module@ import classify_message


class TestClassifier(ClassifierContract):
    @pytest.fixture
    def classify(self) -> Classify:
        return classify_message

    def test_example_is_understood(self, intents: Mapping[str, Intent]) -> None:
        match = classify_message("Where is my order", intents)
        assert match == IntentMatch(name="order_status", confidence=1.0)
        assert classify_message("something else", intents) is None
'''

STORE = '''\
"""What is stored is kept: PunAI's contract for stores."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from punai import Store
from punai.testing import StoreContract

from @module@ import open_store


class TestStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        store = open_store(f"@name@://{tmp_path}/test.db")
        assert store is not None
        store.prepare()
        yield store
        store.close()

    def test_other_addresses_are_left_to_others(self) -> None:
        assert open_store("sqlite:///punai.db") is None
'''
