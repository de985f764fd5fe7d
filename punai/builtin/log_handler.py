"""Escalations into the log, for a start and for tests: who and why, never what was said."""

import logging
from collections.abc import Callable

from punai import Escalation, EscalationHandler, Tenant, hookimpl

log = logging.getLogger("punai.escalations")


@hookimpl
def register_escalation_handlers(register: Callable[[str, EscalationHandler], None]) -> None:
    """The handler `log`."""
    register("log", write_to_log)


def write_to_log(escalation: Escalation, tenant: Tenant) -> str:
    """One line at WARNING, so that it is seen at every log level but ERROR; at INFO where there is more."""
    fields = {
        "tenant": tenant.id,
        "escalation_id": escalation.id,
        "conversation_id": escalation.conversation_id,
        "reason": escalation.reason,
    }
    if escalation.reference:
        log.info("there is more from a customer who needs a human", extra={"fields": fields})
    else:
        log.warning("a customer needs a human", extra={"fields": fields})
    return f"log:{escalation.id}"
