"""Requests in Jira Service Management Cloud
(https://developer.atlassian.com/cloud/jira/service-desk/rest/intro/)."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.builtin.service import Section, Service

TEXT_LIMIT = 30_000
"""A description or comment takes 32,767 characters."""

HINTS = {
    400: "check service_desk_id, request_type_id, and that the form needs summary and description alone",
    401: "check email and api_token",
    403: "the user under email must be an agent of the service project",
    404: "check url, service_desk_id and request_type_id, and whether the request is still there",
}


def connect(section: Section, tenant: Tenant) -> "Jira":
    """Jira Service Management, as `[settings.jira]` says."""
    user = (section.text("email"), section.text("api_token"))
    service = Service("Jira", "jira", section.address("url"), auth=user, hints=HINTS)
    number = r"[0-9]{1,18}"
    desk = section.matching("service_desk_id", number, "a number, as in the address of the portal")
    kind = section.matching("request_type_id", number, "a number, as in the address of the form")
    return Jira(service, desk, kind, tenant)


@dataclass(frozen=True, slots=True)
class Jira:
    """See `TicketSystem`. Jira takes no key: its marker is looked for before a request is made."""

    service: Service
    desk: str
    kind: str
    tenant: Tenant

    def look(self) -> str:
        """What the request type is called."""
        found = self.service.get(f"/rest/servicedeskapi/servicedesk/{self.desk}/requesttype/{self.kind}")
        return f"requests of the type {handoff.one_line(str(found.get('name')), 80)}"

    def find(self, escalation: Escalation) -> str | None:
        """By its marker in the description. The index may be some seconds behind."""
        question = f'description ~ "\\"{escalation.id}\\"" ORDER BY created ASC'
        found = self.service.get("/rest/api/3/search/jql", jql=question, fields="description", maxResults="5")
        for issue in self.service.rows(found.get("issues")):
            # The search is by words: no other request may get this customer's.
            if handoff.marker(escalation) in json.dumps(issue.get("fields")):
                return self._reference(self.service.identified(issue, "key"))
        return None

    def open(self, escalation: Escalation) -> str:
        """A request in the name of the user under `email`."""
        fields = {
            "summary": handoff.subject(escalation, self.tenant, 200),
            "description": f"{self._text(escalation)}\n{handoff.marker(escalation)}",
        }
        request: dict[str, Any] = {"serviceDeskId": self.desk, "requestTypeId": self.kind}
        made = self.service.post("/rest/servicedeskapi/request", request | {"requestFieldValues": fields})
        return self._reference(self.service.identified(made, "issueKey"))

    def append(self, number: str, escalation: Escalation) -> None:
        """An internal comment."""
        comment = {"body": self._text(escalation), "public": False}
        self.service.post(f"/rest/servicedeskapi/request/{quote(number, safe='')}/comment", comment)

    def _text(self, escalation: Escalation) -> str:
        """Between marks within which Jira reads neither mentions nor macros; the text cannot end them."""
        text = handoff.plain(escalation, self.tenant, TEXT_LIMIT)
        text = re.sub(r"\{(?=\s*noformat)", "{ ", text, flags=re.IGNORECASE)
        return f"{{noformat}}\n{text}{{noformat}}"

    def _reference(self, key: str) -> str:
        return f"{key} {self.service.base}/browse/{key}"
