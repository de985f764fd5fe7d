"""Escalations by e-mail through Amazon SES: HTML and text, to as many addresses as one likes."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from punai import Escalation, EscalationHandler, Tenant, hookimpl
from punai.builtin import handoff
from punai.builtin.service import Section, ServiceError, refused_by_aws

SUBJECT_LIMIT = 200
BODY_LIMIT = 90_000
"""Mail programs cut off a message of more than about 100 kB."""
MOST_RECIPIENTS = 50
"""Of one message, by SES's quotas."""

REFUSALS = {
    "AccountSuspendedException": "has suspended sending for the account: see to it in the SES console",
    "AccessDeniedException": "does not allow it: allow ses:SendEmail on the identity of the sender",
    "BadRequestException": "does not take the message: check from and to under [settings.ses_email]",
    "ExpiredTokenException": "says that the credentials have expired",
    "InvalidClientTokenId": "refuses the credentials",
    "LimitExceededException": "says that the sending quota is used up: ask AWS for a higher one",
    "MailFromDomainNotVerifiedException": "says that the MAIL FROM domain of the sender is not verified",
    "MessageRejected": "rejects the message: verify the sender and, in the sandbox, the recipients too",
    "NotFoundException": "knows no such identity or configuration set: check [settings.ses_email]",
    "SendingPausedException": "has paused sending: see to it in the SES console",
    "SignatureDoesNotMatch": "refuses the credentials",
    "TooManyRequestsException": "is asked too often; it is asked again later",
    "UnrecognizedClientException": "refuses the credentials",
}
"""What SES's error codes mean for who set it up."""


@hookimpl
def register_escalation_handlers(register: Callable[[str, EscalationHandler], None]) -> None:
    """The handler `ses_email`."""
    register("ses_email", Email())


class Email:
    """The handler: one e-mail for each escalation, and one for each addition to it."""

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """Send it; the reference is SES's message id. It takes no key: a repeated attempt sends twice.

        Raises:
            LookupError: a setting is missing or wrong.
            ServiceError: SES refused, or could not be reached in time.
        """
        envelope = _envelope(Section(tenant, "ses_email"))
        content = {
            "Subject": _text(handoff.subject_again(escalation, tenant, SUBJECT_LIMIT)),
            "Body": {
                "Text": _text(handoff.plain(escalation, tenant, BODY_LIMIT)),
                "Html": _text(handoff.html(escalation, tenant, BODY_LIMIT)),
            },
        }
        if customer := handoff.customers_address(escalation):
            envelope["ReplyToAddresses"] = [customer]
        sent = _asked("send_email", tenant, Content={"Simple": content}, **envelope)
        if "MessageId" not in sent:
            raise ServiceError(
                "SES gave an answer that cannot be read; check the endpoint that is set for AWS"
            )
        return str(sent["MessageId"])

    def configured(self, tenant: Tenant) -> None:
        """Whether sender and recipients are there. See `punai.ports.Configurable`."""
        _envelope(Section(tenant, "ses_email", follow=False))

    def check(self, tenant: Tenant) -> str:
        """Whether SES may send, and to how many.

        Raises:
            LookupError: it may not, or a setting is missing.
            ServiceError: it does not say.
        """
        envelope = _envelope(Section(tenant, "ses_email"))
        account = _asked("get_account", tenant)
        if not account.get("SendingEnabled", True):
            raise LookupError("SES has paused sending for this account: see to it in the SES console")
        sandbox = (
            ""
            if account.get("ProductionAccessEnabled", True)
            else ", in the sandbox: verified addresses alone"
        )
        return f"to {len(envelope['Destination']['ToAddresses'])} addresses{sandbox}"


def _envelope(section: Section) -> dict[str, Any]:
    """Who sends to whom, as `send_email` takes it."""
    sender = section.text("from")
    recipients = section.several("to")
    for key, addresses in (("from", [sender] if sender else []), ("to", recipients)):
        for address in addresses:
            if not re.fullmatch(r"(?:[^<>,\x00-\x1f]*<)?[^\s<>,@]+@[^\s<>,@]+>?", address):
                raise section.wrong(key, "is no e-mail address; several stand with commas in between")
    if len(recipients) > MOST_RECIPIENTS:
        raise section.wrong("to", f"has {len(recipients)} addresses; SES takes {MOST_RECIPIENTS}")
    envelope: dict[str, Any] = {"FromEmailAddress": sender, "Destination": {"ToAddresses": recipients}}
    if configuration := section.text("configuration_set", ""):
        envelope["ConfigurationSetName"] = configuration
    return envelope


def _text(data: str) -> dict[str, str]:
    return {"Data": data, "Charset": "UTF-8"}


def _asked(operation: str, tenant: Tenant, **request: Any) -> Any:
    """What SES answers.

    Raises:
        ServiceError: it refused, or could not be reached in time.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = _client(Section(tenant, "ses_email").text("region", "") or None)
        return getattr(client, operation)(**request)
    except (ClientError, BotoCoreError, ValueError) as error:
        raise refused_by_aws("SES", error, REFUSALS) from None


@lru_cache(maxsize=8)
def _client(region: str | None) -> Any:
    # boto3 takes 80 ms to import: only those who send through SES pay for it.
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 1})
    return boto3.client("sesv2", region_name=region, config=config)
