"""Deliver as soon as the table's stream says that there is something to deliver."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from punai.desk import Desk
from punai.logs import log
from punai.ports import ConfigurationError


@runtime_checkable
class ChangeStream(Protocol):
    """A store whose changes arrive as events, as those of a DynamoDB table do."""

    def tenant_of(self, keys: Mapping[str, Any]) -> str | None:
        """The id of the tenant whose escalations have these keys, in the notation of the event; None for the
        keys of something else.

        Raises:
            ValueError: they are no keys of this store.
        """


def deliver_changed(desk: Desk, records: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Attempt what is due for the tenants of whose escalations a DynamoDB stream batch (`Records`) tells.

    A record is a nudge and no more: what is due is claimed from the store, as the schedule does, so a record
    that comes twice or late does no harm.

    Returns:
        Lambda's partial batch response: the records to send again. A handler that fails is not among them,
        as the store keeps its retries; a store that fails is, and a record of no known tenant, which thus
        ends where somebody sees it.

    Raises:
        ConfigurationError: the store has no stream.
    """
    if not isinstance(desk.store, ChangeStream):
        raise ConfigurationError(f"PUNAI_STORE: {desk.store.name} has no stream; use dynamodb://TABLE")
    failed = []
    for record in records:
        try:
            tenant = desk.store.tenant_of(record["dynamodb"]["Keys"])
            if tenant is not None:
                desk.deliver_due(tenant=tenant)
        except Exception:
            number = record.get("dynamodb", {}).get("SequenceNumber")
            log.exception("a stream record failed", extra={"fields": {"sequence_number": number}})
            failed.append({"itemIdentifier": number})
    return {"batchItemFailures": failed}
