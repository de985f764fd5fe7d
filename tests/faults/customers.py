"""Customers who write to a server that keeps dying, what they saw, and the model that answers them."""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from punai.testing import Failure
from tests.faults.servers import PATIENCE, Place
from tests.house import proposal

FIRST = 50_000
"""Of the numbers in ids: as long as those of orders, which an answer may repeat after the customer."""
SLOWEST = 0.03
"""Seconds that the model takes at most."""


class Model:
    """Answers with the id that a message carries, after a moment, and counts the calls for each."""

    def __init__(self, seed: int) -> None:
        self.calls: Counter[str] = Counter()
        self._dice = random.Random(seed)
        self._called = threading.Condition()

    def __call__(self, request: dict[str, Any]) -> Failure:
        """A step of an `OpenAIServer`."""
        asked = request["messages"][-1]["content"]
        if "<conversation>" in asked:  # a summary for a human, of whatever was said
            return Failure.slow(0, "They wrote.")
        [message_id] = ids(asked)
        with self._called:
            self.calls[message_id] += 1
            seconds = self._dice.uniform(0, SLOWEST)
            self._called.notify_all()
        return Failure.slow(seconds, proposal(f"echo {message_id}?"))

    def wait_for_calls(self, more: int, seconds: float) -> None:
        """Wait until so many more calls have come in, or for so long."""
        with self._called:
            enough = self.calls.total() + more
            self._called.wait_for(lambda: self.calls.total() >= enough, seconds)


@dataclass
class Message:
    """A customer's message under the customer's own id, which is in its words and so in a right reply."""

    id: str
    user_id: str
    conversation_id: str | None
    text: str
    sent_at: float = 0.0
    kills_before: int = 0
    answered_at: float = 0.0
    kills_until_answered: int = 0
    replies: list[dict[str, Any]] = field(default_factory=list)
    """One for every time that somebody got an answer to it."""

    def send(self, place: Place, http: httpx.Client) -> bool:
        """Send it, where there is anybody; whether it was answered, and not refused or cut off."""
        address = place.address
        if address is None:
            return False
        if not self.sent_at:
            self.sent_at, self.kills_before = time.monotonic(), place.kills
        body = {"user_id": self.user_id, "message": self.text, "message_id": self.id}
        if self.conversation_id is not None:
            body["conversation_id"] = self.conversation_id
        try:
            response = http.post(f"{address}/chat", json=body)
        except httpx.TransportError:
            return False
        if response.status_code != 200:
            assert response.status_code in (409, 503), response.text
            assert int(response.headers["Retry-After"]) > 0
            return False
        self.replies.append(response.json())
        if not self.answered_at:
            self.answered_at, self.kills_until_answered = time.monotonic(), place.kills
        return True

    def insist(self, place: Place, http: httpx.Client) -> None:
        """Send it again until it is answered."""
        deadline = time.monotonic() + 2 * PATIENCE
        while not self.send(place, http):
            assert time.monotonic() < deadline, f"{self.id} got no answer"
            time.sleep(0.01)


def browser() -> httpx.Client:
    """What a customer writes with: patient, and without the certificates, which take long to read."""
    return httpx.Client(timeout=2 * PATIENCE, verify=False, trust_env=False)


def ids(text: str) -> list[str]:
    """The ids of messages in a text."""
    return re.findall(r"\bm-\d+-\d+\b", text)


def misplaced(stored: Iterable[Message]) -> list[Message]:
    """Those that were answered before a message was sent that stands before them."""
    found, latest = [], 0.0
    for message in stored:
        if message.answered_at and message.answered_at < latest:
            found.append(message)
        latest = max(latest, message.sent_at)
    return found


class Customers:
    """People who write all at once until they are told to stop; then they finish what they began.

    Half of them name their conversations, start new ones, and ask for a person now and then; the others write
    into their open one. Some messages are sent twice at the same time, and some are sent once, and again only
    after others have been sent.
    """

    def __init__(self, place: Place, number: int, seed: int) -> None:
        self.messages: list[Message] = []
        self._place = place
        self._stopped = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [
            self._thread(self._write, each, random.Random(seed + each)) for each in range(number)
        ]

    def start(self) -> None:
        """Begin to write."""
        for thread in self._threads:
            thread.start()

    def wait_for_answers(self, more: int, seconds: float) -> None:
        """Wait until so many more answers have come, or for so long."""
        enough, deadline = self._answers() + more, time.monotonic() + seconds
        while self._answers() < enough and time.monotonic() < deadline:
            time.sleep(0.002)

    def finish(self) -> None:
        """Write nothing new, and wait until everything has its answer."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(5 * PATIENCE)
            assert not thread.is_alive(), "a customer is still waiting"
        if self._failures:
            raise self._failures[0]

    def _answers(self) -> int:
        return sum(len(message.replies) for message in list(self.messages))

    def _write(self, customer: int, dice: random.Random) -> None:
        later: list[Message] = []
        number = 0
        with browser() as http, browser() as other_device:
            while not self._stopped.is_set():
                message = _compose(customer, number, dice)
                self.messages.append(message)
                number += 1
                manner = dice.choice(["insist", "insist", "twice", "once"])
                if manner == "insist":
                    message.insist(self._place, http)
                elif manner == "twice":
                    again = self._thread(message.insist, self._place, other_device)
                    again.start()
                    message.insist(self._place, http)
                    again.join(3 * PATIENCE)
                elif not message.send(self._place, http):
                    later.append(message)
                if later and dice.random() < 0.2:
                    later.pop(0).insist(self._place, http)
            for message in later:
                message.insist(self._place, http)

    def _thread(self, work: Callable[..., None], *given: Any) -> threading.Thread:
        def guarded() -> None:
            try:
                work(*given)
            except BaseException as failure:  # raised again by `finish`
                self._failures.append(failure)

        return threading.Thread(target=guarded, daemon=True)


def _compose(customer: int, number: int, dice: random.Random) -> Message:
    user, message_id = f"user-{customer}", f"m-{FIRST + customer}-{FIRST + number}"
    if customer % 2:
        return Message(message_id, user, None, f"qwertz {message_id}")
    if dice.random() < 0.15:
        return Message(message_id, user, f"{user}-{number}", f"I want to talk to a person {message_id}")
    return Message(message_id, user, f"{user}-main-{number // 10}", f"qwertz {message_id}")
