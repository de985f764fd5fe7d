"""A small tea shop for tests: its pack, its plugins, its database and a clock, and desks opened on them."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from punai import Answer, Escalation, Inbound, Tenant, Turn, testing
from punai.bootstrap import default_tenant, read_tenants
from punai.desk import Desk
from punai.plugin_manager import PluginManager
from punai.reception import PATIENCE
from punai.settings import Settings

MODEL = "openai:gpt-4.1-mini"

TEASHOP = """
name = "Teashop"

[[intents]]
name = "order_status"
description = "where an order is"
examples = ["where is my order", "my parcel has not arrived", "track my order"]

[[intents]]
name = "opening_hours"
description = "when the shop is open"
examples = ["when are you open", "what are your opening hours", "are you open on sunday"]
reply = "We are open from nine to five, every day."

[[intents]]
name = "allergy"
description = "a bad reaction to a tea"
examples = ["I had an allergic reaction to your tea", "your tea made me ill"]
escalate = true
"""

DOCUMENTS = {
    "storage.md": "# Keeping tea fresh\n\n"
    "Green tea stays fresh for a year in a closed tin, away from light.\n",
    "delivery.md": "# Delivery times\n\n"
    "Tea is delivered within three working days, express on the next day.\n",
}

DOCUMENTED = "how long does green tea stay fresh in a tin?"
"""A question that one document answers."""

STORAGE = {"passage_id": "storage.md#keeping-tea-fresh", "quote": "Green tea stays fresh for a year"}
"""What a model cites that answers it."""

UNDOCUMENTED = "where is my order"
"""A question that is understood, and that no document answers."""

UNCLEAR = ("qwertz uiop", "asdf ghjkl", "yxcv bnm", "lkjhg fdsa")
"""Messages that mean nothing."""


class Clock:
    """A time that passes when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class House:
    """A folder of packs and plugins, and one database file, on which desks are opened."""

    def __init__(self, folder: Path) -> None:
        self.plugins = folder / "plugins"
        self.database = folder / "punai.db"
        self.clock = Clock()
        self._desks: list[Desk] = []
        self.write_pack()

    def write_pack(self, name: str = "teashop", text: str = TEASHOP, **documents: str) -> None:
        """Write a pack, or write it anew; documents as `storage="..."` for `storage.md`."""
        knowledge = self.plugins / name / "knowledge"
        knowledge.mkdir(parents=True, exist_ok=True)
        (knowledge.parent / "business.toml").write_text(text, encoding="utf-8")
        given = {f"{stem}.md": content for stem, content in documents.items()}
        for file, content in (given or DOCUMENTS).items():
            (knowledge / file).write_text(content, encoding="utf-8")

    def write_plugin(self, name: str, code: str) -> None:
        """Write a plugin for every pack; what it needs of punai and of the standard library is imported."""
        imports = "import time\nfrom punai import Intent, IntentMatch, Passage, hookimpl\n"
        (self.plugins / f"{name}.py").write_text(f"{imports}\n{code}", encoding="utf-8")

    def plugin(self, name: str) -> ModuleType:
        """A plugin as the desk that was opened last loaded it."""
        return sys.modules[f"punai_plugins.{name}"]

    def settings(self, **settings: Any) -> Settings:
        """The settings of this house, some of them set otherwise."""
        usual = {"store": f"sqlite:///{self.database}", "plugins": self.plugins, "model": "local"}
        return Settings(**{**usual, **settings})

    def open(self, *, patience: float = PATIENCE, **settings: Any) -> Desk:
        """A desk as `punai.bootstrap.open_desk` makes it, but on this house's clock."""
        chosen = self.settings(**settings)
        tenants = read_tenants(chosen)
        plugins = PluginManager(chosen.plugins, packs=tenants)
        desk = Desk(
            plugins.open_store(chosen.store),
            plugins,
            {name: plugins.business(tenant) for name, tenant in tenants.items()},
            default_tenant(chosen, tenants),
            clock=self.clock,
            patience=patience,
        )
        self._desks.append(desk)
        return desk

    def close(self) -> None:
        """Close every desk's store."""
        for desk in self._desks:
            desk.store.close()


def say(desk: Desk, text: str, *, user_id: str = "ada", **inbound: Any) -> Answer:
    """A customer's message, in the conversation `c` unless told otherwise: its answer."""
    return answer_of(send(desk, text, user_id=user_id, **inbound))


def send(desk: Desk, text: str, *, user_id: str = "ada", human: bool = False, **inbound: Any) -> Turn:
    """The same, the whole turn."""
    named = {"conversation_id": "c", **inbound}
    return desk.receive(desk.default_tenant, Inbound(user_id=user_id, text=text, **named), human=human)


def answer_of(turn: Turn | None) -> Answer:
    """The answer in a turn that has one."""
    assert turn is not None
    assert turn.answer is not None
    return turn.answer


def tenant_of(desk: Desk) -> Tenant:
    """The default business."""
    return desk.tenants[desk.default_tenant]


def status_of(desk: Desk, conversation_id: str = "c") -> str:
    """The status that the store holds."""
    found = desk.store.conversation(tenant_of(desk), conversation_id, history=0)
    assert found is not None
    return found.status


def turns_of(desk: Desk, conversation_id: str = "c") -> tuple[Turn, ...]:
    """The turns that the store holds."""
    found = desk.store.conversation(tenant_of(desk), conversation_id, history=100)
    return found.turns if found else ()


def escalations_of(desk: Desk) -> list[Escalation]:
    """The escalations of the default business, newest first."""
    return list(desk.store.escalations(tenant_of(desk)))


def proposal(reply: str = "Which tea is it about?", **fields: Any) -> dict[str, Any]:
    """What a good model answers: by default a question, which needs no passage to rest on."""
    return testing.proposal(reply, **fields)
