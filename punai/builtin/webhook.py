"""The channel `webhook` and the handler `webhook`: a business's own back end, or an automation service.

The channel passes an agent's words on to the shop's app, WhatsApp or SMS gateway: messages that come in with
`"channel": "webhook"` get them there. The handler posts escalations, signed as Standard Webhooks says
(https://www.standardwebhooks.com), to `[settings.webhook] escalation_url`, or to `url` where that is not set.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from punai import Channel, Escalation, EscalationHandler, Tenant, Turn, hookimpl
from punai.builtin.handoff import NOTE_SHARE, clean, cut, newest, size
from punai.builtin.service import Section, Service
from punai.models import ASKED_FOR, Line

SECONDS = 5.0
BODY_LIMIT = 200_000
SHORTEST_KEY = 24
"""Bytes of a secret, as the specification asks for; 64 at most."""


class Webhook:
    """Posts an agent's words as JSON."""

    def send(self, turn: Turn, tenant: Tenant) -> None:
        """POST the words; any answer but 2xx counts as not arrived.

        Raises:
            LookupError: no address is set.
            httpx.HTTPError: it did not arrive.
        """
        import httpx  # 30 ms that every command would pay for, with a webhook or without

        words = turn.answer.reply if turn.answer else ""
        event = {
            "user_id": turn.user_id,
            "conversation_id": turn.conversation_id,
            "message_id": turn.message_id,
            "reply": words,
        }
        httpx.post(tenant.setting("webhook", "url"), json=event, timeout=SECONDS).raise_for_status()

    def configured(self, tenant: Tenant) -> None:
        """Whether there is an address, unless the section is the handler's alone. See `Configurable`."""
        section = Section(tenant, "webhook", follow=False)
        if section.has("url") or not section.has("escalation_url"):
            section.address("url")


class SignedWebhook:
    """The handler: one signed POST for each escalation, and for each addition to it."""

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """Post it; the reference is the id of the message, which stays the same when it is sent again.

        Raises:
            LookupError: a setting is missing or wrong.
            ServiceError: the address did not take it.
        """
        address, key = _settings(Section(tenant, "webhook"))
        body = payload(escalation)
        message_id = _message_id(escalation, body)
        headers = {"Content-Type": "application/json", **signed(message_id, body, key, int(time.time()))}
        service = Service("The webhook", "webhook", address, headers=headers)
        service.send("POST", "", content=body)
        return message_id

    def configured(self, tenant: Tenant) -> None:
        """Whether address and secret are there. See `punai.ports.Configurable`."""
        _settings(Section(tenant, "webhook", follow=False))


def payload(escalation: Escalation) -> bytes:
    """The body: the same for the same escalation and words. `docs/handlers/webhook.md` has its schema."""
    given = escalation.model_dump(
        mode="json",
        include={*ASKED_FOR, "link", "mood", "tried"},
    )
    given |= {"summary": clean(escalation.summary), "note": None, "transcript": []}
    if escalation.note:
        given["note"] = cut(clean(escalation.note), BODY_LIMIT // NOTE_SHARE)
    new, room = set(escalation.news), BODY_LIMIT - size(_in_json(given)) - 200
    said = newest(escalation.transcript, lambda line: _as_json(line, new=line in new), room)
    given["transcript"] = [json.loads(line) for line in said.split("\n") if line.startswith("{")]
    kind = "escalation.updated" if escalation.reference else "escalation.opened"
    event = {"type": kind, "timestamp": given["at"], "data": given}
    return _in_json(event).encode("utf-8", "replace")


def signed(message_id: str, body: bytes, key: bytes, timestamp: int) -> Mapping[str, str]:
    """The three headers of Standard Webhooks 1.0.0: HMAC-SHA256 of id, time of the attempt and body."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def _message_id(escalation: Escalation, body: bytes) -> str:
    """The escalation's id; an addition is another message, or who drops repeats would drop it."""
    if escalation.reference:
        return f"{escalation.id}-{hashlib.sha256(body).hexdigest()[:16]}"
    return escalation.id


def _settings(section: Section) -> tuple[str, bytes]:
    address = section.address("escalation_url" if section.has("escalation_url") else "url")
    secret = section.text("secret")
    if not secret and not section.follow:
        return address, b""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith("whsec_") or not SHORTEST_KEY <= len(key) <= 64:
        raise section.wrong(
            "secret", "must be whsec_ and 24 to 64 random bytes in base64; docs/handlers/webhook.md"
        )
    return address, key


def _as_json(line: Line, *, new: bool) -> str:
    at = line.model_dump(mode="json")["at"]
    return _in_json({"role": line.role, "text": clean(line.text), "at": at, "new": new})


def _in_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@hookimpl
def register_channels(register: Callable[[str, Channel], None]) -> None:
    """The channel `webhook`."""
    register("webhook", Webhook())


@hookimpl
def register_escalation_handlers(register: Callable[[str, EscalationHandler], None]) -> None:
    """The handler `webhook`."""
    register("webhook", SignedWebhook())
