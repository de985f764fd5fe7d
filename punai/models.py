"""The domain: what a customer wrote, what was answered, who takes over. Frozen pydantic types, no I/O."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Status = Literal["bot", "waiting", "human", "closed"]
AnsweredBy = Literal["reply", "documents", "model", "fallback", "human", "elsewhere"]
Sentiment = Literal["positive", "neutral", "negative"]
Step = Literal["answered", "clarified", "rephrased", "offered_human", "handed_over", "kept", "joined"]
DeliveryStatus = Literal["pending", "delivered", "retrying", "dead"]
OTHER = "other"


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone, e.g. 2026-01-31T12:00:00Z")
    return moment.astimezone(UTC)


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Model(BaseModel):
    """The base of every domain type: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Inbound(Model):
    """One message from a customer, before anything is known about it.

    `message_id` is the client's own id; sending it again is a retry, never a second message.
    `channel` names a registered channel by which later words can reach the customer; `web` clients poll.
    """

    user_id: Identifier
    text: Words
    conversation_id: Identifier | None = None
    message_id: Identifier | None = None
    channel: str = "web"


class Intent(Model):
    """Something customers want, with examples to recognise it by.

    `reply` holds the business's own words: they are sent as they are and no model is asked. `escalate` brings
    in a human; which one, a route may have depend on `urgent`.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    examples: Annotated[tuple[Words, ...], Field(min_length=1)]
    reply: Words | None = None
    escalate: bool = False
    urgent: bool = False


class IntentMatch(Model):
    """What a classifier makes of a message: the best intent, or `other`, and its rivals, best first."""

    name: str = OTHER
    confidence: Fraction = 0.0
    rivals: tuple[tuple[str, float], ...] = ()
    sentiment: Sentiment = "neutral"

    @property
    def candidates(self) -> tuple[tuple[str, float], ...]:
        """Every intent that was thought of, the best first."""
        return self.rivals if self.name == OTHER else ((self.name, self.confidence), *self.rivals)


class Passage(Model):
    """A piece of the business's documents that may answer a question.

    `path` holds the headings above its title, outermost first, `page` where it begins, counted from 1, where
    the document has pages, `score` in 0..1 how likely it is that it answers.
    """

    id: str
    title: str
    source: str
    text: str
    path: tuple[str, ...] = ()
    page: Annotated[int, Field(ge=1)] | None = None
    score: Fraction = 0.0


class Citation(Model):
    """Where an answer comes from."""

    title: str
    source: str
    quote: str


class Text(Model):
    """Plain words."""

    type: Literal["text"] = "text"
    text: str


class Steps(Model):
    """A numbered list of things to do, one after the other."""

    type: Literal["steps"] = "steps"
    items: tuple[str, ...]


class Card(Model):
    """A thing to look at, such as a product or a page."""

    type: Literal["card"] = "card"
    title: str
    text: str = ""
    url: str | None = None
    image: str | None = None


Block = Annotated[Text | Steps | Card, Field(discriminator="type")]


class Usage(Model):
    """What a model call took. `cost` in US dollars; None where the model's price is not known."""

    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


class Answer(Model):
    """What the customer got, and why: the stored half of a turn that PunAI, or a person, wrote.

    `agent` is the name of that person, where it was given.
    """

    reply: str
    answered_by: AnsweredBy
    step: Step = "answered"
    status: Status = "bot"
    escalation: bool = False
    intent: str = OTHER
    confidence: Fraction = 0.0
    sentiment: Sentiment = "neutral"
    citations: tuple[Citation, ...] = ()
    blocks: tuple[Block, ...] = ()
    suggestions: tuple[str, ...] = ()
    usage: Usage | None = None
    at: Moment | None = None
    agent: str | None = None


class Feedback(Model):
    """What a customer thinks of an answer."""

    value: Literal["up", "down"]
    comment: str | None = None
    at: Moment


class Rating(Model):
    """What a customer thinks of a whole conversation: 1 is the worst, 5 the best."""

    value: Annotated[int, Field(ge=1, le=5)]
    comment: str | None = None
    at: Moment


class Draft(Model):
    """An answer that nobody has decided on yet; `wants_human` says why a person should take over."""

    answer: Answer
    wants_human: str | None = None


class Turn(Model):
    """A customer's message and its answer, or an agent's words alone (then `text` is empty).

    `attempt` counts the holders of the turn: an answer from an earlier holder is refused.
    """

    conversation_id: Identifier
    message_id: Identifier
    user_id: Identifier
    text: str
    at: Moment
    attempt: int = 1
    answer: Answer | None = None
    feedback: Feedback | None = None


class Conversation(Model):
    """A customer's thread: its status and its last turns, oldest first; never the whole of a long one."""

    id: Identifier
    user_id: Identifier
    status: Status = "bot"
    channel: str = "web"
    created_at: Moment
    escalation_id: str | None = None
    rating: Rating | None = None
    turns: tuple[Turn, ...] = ()


class Line(Model):
    """One utterance of a transcript."""

    role: Literal["customer", "assistant", "agent"]
    text: str
    at: Moment


class Delivery(Model):
    """How far one handler got with one escalation.

    `told` holds what it was told of: the message ids of the last turns, and a mark for the contact details.
    `more_at` is set where there is more to tell than an attempt that is under way may know of: once that is
    over, it is due again at that time.
    """

    handler: str
    status: DeliveryStatus = "pending"
    attempts: int = 0
    reference: str | None = None
    last_error: str | None = None
    due_at: Moment
    told: tuple[str, ...] = ()
    more_at: Moment | None = None

    def claimed(self, until: datetime) -> "Delivery":
        """Put off, for an attempt that from now on knows of all there is to tell."""
        return self.model_copy(update={"due_at": until, "more_at": None})

    def with_more(self, at: datetime) -> "Delivery":
        """Due again at that time if it was over; else after what may be under way. No retry comes sooner."""
        if self.status in ("delivered", "dead"):
            return self.model_copy(update={"status": "pending", "attempts": 0, "due_at": at})
        return self.model_copy(update={"more_at": min(at, self.more_at or at)})

    def ended(self, outcome: "Delivery", seen: "Delivery") -> "Delivery":
        """What the outcome of an attempt makes of it: nothing where somebody claimed it since it was `seen`;
        due once more where that was the last attempt, and there is more to tell."""
        if (self.status, self.due_at) != (seen.status, seen.due_at):
            return self
        over = outcome.status in ("delivered", "dead")
        return outcome.with_more(self.more_at) if over and self.more_at else outcome


class Mood(Model):
    """How a conversation goes for its customer: `score` from 0, content, to 1, very unhappy; its `trend`."""

    score: Fraction
    trend: Literal["better", "steady", "worse"]


class Escalation(Model):
    """A request for a human, as a handler receives it.

    `id` is stable over retries: pass it on as the idempotency key where the receiving service takes one.
    What follows `deliveries` is filled in when it is delivered, so that it holds the latest words:
    `summary`, `mood`, `tried` (what the customer was answered before, each in a few words), `transcript`, and
    `news`, those lines of it that this handler was not told before. `reference` is what the handler returned
    the last time: None where it is told for the first, and then all lines are news.
    """

    id: str
    conversation_id: Identifier
    user_id: Identifier
    reason: str
    intent: str = OTHER
    status: Literal["open", "taken", "closed"] = "open"
    at: Moment
    name: str | None = None
    email: str | None = None
    note: str | None = None
    deliveries: tuple[Delivery, ...] = ()
    summary: str = ""
    mood: Mood | None = None
    tried: tuple[str, ...] = ()
    transcript: tuple[Line, ...] = ()
    news: tuple[Line, ...] = ()
    link: str | None = None
    reference: str | None = None


ASKED_FOR = ("id", "conversation_id", "user_id", "reason", "intent", "at", "name", "email", "note")
"""What of an escalation a store keeps beside its status and its deliveries."""
