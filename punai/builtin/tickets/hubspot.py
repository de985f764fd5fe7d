"""Tickets in HubSpot (https://developers.hubspot.com/docs/api-reference/crm-tickets-v3/guide)."""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.builtin.service import Section, Service

API = "https://api.hubapi.com"
TEXT_LIMIT = 60_000
"""A property, or a note, takes 65,536 characters."""
NOTE_TO_TICKET = 228
"""The type of the association, by HubSpot's own numbers."""
TICKETS = "0-5"
"""The type of tickets in addresses."""

HINTS = {
    400: "check pipeline and stage: their internal ids stand in the settings of the pipeline",
    401: "check access_token: the private app may be gone",
    403: "the private app needs the scopes tickets and crm.objects.contacts.write",
    404: "check access_token and whether the ticket is still there",
}


def connect(section: Section, tenant: Tenant) -> "HubSpot":
    """HubSpot, as `[settings.hubspot]` says."""
    token = section.matching("access_token", r"[\x21-\x7e]+", "the access token of a private app")
    headers = {"Authorization": f"Bearer {token}"}
    service = Service("HubSpot", "hubspot", section.address("url", API), headers=headers, hints=HINTS)
    stage = section.text("stage", "1")  # "New" of the pipeline that every account has
    portal = section.matching("portal_id", r"[0-9]{0,18}", "the number of the account", "")
    return HubSpot(service, section.text("pipeline", "0"), stage, portal, tenant)


@dataclass(frozen=True, slots=True)
class HubSpot:
    """See `TicketSystem`. HubSpot takes no key: its marker is looked for before a ticket is made."""

    service: Service
    pipeline: str
    stage: str
    portal: str
    tenant: Tenant

    def look(self) -> str:
        """Whether pipeline and stage are there."""
        found = self.service.get(f"/crm/v3/pipelines/tickets/{quote(self.pipeline, safe='')}/stages")
        if self.stage not in [each.get("id") for each in self.service.rows(found.get("results"))]:
            raise self.service.error(
                "knows no such stage in the pipeline: check stage under [settings.hubspot]"
            )
        return "pipeline and stage are there"

    def find(self, escalation: Escalation) -> str | None:
        """By its marker in the text. The index may be some seconds behind."""
        wanted = {"propertyName": "content", "operator": "CONTAINS_TOKEN", "value": escalation.id}
        search = {"filterGroups": [{"filters": [wanted]}], "properties": ["content"], "limit": 5}
        found = self.service.post("/crm/v3/objects/tickets/search", search)
        for ticket in self.service.rows(found.get("results")):
            # The search is by words: no other ticket may get this customer's.
            if handoff.marker(escalation) in str(ticket.get("properties")):
                return self._reference(ticket)
        return None

    def open(self, escalation: Escalation) -> str:
        """A ticket in the pipeline's stage."""
        text = handoff.plain(escalation, self.tenant, TEXT_LIMIT)
        properties = {
            "subject": handoff.subject(escalation, self.tenant, 200),
            "content": f"{text}\n{handoff.marker(escalation)}",
            "hs_pipeline": self.pipeline,
            "hs_pipeline_stage": self.stage,
        }
        return self._reference(self.service.post("/crm/v3/objects/tickets", {"properties": properties}))

    def append(self, number: str, escalation: Escalation) -> None:
        """A note on the ticket."""
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": NOTE_TO_TICKET}
        note = {
            "properties": {
                "hs_timestamp": str(int(time.time() * 1000)),
                "hs_note_body": handoff.html(escalation, self.tenant, TEXT_LIMIT),
            },
            "associations": [{"to": {"id": number}, "types": [kind]}],
        }
        self.service.post("/crm/v3/objects/notes", note)

    def _reference(self, ticket: dict[str, Any]) -> str:
        number = self.service.identified(ticket, "id")
        if not self.portal:
            return number
        return f"{number} https://app.hubspot.com/contacts/{self.portal}/record/{TICKETS}/{number}"
