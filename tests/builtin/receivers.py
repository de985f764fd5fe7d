"""What is no ticket system: Slack, a signed webhook, PagerDuty and Opsgenie, as they are documented."""

import base64
import hashlib
import hmac
import re
import time
from typing import Any

from tests.builtin.services import Answer, Request, texts
from tests.builtin.tickets.systems import SECRET

KEY = b"twenty-four bytes and more."
WEBHOOK_SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
ROUTING_KEY = "x" * 32


class Receiver:
    """Keeps what it took."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    def words(self) -> str:
        return texts(self.taken)


class SlackBot(Receiver):
    """chat.postMessage: it says no with the status 200."""

    def __init__(self) -> None:
        super().__init__()
        self.error = self.gone = ""

    def __call__(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return self._no("invalid_auth")
        if self.error:
            return self._no(self.error)
        if request.path == "/auth.test":
            return Answer(200, {"ok": True, "user": "punai"})
        body = request.body
        if request.path != "/chat.postMessage" or body["channel"] not in ("#support", "C1"):
            return self._no("channel_not_found")
        if why := wrong_with(body):
            return self._no(why)
        if self.gone and body.get("thread_ts"):
            return self._no(self.gone)
        self.taken.append(body)
        return Answer(200, {"ok": True, "channel": "C1", "ts": f"17000000{len(self.taken):02}.000100"})

    def _no(self, error: str) -> Answer:
        return Answer(200, {"ok": False, "error": error})


class SlackWebhook(Receiver):
    """An incoming webhook: its address is the secret, its answer is no JSON."""

    def __call__(self, request: Request) -> Answer:
        if request.path != f"/services/{SECRET}":
            return Answer(403, b"invalid_token")
        if wrong_with(request.body):
            return Answer(400, b"invalid_payload")
        self.taken.append(request.body)
        return Answer(200, b"ok")


def wrong_with(message: dict[str, Any]) -> str:
    """By the reference of Block Kit; and by trying: what all blocks may take together."""
    if len(message["blocks"]) > 50 or sum(len(str(block).encode()) for block in message["blocks"]) > 13_000:
        return "msg_blocks_too_long"
    for block in message["blocks"]:
        text = block["text"]["text"]
        if block["type"] != "section" or not 1 <= len(text) <= 3000:
            return "invalid_blocks"
    return "" if message["text"] else "no_text"


class SignedReceiver(Receiver):
    """Checks a message as the specification of Standard Webhooks tells receivers to, and drops repeats."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []

    def __call__(self, request: Request) -> Answer:
        message_id, sent_at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        content = b".".join([message_id.encode(), sent_at.encode(), request.raw])
        wanted = base64.b64encode(hmac.digest(KEY, content, hashlib.sha256)).decode()
        signatures = [each.partition(",") for each in request.headers["webhook-signature"].split(" ")]
        if ("v1", ",", wanted) not in signatures or abs(time.time() - int(sent_at)) > 300:
            return Answer(401, {"error": "wrong signature", "sent": request.raw.decode()})
        if message_id not in self.ids:
            self.ids.append(message_id)
            self.taken.append(request.body)
        return Answer(204)


class PagerDuty(Receiver):
    """Events API v2: one alert for each dedup_key."""

    def __init__(self) -> None:
        super().__init__()
        self.alerts: set[str] = set()

    def __call__(self, request: Request) -> Answer:
        event = request.body
        payload = event["payload"]
        complaints = [
            what
            for what, fine in {
                "Invalid routing key": event["routing_key"] == ROUTING_KEY,
                "summary is too long": 1 <= len(payload["summary"]) <= 1024,
                "severity": payload["severity"] in ("critical", "error", "warning", "info"),
                "dedup_key": len(event["dedup_key"]) <= 255,
                "event is too big": len(request.raw) <= 512_000,
                "Invalid endpoint": request.path == "/v2/enqueue",
            }.items()
            if not fine
        ]
        if complaints:
            errors = [*complaints, request.raw.decode()]
            return Answer(
                400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
            )
        self.alerts.add(event["dedup_key"])
        self.taken.append(event)
        return Answer(
            202, {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        )


class Opsgenie(Receiver):
    """Alert API: one alert for each alias, with notes."""

    def __init__(self) -> None:
        super().__init__()
        self.alerts: dict[str, list[str]] = {}

    def __call__(self, request: Request) -> Answer:
        body = request.body
        if request.headers.get("authorization") != f"GenieKey {SECRET}":
            return Answer(401, {"message": "Could not authenticate", "took": 0.0})
        if request.path == "/v2/alerts":
            details = sum(len(name) + len(value) for name, value in body["details"].items())
            too_long = len(body["message"]) > 130 or len(body["description"]) > 15_000 or details > 8000
            if too_long or len(body["alias"]) > 512 or not re.fullmatch("P[1-5]", body["priority"]):
                return Answer(422, {"message": f"Request body is not processable: {body}", "took": 0.0})
            self.alerts.setdefault(body["alias"], [])
        else:
            found = re.fullmatch(r"/v2/alerts/([\w-]+)/notes", request.path)
            if not found or request.query.get("identifierType") != "alias" or found[1] not in self.alerts:
                return Answer(404, {"message": "Alert does not exist", "took": 0.0})
            if len(body["note"]) > 25_000:
                return Answer(422, {"message": "note"})
            self.alerts[found[1]].append(body["note"])
        self.taken.append(body)
        return Answer(202, {"result": "Request will be processed", "took": 0.1, "requestId": "1"})
