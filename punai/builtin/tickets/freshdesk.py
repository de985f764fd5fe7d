"""Tickets in Freshdesk (https://developers.freshdesk.com/api/)."""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.builtin.service import Section, Service

BODY_LIMIT = 60_000
OPEN, LOW = 2, 1
"""Status and priority, as Freshdesk numbers them."""
TAG_LIMIT = 32

HINTS = {
    400: "check the fields that tickets require; the handler fills in none of a business's own",
    401: "check api_key: it stands in the profile settings of the agent",
    403: "the agent of the api_key must be allowed to make tickets and notes",
    404: "check url, as in NAME.freshdesk.com, and whether the ticket is still there",
}


def connect(section: Section, tenant: Tenant) -> "Freshdesk":
    """Freshdesk, as `[settings.freshdesk]` says."""
    key = (section.text("api_key"), "X")  # the key stands for name and password
    return Freshdesk(Service("Freshdesk", "freshdesk", section.address("url"), auth=key, hints=HINTS), tenant)


@dataclass(frozen=True, slots=True)
class Freshdesk:
    """See `TicketSystem`. Freshdesk takes no key: a tag is looked for before a ticket is made."""

    service: Service
    tenant: Tenant

    def look(self) -> str:
        """Who the agent is."""
        self.service.get("/api/v2/agents/me")
        return "the api_key is an agent's"

    def find(self, escalation: Escalation) -> str | None:
        """By its tag. The index of tags may be minutes behind."""
        found = self.service.get("/api/v2/search/tickets", query=f"\"tag:'{_tag(escalation)}'\"")
        rows = self.service.rows(found.get("results"))
        results = [each for each in rows if _tag(escalation) in (each.get("tags") or ())]
        return self._reference(results[0]) if results else None

    def open(self, escalation: Escalation) -> str:
        """A ticket of the customer's, known by e-mail address or by the id that the business gave them."""
        ticket: dict[str, Any] = {
            "subject": handoff.subject(escalation, self.tenant, 200),
            "description": handoff.html(escalation, self.tenant, BODY_LIMIT),
            "status": OPEN,
            "priority": LOW,
            "tags": [_tag(escalation)],
            "name": handoff.one_line(escalation.name or escalation.user_id, 100),
        }
        if address := handoff.customers_address(escalation):
            ticket["email"] = address
        else:
            ticket["unique_external_id"] = escalation.user_id
        return self._reference(self.service.post("/api/v2/tickets", ticket))

    def append(self, number: str, escalation: Escalation) -> None:
        """A private note."""
        note = {"body": handoff.html(escalation, self.tenant, BODY_LIMIT), "private": True}
        self.service.post(f"/api/v2/tickets/{quote(number, safe='')}/notes", note)

    def _reference(self, ticket: dict[str, Any]) -> str:
        number = self.service.identified(ticket, "id")
        return f"{number} {self.service.base}/a/tickets/{number}"


def _tag(escalation: Escalation) -> str:
    """The marker, as long as a tag may be."""
    return f"punai:{hashlib.sha256(escalation.id.encode()).hexdigest()}"[:TAG_LIMIT]
