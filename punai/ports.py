"""What the house asks of what is plugged into it: the store, ways back to a customer, and the callables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from punai.models import (
    Answer,
    Conversation,
    Delivery,
    Escalation,
    Feedback,
    Inbound,
    Rating,
    Status,
    Turn,
)
from punai.tenant import Tenant


class PunaiError(Exception):
    """Anything PunAI raises on purpose. Its message is one line, and safe to show."""


class ConfigurationError(PunaiError):
    """A setting, a business pack or a plugin is wrong; the message says where and what to do."""


class StoreUnavailable(PunaiError):
    """The store did not answer in time; nothing is known to have been written, and a retry is safe."""


class StatusChanged(PunaiError):
    """The conversation is no longer in the status the caller saw; `status` is what it is now."""

    def __init__(self, status: Status) -> None:
        super().__init__(f"the conversation is now held by {status!r}")
        self.status = status


class TurnLost(PunaiError):
    """Another holder took this turn over after its lease ran out."""


class InFlight(PunaiError):
    """The same message is being answered right now; retry after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__("this message is being answered right now; retry in a moment")
        self.seconds = seconds


class MessageMismatch(PunaiError):
    """A `message_id` was used before, for other words."""


class NotYours(PunaiError):
    """The conversation belongs to another user."""


class NotFound(PunaiError):
    """There is no such conversation, message, escalation or document."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `Store.accept` found or made.

    `new`: the words are stored and the caller holds the turn. `answered`: a repeat, with its answer in the
    turn. `in_flight`: a repeat of a message whose holder is at work; `retry_after` says how long at most.
    """

    state: Literal["new", "answered", "in_flight"]
    turn: Turn
    conversation: Conversation
    retry_after: timedelta = timedelta(0)


class Store(Protocol):
    """Conversations, turns, escalations and their deliveries, by tenant.

    Every method is safe under threads and several processes, takes the tenant's id first, never shows one
    tenant another's rows, and raises `StoreUnavailable` where the database cannot be reached in time.
    `now` is the caller's clock, in UTC. `punai.testing.StoreContract` states what a store must hold to.
    """

    name: str

    def prepare(self) -> None:
        """Create what is missing (tables, indexes). Safe to call again."""

    def check(self) -> None:
        """Ask the database for a sign of life."""

    def accept(
        self,
        tenant: Tenant,
        inbound: Inbound,
        *,
        now: datetime,
        lease: timedelta,
        history: int,
    ) -> Accepted:
        """Make a customer's words durable and hold their turn until `now + lease`, in one conditional write.

        Without a `conversation_id` the message joins the user's last conversation, or starts one when that
        was closed or lay idle longer than `tenant.idle`. A closed conversation addressed by its id is
        opened again. The conversation carries at most `history` turns before this one, oldest first.

        Raises:
            NotYours: the conversation belongs to another user; nothing is stored.
        """

    def complete(
        self,
        tenant: Tenant,
        turn: Turn,
        answer: Answer,
        *,
        expect: Status,
        now: datetime,
        escalation: Escalation | None = None,
    ) -> Turn:
        """Store the answer, the conversation's new status (`answer.status`) and the escalation with its
        pending deliveries, all or nothing, provided the conversation's status is still `expect` and the
        caller still holds the turn. Completing an answered turn returns what is stored.

        Raises:
            StatusChanged: somebody else, such as a human, changed the status meanwhile; nothing is written.
            TurnLost: another holder took the turn; nothing is written.
        """

    def record(
        self,
        tenant: Tenant,
        turn: Turn,
        *,
        expect: Status | None = None,
        escalation: Escalation | None = None,
    ) -> Turn:
        """Store a finished turn: an agent's words, or an exchange that happened elsewhere. A repeated
        `message_id` returns what is stored. Starts the conversation where there is none.

        With an escalation, that and its pending deliveries are stored too, and the conversation moves to the
        status of the turn's answer: all or nothing.

        Raises:
            NotYours: the conversation belongs to another user.
            StatusChanged: `expect` was given and the conversation is in another status.
        """

    def conversation(
        self, tenant: Tenant, conversation_id: str, *, history: int, before: str | None = None
    ) -> Conversation | None:
        """The conversation with at most its last `history` turns; of those before the turn with the
        `message_id` `before`, where that is given.

        Raises:
            NotFound: the conversation has no turn of the id `before`.
        """

    def last_conversation(self, tenant: Tenant, user_id: str) -> str | None:
        """The id of the conversation that a user's next message may join; None where there is none."""

    def turn(self, tenant: Tenant, conversation_id: str, message_id: str) -> Turn | None:
        """One turn, answered or not."""

    def rate(self, tenant: Tenant, conversation_id: str, message_id: str, feedback: Feedback | None) -> None:
        """Keep what the customer thinks of an answer, in place of what he thought before; None withdraws it.

        Raises:
            NotFound: there is no such turn, or nobody has answered it.
        """

    def rate_conversation(self, tenant: Tenant, conversation_id: str, rating: Rating) -> None:
        """Keep what the customer thinks of a conversation, in place of what he thought before.

        Raises:
            NotFound: there is no such conversation.
        """

    def rated(self, tenant: Tenant) -> Iterator[Conversation]:
        """Every conversation that has a rating, without its turns. It may read all that is stored."""

    def change_status(
        self, tenant: Tenant, conversation_id: str, *, expect: Sequence[Status], to: Status
    ) -> None:
        """Move the conversation to another status, and its open escalation along with it (`human` takes it,
        `bot` and `closed` close it), provided its status is one of `expect`.

        Raises:
            NotFound: there is no such conversation.
            StatusChanged: its status is none of `expect`.
        """

    def escalations(self, tenant: Tenant) -> Sequence[Escalation]:
        """Every escalation with its deliveries, newest first."""

    def amend_escalation(
        self,
        tenant: Tenant,
        escalation_id: str,
        *,
        due_at: datetime,
        name: str | None = None,
        email: str | None = None,
        note: str | None = None,
    ) -> None:
        """Add what has become known of the customer, keep what is None, and have everybody told what is new,
        as `Delivery.with_more` says: who was told, at `due_at`; who is being told, once that is over.

        Raises:
            NotFound: there is no such escalation.
        """

    def unanswered(self, tenant: Tenant, *, now: datetime, limit: int) -> Sequence[Turn]:
        """Turns whose holder's lease ran out before they were answered, the longest overdue first."""

    def claim_deliveries(
        self, tenant: Tenant, *, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[tuple[Escalation, Delivery]]:
        """Deliveries that are due, each put off until `now + lease` so that nobody else claims it meanwhile:
        see `Delivery.claimed`. Delivered and dead ones are never due."""

    def record_delivery(
        self, tenant: Tenant, escalation_id: str, delivery: Delivery, *, seen: Delivery
    ) -> None:
        """Store how an attempt went, in one step with reading what is stored: `Delivery.ended` says what then
        becomes of it."""

    def turns_of(self, tenant: Tenant, user_id: str) -> Iterator[Turn]:
        """Every turn of a person, conversation by conversation, oldest first."""

    def turns(self, tenant: Tenant, *, since: datetime) -> Iterator[Turn]:
        """Every turn of the business from then on, answered or not, in no particular order.

        It may read all that is stored: for an owner's commands, never for a customer's turn.
        """

    def erase(self, tenant: Tenant, user_id: str) -> int:
        """Remove every turn, conversation and escalation of a person; the number of turns removed."""

    def expire(self, tenant: Tenant, *, now: datetime) -> int:
        """Remove what is older than the tenant keeps it, where the database does not by itself; how many."""

    def signing_key(self, tenant: Tenant, new: bytes) -> bytes:
        """The key that the business's tokens are signed with: the one that is there, or `new`, which is then
        kept for good. Whoever asks, in whichever process, gets the same."""

    def close(self) -> None:
        """Let go of connections."""


@runtime_checkable
class Channel(Protocol):
    """A way back to a customer who is not waiting on an open request."""

    def send(self, turn: Turn, tenant: Tenant) -> None:
        """Bring `turn.answer.reply` to `turn.user_id`. Raise to say that it did not arrive."""


@runtime_checkable
class Checkable(Protocol):
    """A handler, a source or a channel that can say whether it is set up: `punai doctor` asks it."""

    def check(self, tenant: Tenant) -> str:
        """How it is, in a few words, or in none; it changes nothing, and tells nobody.

        Raises:
            LookupError, PunaiError: it is not as it should be; the message says what to do.
        """


@runtime_checkable
class Configurable(Protocol):
    """A handler or a channel that knows its settings. It is asked at start: a handler for every business that
    escalates to it, a channel for every business that has settings of its name."""

    def configured(self, tenant: Tenant) -> None:
        """Look at the settings and at nothing else: a service that is away must cost no start.

        Raises:
            LookupError: one is missing or wrong; the message names it and says what to do.
        """


@runtime_checkable
class Quotable(Protocol):
    """A handler whose reference holds what a customer may quote, such as the number of a ticket."""

    def for_customer(self, reference: str, tenant: Tenant) -> str:
        """What of the reference the customer is told; nothing, in "", if they are told nothing."""


EscalationHandler = Callable[[Escalation, Tenant], str]
"""Tell a human; return a reference, such as a ticket's number and its link. Raise to be called again later.
It may be an object that is `Checkable`, `Configurable` and `Quotable`, too."""
