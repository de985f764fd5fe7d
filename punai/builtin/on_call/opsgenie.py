"""Alerts to Opsgenie (https://docs.opsgenie.com/docs/alert-api). Atlassian ends Opsgenie in April 2027."""

from typing import Any
from urllib.parse import quote

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.builtin.service import Section, Service, ServiceError

API = "https://api.opsgenie.com"
MESSAGE_LIMIT, DESCRIPTION_LIMIT, NOTE_LIMIT = 130, 15_000, 25_000

HINTS = {
    401: "check api_key: that of an API integration",
    403: "the API integration must be on, and allowed to create and update",
    404: "check url; for an account in Europe it is api.eu.opsgenie.com",
    422: "check priority, and that the API integration is on",
}


class Opsgenie:
    """The handler. The escalation's id is the alert's alias, by which Opsgenie keeps one of it."""

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """Raise the alert, or add a note to it; the reference is its alias.

        Raises:
            LookupError: a setting is missing or wrong.
            ServiceError: Opsgenie did not take it.
        """
        service, priority = _settings(Section(tenant, "opsgenie"))
        if escalation.reference:
            note = {
                "note": handoff.plain(handoff.addition(escalation), tenant, NOTE_LIMIT),
                "source": "punai",
            }
            try:
                service.post(f"/v2/alerts/{quote(escalation.id, safe='')}/notes?identifierType=alias", note)
                return escalation.id
            except ServiceError as error:
                if error.status != 404:
                    raise
        service.post("/v2/alerts", alert(escalation, tenant, priority))
        return escalation.id

    def configured(self, tenant: Tenant) -> None:
        """Whether there is a key. See `punai.ports.Configurable`."""
        _settings(Section(tenant, "opsgenie", follow=False))


def alert(escalation: Escalation, tenant: Tenant, priority: str) -> dict[str, Any]:
    """The alert."""
    return {
        "message": handoff.subject(escalation, tenant, MESSAGE_LIMIT),
        "alias": escalation.id,
        "description": handoff.plain(escalation, tenant, DESCRIPTION_LIMIT),
        "details": {label: handoff.cut(value, 500) for label, value in handoff.facts(escalation).items()},
        "tags": ["punai"],
        "source": "punai",
        "entity": handoff.one_line(escalation.conversation_id, 512),
        "priority": priority,
    }


def _settings(section: Section) -> tuple[Service, str]:
    key = section.matching("api_key", r"[\x21-\x7e]+", "the key of an API integration")
    headers = {"Authorization": f"GenieKey {key}"}
    service = Service("Opsgenie", "opsgenie", section.address("url", API), headers=headers, hints=HINTS)
    return service, section.matching("priority", "P[1-5]", "P1 to P5", "P1")
