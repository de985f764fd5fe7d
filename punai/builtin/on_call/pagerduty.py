"""Alerts to PagerDuty, Events API v2 (https://developer.pagerduty.com/docs/events-api-v2-overview)."""

from typing import Any

from punai import Escalation, Tenant
from punai.builtin import handoff
from punai.builtin.service import Section, Service

API = "https://events.pagerduty.com"
SUMMARY_LIMIT = 1024
TEXT_LIMIT = 100_000
"""An event takes 512 kB."""
SEVERITIES = "critical|error|warning|info"

HINTS = {
    400: "check routing_key: the integration key of an Events API v2 integration",
    404: "check url; for an account in Europe it is events.eu.pagerduty.com",
}


class PagerDuty:
    """The handler. The escalation's id is the key by which PagerDuty keeps one alert of it."""

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """Raise the alert, or bring it up to date; the reference is its key.

        Raises:
            LookupError: a setting is missing or wrong.
            ServiceError: PagerDuty did not take it.
        """
        service, key, severity = _settings(Section(tenant, "pagerduty"))
        given = service.post("/v2/enqueue", event(escalation, tenant, severity) | {"routing_key": key})
        if given.get("status") != "success":
            raise service.error("did not take the event; check that its address is right")
        return escalation.id

    def configured(self, tenant: Tenant) -> None:
        """Whether there is a key. See `punai.ports.Configurable`."""
        _settings(Section(tenant, "pagerduty", follow=False))


def event(escalation: Escalation, tenant: Tenant, severity: str) -> dict[str, Any]:
    """The event, but for its routing key."""
    told = {**handoff.facts(escalation), "Conversation so far": handoff.plain(escalation, tenant, TEXT_LIMIT)}
    begun: dict[str, Any] = {
        "event_action": "trigger",
        "dedup_key": escalation.id,
        "payload": {
            "summary": handoff.subject(escalation, tenant, SUMMARY_LIMIT),
            "source": f"punai:{tenant.id}",
            "severity": severity,
            "timestamp": escalation.at.isoformat(),
            "class": handoff.one_line(escalation.reason, 100),
            "component": handoff.one_line(escalation.intent, 100),
            "custom_details": told,
        },
    }
    if escalation.link and escalation.link.startswith(("https://", "http://")):
        begun["links"] = [{"href": escalation.link, "text": "The conversation"}]
    return begun


def _settings(section: Section) -> tuple[Service, str, str]:
    service = Service("PagerDuty", "pagerduty", section.address("url", API), hints=HINTS)
    key = section.matching("routing_key", r"[A-Za-z0-9]{32}", "an integration key of 32 letters and digits")
    severity = section.matching("severity", SEVERITIES, SEVERITIES.replace("|", ", "), "critical")
    return service, key, severity
