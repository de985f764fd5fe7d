"""The contracts: the parts that ship keep them, and each claim is broken by one made to break it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from punai import Channel, EscalationHandler, KnowledgeSource
from punai.plugin_manager import Business, PluginManager
from punai.tenant import Tenant
from punai.testing import (
    ChannelContract,
    ClassifierContract,
    HandlerContract,
    KnowledgeContract,
    StandIn,
)
from punai.testing.contracts.classifier import Classify
from punai.testing.samples import PRIVATE, WORDS, SampleBusiness, full_escalation

ROOT = Path(__file__).parents[2]

PLUGIN = '''
"""Parts that each break one claim, called like it, and one of each kind that breaks none."""

import logging
import time

import httpx

from punai import Passage, hookimpl

PUNAI = ">=0.1"
seen, told = [], []
client = httpx.Client(verify=False)  # nothing is encrypted here, and certificates take time to load


def post(tenant, what, timeout=0.3):
    client.post(tenant.setting("crm", "url"), json=what, timeout=timeout).raise_for_status()


def good(escalation, tenant):
    post(tenant, {"id": escalation.id, "said": escalation.summary})
    return "posted"


def calls_nobody(escalation, tenant):
    return "kept"


def no_reference(escalation, tenant):
    good(escalation, tenant)


def no_optional_fields(escalation, tenant):
    escalation.email.lower()
    return good(escalation, tenant)


def no_long_transcript(escalation, tenant):
    assert len(escalation.transcript) < 500
    return good(escalation, tenant)


def ascii_only(escalation, tenant):
    escalation.summary.encode("ascii")
    return good(escalation, tenant)


def only_once(escalation, tenant):
    key = (tenant.setting("crm", "url"), escalation.id)  # the address is another one in each test
    if key in seen:
        raise ValueError("it is there already")
    seen.append(key)
    return good(escalation, tenant)


def swallows(escalation, tenant):
    try:
        return good(escalation, tenant)
    except httpx.HTTPError:
        return "never mind"


def waits_for_ever(escalation, tenant):
    post(tenant, {}, timeout=None)
    return "posted"


def logs_words(escalation, tenant):
    logging.getLogger("crm").info("told", extra={"fields": {"about": escalation.summary}})
    return good(escalation, tenant)


def prints_a_name(escalation, tenant):
    print("telling of", escalation.name)
    return good(escalation, tenant)


def shows_its_key(escalation, tenant):
    try:
        return good(escalation, tenant)
    except httpx.HTTPStatusError as error:
        raise RuntimeError(f"refused with the key {tenant.setting('crm', 'key')}") from error


def keeps_state(escalation, tenant):
    told.append(escalation.id)
    post(tenant, told)
    return "posted"


def fixed_address(escalation, tenant):
    client.post("https://crm.example.com/tickets", json={}, timeout=0.3)
    return "posted"


class Knowing:
    """It knows its settings, and how it is; or says so."""

    def __init__(self, name):
        self.__name__ = name

    def __call__(self, escalation, tenant):
        return good(escalation, tenant)

    def configured(self, tenant):
        if self.__name__ == "raises_at_start":
            raise ValueError("url")
        url = tenant.setting("crm", "url")
        if self.__name__ == "asks_at_start":
            httpx.get(url, timeout=1)

    def check(self, tenant):
        answer = "well"
        if self.__name__ == "shows_in_check":
            answer = tenant.setting("crm", "key")
        try:
            httpx.get(tenant.setting("crm", "url"), timeout=1).raise_for_status()
        except httpx.HTTPError:
            if self.__name__ != "always_well":
                raise
        return answer


HANDLERS = [
    good,
    *map(Knowing, ["knowing", "raises_at_start", "asks_at_start", "shows_in_check", "always_well"]),
    calls_nobody, no_reference, no_optional_fields, no_long_transcript, ascii_only, only_once, swallows,
    waits_for_ever, logs_words, prints_a_name, shows_its_key, keeps_state, fixed_address,
]


@hookimpl
def register_escalation_handlers(register):
    for handler in HANDLERS:
        register(handler.__name__, handler)


def passage(id, score, text="three days"):
    return Passage(id=id, title="Delivery", source="crm", text=text, score=score)


def good_source(question, topic, tenant):
    post(tenant, {"q": question})
    return [passage("a", 0.9), passage("b", 0.5)]


def worst_first(question, topic, tenant):
    return [passage("b", 0.5), passage("a", 0.9)]


def all_at_nothing(question, topic, tenant):
    return [passage("a", 0), passage("b", 0)]


def same_ids(question, topic, tenant):
    return [passage("a", 0.9), passage("a", 0.5)]


def no_passages(question, topic, tenant):
    return [{"text": "three days"}]


def no_text(question, topic, tenant):
    return [passage("a", 0.9, text=" ")]


def score_of_ninety(question, topic, tenant):
    return [passage("a", 0.9).model_copy(update={"score": 90})]


def no_empty_question(question, topic, tenant):
    return [passage(question[0], 0.9)]


def waits(question, topic, tenant):
    post(tenant, {"q": question}, timeout=None)
    return [passage("a", 0.9)]


def logs_question(question, topic, tenant):
    logging.getLogger("crm").warning("asked %s", question)
    return [passage("a", 0.9)]


def remembers(question, topic, tenant):
    seen.append(question)
    time.sleep(0.01)
    return [passage(seen[-1] or "nothing", 0.9)]


def finds_nothing(question, topic, tenant):
    return []


SOURCES = [
    good_source, worst_first, all_at_nothing, same_ids, no_passages, no_text, score_of_ninety,
    no_empty_question, waits, logs_question, remembers, finds_nothing,
]


@hookimpl
def register_knowledge(register):
    for source in SOURCES:
        register(source.__name__, source)


class Sends:
    def send(self, turn, tenant):
        post(tenant, {"to": turn.user_id, "text": turn.answer.reply})


class SwallowsSending(Sends):
    def send(self, turn, tenant):
        try:
            super().send(turn, tenant)
        except httpx.HTTPError:
            pass


class NeedsCitations(Sends):
    def send(self, turn, tenant):
        turn.answer.citations[0]
        super().send(turn, tenant)


class SendsAll(Sends):
    def send(self, turn, tenant):
        seen.append(turn.answer.reply)
        post(tenant, seen)


class PrintsWords(Sends):
    def send(self, turn, tenant):
        print(turn.answer.reply)
        super().send(turn, tenant)


CHANNELS = [Sends, SwallowsSending, NeedsCitations, SendsAll, PrintsWords]


@hookimpl
def register_channels(register):
    for channel in CHANNELS:
        register(channel.__name__, channel())
'''

TOLD = {"returns a reference", "takes any words", "takes a conversation of 500 turns"}
TOLD |= {"takes the same escalation again", "is called from two threads"}
REFUSED = {"raises where its service is not there", "raises where its service refuses"}
LATE = "raises in time where its service does not answer"
QUIET = "shows neither words nor secrets"
FOUND = {"finds passages the best first", "takes any question", "is called from two threads"}
START, CHECK = "looks at its settings at start and at nothing else", "says how it is"
BROKEN: dict[str, set[str]] = {
    "plugin": set(),
    "handler good": set(),
    "handler knowing": set(),
    "handler raises_at_start": {START},
    "handler asks_at_start": {START},
    "handler shows_in_check": {CHECK},
    "handler always_well": {CHECK},
    "handler calls_nobody": set(),
    "handler no_reference": TOLD,
    "handler no_optional_fields": {"returns a reference"},
    "handler no_long_transcript": {"takes a conversation of 500 turns"},
    "handler ascii_only": {"takes any words"},
    "handler only_once": {"takes the same escalation again", "is called from two threads"},
    "handler swallows": {LATE, *REFUSED},
    "handler waits_for_ever": {LATE},
    "handler logs_words": {QUIET},
    "handler prints_a_name": {QUIET},
    "handler shows_its_key": {QUIET},
    "handler keeps_state": {"is called from two threads"},
    "handler fixed_address": {*TOLD, "raises where its service is not there"},
    "source good_source": set(),
    "source worst_first": {"finds passages the best first"},
    "source all_at_nothing": {"finds passages the best first"},
    "source same_ids": FOUND,
    "source no_passages": FOUND,
    "source no_text": FOUND,
    "source score_of_ninety": FOUND,
    "source no_empty_question": {"takes any question"},
    "source waits": {"ends in time where its service does not answer"},
    "source logs_question": {QUIET},
    "source remembers": {"is called from two threads"},
    "source finds_nothing": set(),
    "channel Sends": set(),
    "channel SwallowsSending": {LATE, *REFUSED},
    "channel NeedsCitations": {"sends a turn"},
    "channel SendsAll": {"is called from two threads"},
    "channel PrintsWords": {QUIET},
}

CLASSIFIER = """
import socket
from punai import IntentMatch, hookimpl

@hookimpl
def classify_message(message, history, intents):
    print(message)
    if not intents:
        raise LookupError("no intents")
    if len(history) > 100:
        return "order_status"
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=0.1)
    except OSError:
        pass
    return IntentMatch(name="weather", confidence=0.9)
"""


def claims_of(path: Path, *, fails: bool) -> dict[str, dict[str, dict[str, str]]]:
    """What `punai plugin test` finds: for each part, its claims by outcome, each with what was said."""
    command = [sys.executable, "-m", "punai", "plugin", "test", str(path), "--json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=env)
    assert done.returncode == int(fails), done.stderr
    found: dict[str, dict[str, dict[str, str]]] = {}
    for claim in json.loads(done.stdout)["claims"]:
        outcomes = found.setdefault(claim["about"], {"passed": {}, "failed": {}, "skipped": {}})
        outcomes[claim["outcome"]][claim["claim"].partition(" (")[0]] = claim["text"]
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, str]]]:
    path = tmp_path_factory.mktemp("plugins") / "crm.py"
    path.write_text(PLUGIN)
    return claims_of(path, fails=True)


def test_everything_that_is_registered_is_tested(found: dict[str, Any]) -> None:
    assert list(found) == list(BROKEN)


@pytest.mark.parametrize("about", BROKEN)
def test_claim_is_broken_by_what_is_made_to_break_it(about: str, found: dict[str, Any]) -> None:
    assert set(found[about]["failed"]) == BROKEN[about]


def test_failure_says_what_to_do(found: dict[str, Any]) -> None:
    late = found["handler waits_for_ever"]["failed"][LATE]
    assert late.endswith("it took longer than 15 s: give every call that leaves the process a time-out")
    fixed = found["handler fixed_address"]["failed"]["returns a reference"]
    assert "connects to crm.example.com: under test a plugin may call this machine only" in fixed
    assert "raise LookupError, which names" in found["handler raises_at_start"]["failed"][START]
    assert "it asked its service at start" in found["handler asks_at_start"]["failed"][START]
    assert "it says 'well', though its service is" in found["handler always_well"]["failed"][CHECK]
    assert "a secret was put into an error" in found["handler shows_its_key"]["failed"][QUIET]
    assert "the customer's 'purple teapot' was logged" in found["handler logs_words"]["failed"][QUIET]
    assert "the customer's 'Zebedee Quux' was printed" in found["handler prints_a_name"]["failed"][QUIET]


def test_claims_that_cannot_be_made_are_skipped(found: dict[str, Any]) -> None:
    assert found["handler calls_nobody"]["skipped"].keys() == {LATE, *REFUSED, START, CHECK}
    assert found["source finds_nothing"]["skipped"].keys() >= {"finds passages the best first"}


def test_classifier_that_breaks_every_claim_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "guess.py"
    path.write_text(CLASSIFIER)
    found = claims_of(path, fails=True)
    assert found["plugin"]["skipped"].keys() == {"says which punai it was written for"}
    failed = found["classifier guess"]["failed"]
    assert "which is none of the business's intents" in failed["names one of the intents or none"]
    assert "no intents" in failed["takes a business without intents"]
    assert "it returned a str, not an IntentMatch" in failed["takes a history"]
    assert "it connects to 127.0.0.1" in failed["calls nobody"]
    assert QUIET in failed


def test_samples_are_what_they_are_said_to_be() -> None:
    assert max(map(len, WORDS.values())) == len(WORDS["at_its_longest"]) == 4000
    shown = str(full_escalation())
    assert all(private in shown for private in PRIVATE)
    empty = [name for name, value in full_escalation() if not value]
    assert empty == []


@pytest.fixture
def business(tmp_path: Path) -> Business:
    """What ships, for a business of its own."""
    return PluginManager(tmp_path).business(Tenant(id="shop", name="Shop"))


class TestLogHandler(HandlerContract):
    @pytest.fixture
    def handler(self, business: Business) -> EscalationHandler:
        return business.handlers["log"]


class TestWebhook(ChannelContract):
    @pytest.fixture
    def channel(self, business: Business) -> Channel:
        return business.channels["webhook"]


class TestDocuments(KnowledgeContract):
    question = "how long does delivery take"

    @pytest.fixture
    def source(self, business: Business) -> KnowledgeSource:
        return business.knowledge["documents"]

    @pytest.fixture
    def tenant(self, service: StandIn, tmp_path: Path) -> Tenant:
        (tmp_path / "knowledge").mkdir()
        (tmp_path / "knowledge/delivery.md").write_text("# Delivery\n\nDelivery takes three days.\n")
        (tmp_path / "knowledge/hours.md").write_text("# Opening hours\n\nWe are open on Sunday.\n")
        return SampleBusiness(id="shop", name="Shop", folder=str(tmp_path), service=service.url)


class TestClassifier(ClassifierContract):
    @pytest.fixture
    def classify(self, business: Business) -> Classify:
        return business.classify_message

    @pytest.fixture
    def tenant(self, service: StandIn, tmp_path: Path) -> Tenant:
        settings = {"punai": {"cache": str(tmp_path)}}
        return SampleBusiness(id="shop", name="Shop", service=service.url, settings=settings)
