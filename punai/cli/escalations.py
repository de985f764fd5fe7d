"""Who asked for a human, and whether a human was told: `punai escalations`."""

import click

from punai.cli.output import print_json, print_table
from punai.cli.session import business_option, open_desk
from punai.models import Delivery, Escalation

SHOWN = ("id", "conversation_id", "user_id", "reason", "status", "at")
SHOWN_OF_DELIVERY = ("handler", "status", "attempts", "reference", "last_error")


@click.command(epilog="Example: punai escalations --json")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.option("--retry", metavar="ID", help="Make the dead deliveries of this escalation due again.")
@business_option
def escalations(as_json: bool, retry: str | None, business: str | None) -> None:
    """List the requests for a human, newest first, with how far each handler got.

    A delivery that failed too often is dead. Once what was wrong is put right, --retry gives it another go.
    """
    desk, tenant = open_desk(business)
    if retry:
        revived = desk.retry_escalation(tenant.id, retry)
        print(f"{revived} deliveries are due again" if revived else "no delivery of it is dead")
        return
    found = desk.store.escalations(tenant)
    if as_json:
        print_json([_as_json(escalation) for escalation in found], indent=2)
    elif not found:
        print("no escalations")
    else:
        print_table([("AT", "STATUS", "USER", "CONVERSATION", "REASON", "DELIVERIES"), *map(_row, found)])


def _as_json(escalation: Escalation) -> dict[str, object]:
    kept = escalation.model_dump(mode="json", include={*SHOWN})
    deliveries = [
        delivery.model_dump(mode="json", include={*SHOWN_OF_DELIVERY}) for delivery in escalation.deliveries
    ]
    return {**kept, "deliveries": deliveries}


def _row(escalation: Escalation) -> tuple[str, ...]:
    return (
        f"{escalation.at:%Y-%m-%d %H:%M:%SZ}",
        escalation.status,
        escalation.user_id,
        escalation.conversation_id,
        escalation.reason,
        ", ".join(map(_progress, escalation.deliveries)) or "none",
    )


def _progress(delivery: Delivery) -> str:
    tried = f" after {delivery.attempts} tries" if delivery.attempts > 1 else ""
    why = f" ({delivery.last_error})" if delivery.last_error and delivery.status != "delivered" else ""
    return f"{delivery.handler}: {delivery.status}{tried}{why}"
