"""Services that take escalations, and fail as their dice say."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from punai import Escalation, Tenant
from punai.desk import Desk
from tests.house import TEASHOP, Clock, House

ODDS = {
    "refused": 30.0,
    "put off": 15.0,  # with Retry-After
    "hung": 0.4,
    "took it and failed": 5.0,
    "took it and hung": 0.4,
    "took it and died": 5.0,  # before that could be recorded
    "took it": 44.2,
}
"""What happens, in a hundred calls."""
MOST_FAILURES = 8
"""In a row; then it goes well, so that nothing is given up."""

PLUGIN = """
handlers = {}

@hookimpl
def register_escalation_handlers(register):
    for name in NAMES:
        register(name, lambda escalation, tenant, name=name: handlers[name](escalation, tenant))
"""


def open_with(house: House, handlers: Mapping[str, Callable[..., str]], **settings: Any) -> Desk:
    """A desk whose business escalates to all of these."""
    names = list(handlers)
    house.write_pack(text=f"escalate_to = {names}\n{TEASHOP}".replace("'", '"'))
    house.write_plugin("handlers", f"NAMES = {names}\n{PLUGIN}")
    desk = house.open(**settings)
    house.plugin("handlers").handlers.update(handlers)
    return desk


class Sink:
    """A ticket system. One that honours keys opens one ticket for each escalation id, others one a call."""

    def __init__(self, name: str, clock: Clock, *, honours_keys: bool) -> None:
        self.tickets: list[str] = []
        self.calls: Counter[str] = Counter()
        """How often each thing happened."""
        self.too_early: list[str] = []
        self.dying: set[str] = set()
        """Escalations whose delivery is not to be recorded."""
        self.over = threading.Event()
        self._name, self._clock, self._honours_keys = name, clock, honours_keys
        self._attempts: Counter[str] = Counter()
        self._not_before: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """An escalation handler."""
        with self._lock:
            what = self._happens_to(escalation)
            self.calls[what] += 1
            if what.startswith("took"):
                self._take(escalation.id)
            if what == "took it and died":
                self.dying.add(escalation.id)
            if self._clock() < self._not_before.get(escalation.id, self._clock()):
                self.too_early.append(escalation.id)
        if what.endswith("hung"):
            self.over.wait(60)
        elif what == "put off":
            raise self._busy(escalation)
        elif what in ("refused", "took it and failed"):
            raise ConnectionError("the connection was cut")
        return f"ticket-{escalation.id}"

    def _happens_to(self, escalation: Escalation) -> str:
        """The same for the same attempt, in whatever order threads come."""
        attempt = self._attempts[escalation.id]
        self._attempts[escalation.id] += 1
        if attempt >= MOST_FAILURES:
            return "took it"
        dice = random.Random(f"{self._name}/{escalation.conversation_id}/{attempt}")
        [what] = dice.choices(list(ODDS), list(ODDS.values()))
        return what

    def _take(self, key: str) -> None:
        if not (self._honours_keys and key in self.tickets):
            self.tickets.append(key)

    def _busy(self, escalation: Escalation) -> Exception:
        seconds = random.Random(escalation.conversation_id).randrange(60, 3600)
        self._not_before[escalation.id] = self._clock.now + timedelta(seconds=seconds)
        request = httpx.Request("POST", "https://tickets.example.org")
        response = httpx.Response(429, headers={"Retry-After": str(seconds)}, request=request)
        return httpx.HTTPStatusError("429", request=request, response=response)
