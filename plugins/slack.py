"""Post escalations to Slack: add "slack" to `escalate_to`, set `[settings.slack] webhook_url`."""

from html import escape

from punai import Escalation, Tenant, hookimpl


def post_to_slack(escalation: Escalation, tenant: Tenant) -> str:
    """The incoming webhook takes the text; Slack gives no reference back."""
    import httpx  # 40 ms that every start of a function would pay for, with Slack or without

    # Slack reads <!channel> and the like as commands: a customer's words must not be any.
    text = escape(f"*{tenant.name}*: {escalation.reason}\n{escalation.summary}", quote=False)
    url = tenant.setting("slack", "webhook_url")
    httpx.post(url, json={"text": text}, timeout=5).raise_for_status()
    return "posted"


@hookimpl
def register_escalation_handlers(register):  # type: ignore[no-untyped-def]  # kept as short as a first plugin is
    """The handler `slack`."""
    register("slack", post_to_slack)
