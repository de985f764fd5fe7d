"""The examples of docs/hooks.md: each is a whole plugin, and does what it says."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from punai import Conversation, Feedback, IntentMatch, Tenant
from punai.plugin_manager import HOOKS, Business, PluginManager
from punai.testing import OpenAIServer, StandIn
from punai.testing.samples import full_escalation, intents, turn
from tests.test_docs import blocks, read, section

Load = Callable[..., Business]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """A business with the example of a hook as its only plugin, and these settings."""

    def load(hook: str, **settings: dict[str, str]) -> Business:
        manager = loaded(tmp_path, hook)
        known = tuple(intents().values())
        return manager.business(Tenant(id="shop", name="Shop", intents=known, settings=settings))

    return load


def loaded(folder: Path, hook: str) -> PluginManager:
    [example] = blocks(section(read("hooks.md"), f"## {hook}"), "python example")
    (folder / "example.py").write_text(example, encoding="utf-8")
    return PluginManager(folder)


@pytest.mark.parametrize("hook", HOOKS)
def test_example_is_a_plugin_with_this_hook(hook: str, tmp_path: Path) -> None:
    [plugin] = [plugin for plugin in loaded(tmp_path, hook).loaded() if not plugin.built_in]
    assert plugin.hooks == (hook,)


def test_store_of_the_example_is_opened_by_its_scheme(tmp_path: Path) -> None:
    manager = loaded(tmp_path, "open_store")
    assert type(manager.open_store(f"counting://{tmp_path}/a.db")).__name__ == "Counting"
    assert type(manager.open_store(f"sqlite:///{tmp_path}/a.db")).__name__ == "SqliteStore"


def test_model_of_the_example_is_asked(load: Load) -> None:
    with OpenAIServer(default="Hello.") as server:
        business = load("chat_model", our_model={"url": server.url, "key": server.api_key})
        assert business.model is not None
        assert business.model.invoke("hi").content == "Hello."
    assert load("chat_model").model is None


@pytest.mark.parametrize(("message", "wanted"), [("#204817", 0.95), ("where is 204817", None)])
def test_classifier_of_the_example_knows_numbers(message: str, wanted: float | None, load: Load) -> None:
    business = load("classify_message")
    match = business.classify_message(
        message=message, history=(), intents=business.intents, tenant=business.tenant
    )
    assert (match.name, match.confidence) == ("order_status", 0.95) if wanted else match.confidence != 0.95


@pytest.mark.parametrize(("message", "reason"), [("There is SMOKE", "danger"), ("Where is my order", None)])
def test_rule_of_the_example_brings_in_a_human(message: str, reason: str | None, load: Load) -> None:
    business = load("should_escalate")
    conversation = Conversation(id="c", user_id="u", created_at=datetime(2026, 1, 31, tzinfo=UTC))
    given = {"intent": IntentMatch(), "passages": (), "conversation": conversation, "tenant": business.tenant}
    assert business.should_escalate(message=message, **given) == reason


@pytest.mark.parametrize(
    ("value", "comment", "reason"),
    [
        ("down", "That is WRONG", "wrong_answer"),
        ("down", None, None),
        ("down", "too long", None),
        ("up", "not wrong", None),
    ],
)
def test_feedback_of_the_example_brings_in_a_human(
    value: Literal["up", "down"], comment: str | None, reason: str | None, load: Load
) -> None:
    business = load("feedback_received")
    now = datetime(2026, 1, 31, tzinfo=UTC)
    feedback = Feedback(value=value, comment=comment, at=now)
    rated = turn("Green tea keeps for a year.").model_copy(update={"feedback": feedback})
    conversation = Conversation(id="c", user_id="u", created_at=now, turns=(rated,))
    given = {"turn": rated, "conversation": conversation, "tenant": business.tenant}
    assert business.feedback_received(feedback=feedback, **given) == reason


def test_intent_of_the_example_is_there(load: Load) -> None:
    assert "terms" in load("register_intents").intents


def test_source_of_the_example_answers(load: Load) -> None:
    business = load("register_knowledge")
    [found] = business.knowledge["prices"]("What is a teapot?", "", business.tenant)
    assert found.text == "A teapot is £24."


def test_channel_of_the_example_sends(load: Load) -> None:
    with StandIn() as service:
        business = load("register_channels", sms={"url": service.url, "key": "k"})
        business.channels["sms"].send(turn("Hello Ann"), business.tenant)
        [asked] = service.requests
    assert (asked.json()["text"], asked.headers["Authorization"]) == ("Hello Ann", "Bearer k")


def test_handler_of_the_example_opens_a_ticket(load: Load) -> None:
    with StandIn({"id": 7, "url": "https://desk.example/7"}) as service:
        business = load("register_escalation_handlers", desk={"url": service.url, "key": "k"})
        escalation = full_escalation()
        assert business.handlers["desk"](escalation, business.tenant) == "7 https://desk.example/7"
        [asked] = service.requests
    assert (asked.json()["subject"], asked.headers["Idempotency-Key"]) == (escalation.reason, escalation.id)
