"""The hooks: each documented (in `docs/hooks.md`, too: see test_docs.py), each used by a real plugin."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import punai
from punai import hookspecs
from punai.plugin_manager import HOOKS, PluginManager

SPECS: dict[str, Callable[..., Any]] = {name: getattr(hookspecs, name) for name in HOOKS}


def test_there_are_the_hooks_that_there_are_said_to_be() -> None:
    assert sorted(HOOKS) == [
        "chat_model",
        "classify_message",
        "feedback_received",
        "open_store",
        "register_channels",
        "register_escalation_handlers",
        "register_intents",
        "register_knowledge",
        "should_escalate",
        "system_prompt",
    ]


@pytest.mark.parametrize("name", HOOKS)
def test_one_must_answer_or_many_may_register(name: str) -> None:
    marks = vars(SPECS[name])["punai_spec"]
    assert marks["firstresult"] is not name.startswith("register_")
    if name.startswith("register_"):
        assert list(inspect.signature(SPECS[name]).parameters) == ["register"]


@pytest.mark.parametrize("name", HOOKS)
def test_hook_is_documented_by_a_contract_in_one_line_and_its_parameters(name: str) -> None:
    contract, *rest = (inspect.getdoc(SPECS[name]) or "").splitlines()
    assert re.fullmatch(r"[A-Z].{20,}\.", contract)
    documented = re.findall(r"^:param (\w+): \S", "\n".join(rest), flags=re.MULTILINE)
    assert documented == list(inspect.signature(SPECS[name]).parameters)


@pytest.mark.parametrize("name", HOOKS)
def test_hook_is_typed_throughout(name: str) -> None:
    hook = inspect.signature(SPECS[name])
    for parameter in hook.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty
        assert parameter.default is inspect.Parameter.empty, "pluggy passes no defaults on"
    assert hook.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("name", HOOKS)
def test_hook_is_used_by_a_plugin_that_ships(name: str, tmp_path: Path) -> None:
    users = [plugin.name for plugin in PluginManager(tmp_path).loaded() if name in plugin.hooks]
    assert users


@pytest.mark.parametrize("name", punai.__all__)
def test_public_name_is_there(name: str) -> None:
    assert getattr(punai, name) is not None


def test_public_names_hold_what_hooks_are_written_with() -> None:
    needed = {"hookimpl", "Conversation", "Intent", "IntentMatch", "Passage", "Store", "Tenant", "Turn"}
    assert needed | {"Channel", "EscalationHandler", "KnowledgeSource"} <= set(punai.__all__)
