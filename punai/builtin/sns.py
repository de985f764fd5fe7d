"""Escalations by e-mail through Amazon SNS: a topic that the support staff's addresses are subscribed to."""

import logging
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from punai import Escalation, EscalationHandler, Tenant, hookimpl
from punai.builtin import handoff
from punai.builtin.service import Section, ServiceError, refused_by_aws

log = logging.getLogger("punai.sns")

ARN = r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}"
SUBJECT_LIMIT = 100
MESSAGE_LIMIT = 256 * 1024
"""SNS takes 100 ASCII characters, and 256 KB of UTF-8."""


REFUSALS = {
    "NotFound": "knows no such topic; punai provision makes it",
    "AuthorizationError": "denies access: allow sns:Publish, for punai doctor sns:ListSubscriptionsByTopic",
    "InvalidParameter": "does not take topic_arn for the ARN of a topic",
    "InvalidClientTokenId": "refuses the credentials",
    "ExpiredToken": "says that the credentials have expired",
}
"""What SNS's error codes mean for who set it up."""


@hookimpl
def register_escalation_handlers(register: Callable[[str, EscalationHandler], None]) -> None:
    """The handler `sns_email`."""
    register("sns_email", EmailByTopic())


class EmailByTopic:
    """The handler, which can say whether its topic is there. See `punai.ports.Checkable`."""

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """Send the e-mail."""
        return send_email(escalation, tenant)

    def configured(self, tenant: Tenant) -> None:
        """Whether the topic is one. See `punai.ports.Configurable`.

        One that is missing is told and stops nothing: `punai provision` makes it for a pack that is there.
        """
        section = Section(tenant, "sns_email", follow=False)
        if section.has("topic_arn"):
            section.matching("topic_arn", ARN, "the ARN of a topic of SNS")
        else:
            log.warning("the handler sns_email has no topic", extra={"fields": {"tenant": tenant.id}})

    def check(self, tenant: Tenant) -> str:
        """How many addresses get the e-mails.

        Raises:
            LookupError: no topic is set, it is not there, or nobody gets them.
        """
        arn = tenant.setting("sns_email", "topic_arn")
        try:
            found = _asked(arn, "list_subscriptions_by_topic", TopicArn=arn)["Subscriptions"]
        except ServiceError as error:
            raise LookupError(f"{arn}: {error}") from None
        confirmed = sum(each["SubscriptionArn"].startswith("arn:") for each in found)
        if not confirmed:
            fix = f"{len(found)} must follow the link in the e-mail from AWS" if found else "subscribe one"
            raise LookupError(f"no address gets the e-mails of {arn}: {fix}")
        return f"{confirmed} subscribed to {arn.rpartition(':')[2]}"


def send_email(escalation: Escalation, tenant: Tenant) -> str:
    """Publish to the topic under `[settings.sns_email] topic_arn`; the reference is SNS's message id.

    Raises:
        LookupError: no topic is set.
        ServiceError: SNS refused, or could not be reached in time.
    """
    arn = tenant.setting("sns_email", "topic_arn")
    message = handoff.plain(escalation, tenant, MESSAGE_LIMIT)
    told = {"TopicArn": arn, "Subject": subject(escalation, tenant), "Message": message}
    return str(_asked(arn, "publish", **told)["MessageId"])


def subject(escalation: Escalation, tenant: Tenant) -> str:
    """One line of printable ASCII, as SNS demands."""
    again = "Re: " if escalation.reference else ""
    line = f"{again}[{tenant.name}] {escalation.reason.replace('_', ' ')}: {escalation.user_id}"
    return re.sub(r"[^\x20-\x7e]+", "?", line)[:SUBJECT_LIMIT].strip() or "A customer needs a human"


def _asked(arn: str, operation: str, **request: Any) -> Any:
    """What SNS answers.

    Raises:
        ServiceError: it refused, or could not be reached in time.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return getattr(_client(_region(arn)), operation)(**request)
    except (ClientError, BotoCoreError, ValueError) as error:
        raise refused_by_aws("SNS", error, REFUSALS) from None


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
