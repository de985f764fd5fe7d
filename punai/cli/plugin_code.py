"""The code of a new plugin, by its kind, with `@word@` where its name and the like go."""

HANDLER = '''\
"""Tell a human: set `url` under `[settings.@name@]`, and name `@name@` in `escalate_to`."""

from collections.abc import Callable

import httpx
from punai import Escalation, EscalationHandler, Tenant, hookimpl


class @class_name@:
    """The handler `@name@`, which knows its settings."""

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """Tell a human."""
        return tell(escalation, tenant)

    def configured(self, tenant: Tenant) -> None:
        """At start: LookupError where a setting is missing. Ask no service here."""
        tenant.setting("@name@", "url")

    def check(self, tenant: Tenant) -> str:
        """For `punai doctor`: whether the service takes what it is asked. Tell nobody."""
        url = tenant.setting("@name@", "url")
        httpx.get(url, timeout=5).raise_for_status()
        return "answers"


def tell(escalation: Escalation, tenant: Tenant) -> str:
    """Post who needs a human, and why. What it returns is kept as the reference.

    Raise, and PunAI calls again later: `escalation.id` is then the same.
    """
    told = {
        "id": escalation.id,
        "reason": escalation.reason,
        "summary": escalation.summary,
    }
    url = tenant.setting("@name@", "url")
    httpx.post(url, json=told, timeout=5).raise_for_status()
    return f"posted {escalation.id}"


@hookimpl
def register_escalation_handlers(
    register: Callable[[str, EscalationHandler], None],
) -> None:
    """The handler `@name@`."""
    register("@name@", @class_name@())
'''

KNOWLEDGE = '''\
"""Answer from a service: set `url` under `[settings.@name@]`."""

from collections.abc import Callable, Sequence

import httpx
from punai import KnowledgeSource, Passage, Tenant, hookimpl


def look_up(question: str, topic: str, tenant: Tenant) -> Sequence[Passage]:
    """What the service finds for the question, best first; the score is in 0..1."""
    if not question:
        return ()
    url = tenant.setting("@name@", "url")
    found = httpx.post(url, json={"question": question}, timeout=2)
    found.raise_for_status()
    return [
        Passage(
            id=f"@name@:{each['id']}",
            title=each["title"],
            source="@name@",
            text=each["text"],
            score=0.9,
        )
        for each in found.json()
    ]


@hookimpl
def register_knowledge(register: Callable[[str, KnowledgeSource], None]) -> None:
    """The source `@name@`."""
    register("@name@", look_up)
'''

CHANNEL = '''\
"""Bring words to customers: set `url` under `[settings.@name@]`."""

from collections.abc import Callable

import httpx
from punai import Channel, Tenant, Turn, hookimpl


class @class_name@:
    """The channel `@name@`."""

    def send(self, turn: Turn, tenant: Tenant) -> None:
        """Post an agent's words. Raise to say that they did not arrive."""
        words = turn.answer.reply if turn.answer else ""
        told = {"to": turn.user_id, "id": turn.message_id, "text": words}
        url = tenant.setting("@name@", "url")
        httpx.post(url, json=told, timeout=5).raise_for_status()


@hookimpl
def register_channels(register: Callable[[str, Channel], None]) -> None:
    """The channel `@name@`."""
    register("@name@", @class_name@())
'''

CLASSIFIER = '''\
"""Understand messages: whoever writes an example of an intent wants that."""

from collections.abc import Mapping

from punai import Intent, IntentMatch, hookimpl


@hookimpl
def classify_message(message: str, intents: Mapping[str, Intent]) -> IntentMatch | None:
    """The intent with this very example; None leaves the message to PunAI's own.

    Compute only: it runs on every message, and has two seconds.
    """
    words = message.casefold()
    for intent in intents.values():
        if words in (example.casefold() for example in intent.examples):
            return IntentMatch(name=intent.name, confidence=1.0)
    return None
'''

STORE = '''\
"""Keep conversations elsewhere: `PUNAI_STORE=@name@://PATH`."""

from pathlib import Path

from punai import Store, hookimpl
from punai.builtin.sqlite.store import SqliteStore


class @class_name@Store(SqliteStore):
    """It begins as PunAI's own store on SQLite. Give it your database's methods, one
    after the other, while its tests stay green; `punai.ports.Store` has them all."""

    name = "@name@"


@hookimpl
def open_store(url: str) -> Store | None:
    """The store of addresses that begin like ours; None leaves others to others."""
    scheme, _, path = url.partition("://")
    return @class_name@Store(Path(path).absolute()) if scheme == "@name@" else None
'''
