"""Escalations as tickets: Zendesk, Freshdesk, Jira Service Management, HubSpot, GitHub Issues."""

from collections.abc import Callable

from punai import EscalationHandler, hookimpl
from punai.builtin.tickets import freshdesk, github, hubspot, jira, zendesk
from punai.builtin.tickets.ticket import Tickets


@hookimpl
def register_escalation_handlers(register: Callable[[str, EscalationHandler], None]) -> None:
    """The handlers `zendesk`, `freshdesk`, `jira`, `hubspot` and `github`."""
    register("zendesk", Tickets("zendesk", zendesk.connect))
    register("freshdesk", Tickets("freshdesk", freshdesk.connect))
    register("jira", Tickets("jira", jira.connect))
    register("hubspot", Tickets("hubspot", hubspot.connect))
    register("github", Tickets("github", github.connect))
