"""The channel `webhook`: a shop's own back end, which passes words on to its app, WhatsApp or SMS gateway.

Set `[settings.webhook] url`; messages that come in with `"channel": "webhook"` get an agent's words there.
"""

from collections.abc import Callable

from punai import Channel, Tenant, Turn, hookimpl

SECONDS = 5.0


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


@hookimpl
def register_channels(register: Callable[[str, Channel], None]) -> None:
    """The channel `webhook`."""
    register("webhook", Webhook())
