"""Tickets in Zendesk Support (https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.builtin.service import Section, Service, ServiceError

COMMENT_LIMIT = 60_000
"""A comment takes 64 kB."""

HINTS = {
    401: "check email and api_token, and that token access is on in the Admin Center",
    403: "the user under email must be an agent who may see and make tickets",
    404: "check url, as in NAME.zendesk.com, and whether the ticket is still there",
    422: "check the required fields of tickets",
}


def connect(section: Section, tenant: Tenant) -> "Zendesk":
    """Zendesk, as `[settings.zendesk]` says."""
    user = (f"{section.text('email')}/token", section.text("api_token"))
    base = section.address("url")
    return Zendesk(Service("Zendesk", "zendesk", base, auth=user, hints=HINTS), tenant)


@dataclass(frozen=True, slots=True)
class Zendesk:
    """See `TicketSystem`. The escalation's id is the ticket's external id, and the key of its creation."""

    service: Service
    tenant: Tenant

    def look(self) -> str:
        """Who the user is."""
        [user] = self.service.rows([self.service.get("/api/v2/users/me.json").get("user")])
        if user.get("role") not in ("agent", "admin"):
            raise self.service.error(
                "knows the user under email as no agent; set another email and api_token"
            )
        return f"as {user.get('role')}"

    def find(self, escalation: Escalation) -> str | None:
        """By external id: unlike a search, this list is up to date."""
        found = self.service.get("/api/v2/tickets.json", external_id=escalation.id).get("tickets")
        # A place that does not know the parameter would list every ticket.
        own = [each for each in self.service.rows(found) if each.get("external_id") == escalation.id]
        return self._reference(own[0]) if own else None

    def open(self, escalation: Escalation) -> str:
        """A ticket whose first comment is internal, so that the customer gets no e-mail of it."""
        body = handoff.html(escalation, self.tenant, COMMENT_LIMIT)
        ticket: dict[str, Any] = {
            "subject": handoff.subject(escalation, self.tenant, 150),
            "comment": {"html_body": body, "public": False},
            "external_id": escalation.id,
            "tags": ["punai"],
        }
        if address := handoff.customers_address(escalation):
            name = handoff.one_line(escalation.name or address, 100)
            ticket["requester"] = {"name": name, "email": address}
        made = self.service.post(
            "/api/v2/tickets.json", {"ticket": ticket}, **{"Idempotency-Key": escalation.id}
        )
        return self._reference(made.get("ticket"))

    def append(self, number: str, escalation: Escalation) -> None:
        """An internal comment. A ticket that is closed takes none, and counts as gone."""
        path = f"/api/v2/tickets/{quote(number, safe='')}.json"
        body = handoff.html(escalation, self.tenant, COMMENT_LIMIT)
        update = {"ticket": {"comment": {"html_body": body, "public": False}}}
        try:
            self.service.call("PUT", path, json=update)
        except ServiceError as error:
            if error.status != 422:
                raise
            [ticket] = self.service.rows([self.service.get(path).get("ticket")])
            if ticket.get("status") != "closed":
                raise
            raise self.service.error("has closed the ticket", status=410) from None

    def _reference(self, ticket: Any) -> str:
        number = self.service.identified(ticket, "id")
        return f"{number} {self.service.base}/agent/tickets/{number}"
