"""The way back to a customer who is not waiting on an open request."""

from punai.deadline import call_within
from punai.logs import log
from punai.models import Turn
from punai.ports import Channel
from punai.tenant import Tenant

CHANNEL_SECONDS = 10.0


def push(channel: Channel, turn: Turn, tenant: Tenant) -> None:
    """Send the words of a turn through a channel, within its time.

    Raises:
        Exception: whatever the channel raises, or TimeoutError: the words are stored, and did not arrive.
    """
    call_within(CHANNEL_SECONDS, channel.send, turn, tenant)


def push_or_log(channel: Channel, turn: Turn, tenant: Tenant) -> None:
    """The same for words that nobody else asks about: where they do not arrive, the log says so."""
    try:
        push(channel, turn, tenant)
    except Exception:
        log.error("a channel failed", exc_info=True, extra={"fields": {"tenant": tenant.id}})
