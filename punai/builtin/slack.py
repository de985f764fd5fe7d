"""Escalations to Slack: by an incoming webhook, or by a bot that keeps each escalation in a thread."""

import json
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from punai import Escalation, EscalationHandler, Tenant, hookimpl
from punai.builtin import handoff
from punai.builtin.service import Section, Service

API = "https://slack.com/api"
BLOCKS_LIMIT = 10_000
"""Bytes of all blocks: Slack gives no number, refused 15,000 and took 12,000."""
TEXT_LIMIT = 2_800
"""A section takes 3,000 characters."""

REFUSALS = {
    "account_inactive": "the app was removed from the workspace: install it again and renew bot_token",
    "channel_not_found": "there is no such channel, or the bot is not in it: check channel, invite the bot",
    "invalid_auth": "the token is not valid: renew bot_token",
    "is_archived": "the channel is archived: set another under channel",
    "missing_scope": "the app needs the scope chat:write: add it, and install the app again",
    "not_authed": "the token is not valid: renew bot_token",
    "not_in_channel": "the bot is not in the channel: invite it with /invite",
    "ratelimited": "it is asked too often; it is asked again later",
    "restricted_action": "an administrator of the workspace forbids it",
    "token_expired": "the token has expired: renew bot_token",
    "token_revoked": "the token was revoked: install the app again and renew bot_token",
}
"""What Slack's `error` means for who set it up."""
GONE = (
    "cannot_reply_to_message",
    "channel_not_found",
    "is_archived",
    "message_not_found",
    "not_in_channel",
    "thread_not_found",
)
"""What it says where a thread can take nothing more: another follows, in the channel of the settings."""


@hookimpl
def register_escalation_handlers(register: Callable[[str, EscalationHandler], None]) -> None:
    """The handler `slack`."""
    register("slack", Slack())


class Slack:
    """The handler: by `bot_token` and `channel` where a token is set, else by `webhook_url`."""

    def __call__(self, escalation: Escalation, tenant: Tenant) -> str:
        """Post it. The bot's reference is channel and time stamp of the thread, `CHANNEL/TS`, and a link.

        Slack takes no key: an attempt that is repeated posts twice.

        Raises:
            LookupError: a setting is missing or wrong.
            ServiceError: Slack did not take it.
        """
        section = Section(tenant, "slack")
        service, channel = _service(section)
        if channel is None:
            told = handoff.addition(escalation) if escalation.reference else escalation
            service.send("POST", "", json=message(told, tenant))
            return "posted"
        thread = _thread(escalation.reference)
        if thread:
            told = handoff.addition(escalation)
            there = {"channel": thread[0], "thread_ts": thread[1]}
            given = service.post("/chat.postMessage", message(told, tenant) | there)
            if not isinstance(given, dict) or given.get("error") not in GONE:
                _answered(service, given)
                return escalation.reference or ""
        # Nobody told where it is, or the thread or its channel is gone: the customer still waits.
        first = escalation.model_copy(update={"reference": None})
        given = service.post("/chat.postMessage", message(first, tenant) | {"channel": channel})
        return _reference(_answered(service, given))

    def configured(self, tenant: Tenant) -> None:
        """Whether there is a webhook, or a bot with a channel. See `punai.ports.Configurable`."""
        _service(Section(tenant, "slack", follow=False))

    def check(self, tenant: Tenant) -> str:
        """Who the bot is; of a webhook nothing can be asked.

        Raises:
            LookupError: a setting is missing.
            ServiceError: Slack does not know the token.
        """
        service, channel = _service(Section(tenant, "slack"))
        if channel is None:
            return "by an incoming webhook, which says nothing before it is used"
        given = _answered(service, service.post("/auth.test", {}))
        return f"as {handoff.one_line(str(given.get('user')), 80)}, to {channel}"


def message(escalation: Escalation, tenant: Tenant) -> dict[str, Any]:
    """What both ways take: blocks, and the text of the notification. No link of a customer's is looked up."""
    title = _quiet(handoff.one_line(handoff.headline(escalation, tenant), 300))
    facts = handoff.facts(escalation)
    link = facts.pop("Open it", "")
    about = handoff.cut("\n".join(f"*{label}:* {_quiet(value)}" for label, value in facts.items()), 2000)
    blocks = [_section(f"*{title}*"), _section(f"{about}\n*Open it:* <{_quiet(link)}>" if link else about)]
    for label, text in (("In short", escalation.summary), ("It came with", escalation.note)):
        if text:
            blocks.append(_section(handoff.cut(f"*{label}:* {_quiet(handoff.clean(text))}", 1000)))
    said = _conversation(escalation, BLOCKS_LIMIT - handoff.size(_in_json(blocks)))
    return {"text": title, "blocks": [*blocks, *said], "unfurl_links": False, "unfurl_media": False}


def _conversation(escalation: Escalation, room: int) -> list[dict[str, Any]]:
    """The last messages, or those that are new, in as many bytes of JSON."""
    lines = escalation.news if escalation.reference else escalation.transcript
    limit = room
    while True:
        text = handoff.newest(lines, lambda line: _quiet(handoff.spoken(line)), limit)
        said = [_section(piece) for piece in _pieces(text)]
        if handoff.size(_in_json(said)) <= room or limit < 200:
            return said
        limit = limit * 3 // 4  # JSON writes some letters as two


def _in_json(blocks: list[dict[str, Any]]) -> str:
    return json.dumps(blocks, ensure_ascii=False)


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces that a section takes, from line to line where that is possible."""
    while text:
        piece = text[:TEXT_LIMIT]
        if len(text) > TEXT_LIMIT:
            piece = piece[: piece.rfind("\n") + 1] or piece
        yield piece
        text = text[len(piece) :]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _quiet(text: str) -> str:
    """Slack reads <!channel> and <@U1> as commands: a customer's words must not be any."""
    return escape(text, quote=False)


def _service(section: Section) -> tuple[Service, str | None]:
    """Slack, and the channel of a bot."""
    if section.has("bot_token"):
        # A header takes nothing but ASCII.
        token = section.matching("bot_token", r"[\x21-\x7e]+", "the Bot User OAuth Token of the app")
        channel = section.matching("channel", r"#?[^\s#]{1,80}", "a channel's id, or its name")
        headers = {"Authorization": f"Bearer {token}"}
        return Service("Slack", "slack", section.address("api_url", API), headers=headers), channel
    address = section.address("webhook_url")
    gone = "the webhook is not there any more: make a new one and renew webhook_url"
    hints = {403: gone, 404: gone, 410: gone, 400: "renew webhook_url, if it lasts"}
    return Service("Slack", "slack", address, hints=hints), None


def _answered(service: Service, given: Any) -> dict[str, Any]:
    """What Slack says where it did it; it says no with the status 200, too."""
    if isinstance(given, dict) and given.get("ok") is True:
        return given
    code = str(given.get("error")) if isinstance(given, dict) else "none"
    known = REFUSALS.get(code, f"its error is {handoff.one_line(code, 40)}" if code.isidentifier() else "")
    raise service.error(f"did not take it: {known or 'check that its address is right'}")


def _thread(reference: str | None) -> tuple[str, str] | None:
    """Channel and time stamp in a reference of the bot's; one of a webhook's has none."""
    channel, _, stamp = (reference or "").partition(" ")[0].partition("/")
    return (channel, stamp) if channel and stamp else None


def _reference(given: dict[str, Any]) -> str:
    channel, stamp = str(given.get("channel")), str(given.get("ts"))
    return f"{channel}/{stamp} https://slack.com/archives/{channel}/p{stamp.replace('.', '')}"
