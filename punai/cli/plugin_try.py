"""One real escalation, to see whether a handler is set up: `punai plugin try`."""

from datetime import UTC, datetime
from uuid import uuid4

import click

from punai.cli.output import printable
from punai.cli.session import business_option, open_desk
from punai.models import Escalation, Line
from punai.ports import PunaiError
from punai.tenant import Tenant

SAMPLE = "This is a sample, sent by `punai plugin try`: no customer is waiting."


@click.command("try", epilog="Example: punai plugin try sns_email --escalation sample")
@click.argument("name")
@click.option(
    "--escalation", type=click.Choice(["sample"]), default="sample", show_default=True, help="What to send."
)
@business_option
def try_(name: str, escalation: str, business: str | None) -> None:
    """Send one real escalation, marked as a sample, through the handler NAME of the business.

    It prints the reference that the handler returns: whoever is told must have got it. Nothing is stored.
    """
    from punai.deadline import call_within
    from punai.outbox import HANDLER_SECONDS, described

    desk, tenant = open_desk(business, in_memory=True)
    chosen = desk.plugins.business(tenant)
    if name not in chosen.handlers:
        there = ", ".join(sorted(chosen.handlers))
        raise click.BadParameter(f"{tenant.id} has no handler {name!r}, but: {there}.", param_hint="'NAME'")
    sent = sample(chosen.tenant)
    try:
        reference = call_within(HANDLER_SECONDS, chosen.handlers[name], sent, chosen.tenant)
    except Exception as error:
        why = str(error.args[0]) if isinstance(error, LookupError) and error.args else described(error)
        raise PunaiError(f"{name} did not take the sample {sent.id}: {why}") from error
    click.echo(printable(f"{name} took the sample {sent.id}: {reference or 'it gives no reference'}"))


def sample(tenant: Tenant) -> Escalation:
    """An escalation of nobody, as anybody can see; each time another one."""
    id, now = f"esc_sample_{uuid4().hex}", datetime.now(UTC)
    link = tenant.setting("punai", "link", "").replace("{conversation_id}", f"{id}_conversation")
    said = (
        Line(role="customer", text=SAMPLE, at=now),
        Line(role="assistant", text=tenant.texts.handoff, at=now),
    )
    return Escalation(
        id=id,
        conversation_id=f"{id}_conversation",
        user_id="sample-customer",
        reason="sample",
        at=now,
        name="Sample Customer",
        email="sample@example.com",
        note=SAMPLE,
        summary=SAMPLE,
        transcript=said,
        news=said,
        link=link or None,
    )
