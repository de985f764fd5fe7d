"""Escalations by e-mail through Amazon SNS: a topic that the support staff's addresses are subscribed to."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from punai import Escalation, EscalationHandler, Tenant, hookimpl

SUBJECT_LIMIT = 100
MESSAGE_LIMIT = 256 * 1024
"""SNS takes 100 ASCII characters, and 256 KB of UTF-8."""


@hookimpl
def register_escalation_handlers(register: Callable[[str, EscalationHandler], None]) -> None:
    """The handler `sns_email`."""
    register("sns_email", send_email)


def send_email(escalation: Escalation, tenant: Tenant) -> str:
    """Publish to the topic under `[settings.sns_email] topic_arn`; the reference is SNS's message id.

    Raises:
        LookupError: no topic is set.
        botocore.exceptions.ClientError: SNS refused, or could not be reached in time.
    """
    arn = tenant.setting("sns_email", "topic_arn")
    message = body(escalation, tenant).encode()[:MESSAGE_LIMIT].decode(errors="ignore")
    answer = _client(_region(arn)).publish(TopicArn=arn, Subject=subject(escalation, tenant), Message=message)
    return str(answer["MessageId"])


def subject(escalation: Escalation, tenant: Tenant) -> str:
    """One line of printable ASCII, as SNS demands."""
    line = f"[{tenant.name}] {escalation.reason.replace('_', ' ')}: {escalation.user_id}"
    return re.sub(r"[^\x20-\x7e]+", "?", line)[:SUBJECT_LIMIT].strip() or "A customer needs a human"


def body(escalation: Escalation, tenant: Tenant) -> str:
    """Who, what, why, the conversation and a link: enough to act on without opening anything else."""
    facts = {
        "Customer": escalation.name or escalation.user_id,
        "E-mail": escalation.email,
        "User id": escalation.user_id,
        "Why": escalation.reason.replace("_", " "),
        "About": escalation.intent,
        "Since": f"{escalation.at:%Y-%m-%d %H:%M} UTC",
        "Open it": escalation.link,
        "Conversation": escalation.conversation_id,
        "Escalation": escalation.id,
    }
    head = "\n".join(f"{name}: {value}" for name, value in facts.items() if value)
    said = "\n".join(f"[{line.at:%H:%M}] {line.role}: {line.text}" for line in escalation.transcript)
    note = f"\n\nWhat came with the request:\n{escalation.note}" if escalation.note else ""
    return (
        f"A customer of {tenant.name} needs a human.\n\n{head}\n\nIn short: {escalation.summary}"
        f"\n\nThe conversation:\n{said}{note}\n"
    )


def _region(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[3] or None if len(parts) > 5 else None


@lru_cache(maxsize=8)
def _client(region: str | None) -> Any:
    # boto3 takes 80 ms to import: only those who send through SNS pay for it.
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 1})
    return boto3.client("sns", region_name=region, config=config)
