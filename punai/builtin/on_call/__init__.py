"""Escalations to who is on call: PagerDuty and Opsgenie, for what cannot wait for office hours."""

from collections.abc import Callable

from punai import EscalationHandler, hookimpl
from punai.builtin.on_call.opsgenie import Opsgenie
from punai.builtin.on_call.pagerduty import PagerDuty


@hookimpl
def register_escalation_handlers(register: Callable[[str, EscalationHandler], None]) -> None:
    """The handlers `pagerduty` and `opsgenie`."""
    register("pagerduty", PagerDuty())
    register("opsgenie", Opsgenie())
