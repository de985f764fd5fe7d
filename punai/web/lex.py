"""The endpoints of front ends built on Lex, API Gateway and a static page."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from punai.models import OTHER, Inbound
from punai.web.desk import business, current
from punai.web.identity import check_speaker
from punai.web.routes import Call, Routes
from punai.web.words import Body, Email, Identifier, OneLine, Plain, Words

NOTE_LENGTH = 4000
"""Characters of a front end's own history that go along with an escalation: the last ones."""

MILLISECONDS_FROM = 20_000_000_000
"""A number above this counts milliseconds: as seconds it would be in the year 2603."""

routes = Routes(__name__)


class Utterance(Body):
    """One entry of a front end's history, by whichever names that front end uses."""

    role: Plain | None = None
    sender: Plain | None = None
    from_: Plain | None = Field(None, alias="from")
    text: Plain | None = None
    message: Plain | None = None
    content: Plain | None = None

    def __str__(self) -> str:
        speaker = self.role or self.sender or self.from_
        words = self.text or self.message or self.content or ""
        return f"{speaker}: {words}" if speaker else words


class EscalateRequest(Body):
    """A customer of another bot who wants a human."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "userQuery": "I want to talk to a person",
                    "conversationHistory": [{"role": "user", "text": "Where is my order?"}],
                    "userEmail": "ann@example.com",
                    "userName": "Ann",
                    "sessionId": "session-1",
                }
            ]
        }
    )

    user_query: Words = Field(
        alias="userQuery", description="what the customer wants: 1 to 4000 characters, not blank, without NUL"
    )
    conversation_history: Plain | list[Plain | Utterance] = Field(
        alias="conversationHistory",
        description="what was said so far: a string, or a list of strings or of objects with role and text",
    )
    user_email: Email = Field(
        alias="userEmail", description="the customer's e-mail address, at most 128 characters"
    )
    user_name: OneLine = Field(
        alias="userName", description="the customer's name: one line of at most 128 characters, may be empty"
    )
    session_id: Identifier | None = Field(
        None, alias="sessionId", description="the front end's own conversation, 1 to 128 characters; optional"
    )


EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# Pydantic reads numbers in strings too, so the document says so.
_Written = Annotated[
    AwareDatetime,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "pattern": "^[0-9]{1,13}$"},
            ]
        }
    ),
]
_Counted = Annotated[float, Field(ge=0, le=LATEST.timestamp() * 1000)]
Score = (
    Annotated[float, Field(ge=0, le=1)]
    | Annotated[
        str, StringConstraints(pattern=r"^(0(\.[0-9]+)?|1(\.0+)?|[1-9](\.[0-9]+)?[eE]-0*[1-9][0-9]?)$")
    ]
)


class StoreQueryRequest(Body):
    """An exchange that happened elsewhere."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sessionId": "session-1",
                    "timestamp": "2026-01-31T12:00:00Z",
                    "userQuery": "Where is my order?",
                    "botResponse": "It arrives tomorrow.",
                    "confidenceScore": 0.93,
                    "intentName": "order_status",
                }
            ]
        }
    )

    session_id: Identifier = Field(
        alias="sessionId", description="the front end's own conversation, 1 to 128 characters"
    )
    timestamp: _Written | _Counted = Field(
        description="ISO 8601 with a zone (2026-01-31T12:00:00Z), or seconds or milliseconds since 1970"
    )
    user_query: Words = Field(
        alias="userQuery", description="what the customer wrote: 1 to 4000 characters, not blank, without NUL"
    )
    bot_response: Words = Field(
        alias="botResponse", description="what the bot answered: 1 to 4000 characters, not blank, without NUL"
    )
    confidence_score: Score | None = Field(
        alias="confidenceScore", description="a number, or one in a string, in 0..1; null where there is none"
    )
    intent_name: OneLine = Field(
        alias="intentName", description="the intent's name: at most 128 characters, may be empty"
    )

    @property
    def at(self) -> datetime:
        """The timestamp in UTC; one that cannot be true is brought to the nearest that could."""
        moment = self.timestamp
        if not isinstance(moment, datetime):
            moment = datetime.fromtimestamp(moment / 1000 if moment > MILLISECONDS_FROM else moment, UTC)
        # First this, then the zone: the ends of the calendar have no time in UTC.
        return min(max(moment, EARLIEST), LATEST).astimezone(UTC)


class Message(BaseModel):
    """What to tell the customer, or the developer."""

    message: str


@routes.post("/escalate", EscalateRequest, Message, problems=(403, 409, 503), proof="optional")
def escalate(body: EscalateRequest, call: Call) -> Message:
    """Ask for a human."""
    desk = current()
    check_speaker(business(None), body.user_email, call)
    inbound = Inbound(user_id=body.user_email, text=body.user_query, conversation_id=body.session_id)
    turn = desk.escalate(
        desk.default_tenant,
        inbound,
        name=body.user_name.strip() or None,
        email=body.user_email,
        note=history_note(body.conversation_history),
        request_id=call.request_id,
    )
    reply = turn.answer.reply if turn.answer else ""
    return Message(message=reply or "A colleague has this conversation and was given your message.")


@routes.post("/store-query", StoreQueryRequest, Message, problems=(403, 409, 503), proof="optional")
def store_query(body: StoreQueryRequest, call: Call) -> Message:
    """Keep an exchange that happened elsewhere; the same one is kept once."""
    desk, tenant = current(), business(None)
    # A session that nobody has begun is its own user's; it may also be somebody's conversation.
    found = desk.store.conversation(tenant, body.session_id, history=0)
    check_speaker(tenant, found.user_id if found else body.session_id, call)
    desk.record_elsewhere(
        desk.default_tenant,
        conversation_id=body.session_id,
        at=body.at,
        text=body.user_query,
        reply=body.bot_response,
        intent=body.intent_name.strip() or OTHER,
        confidence=float(body.confidence_score or 0),
    )
    return Message(message="The exchange was stored.")


def history_note(history: str | list[str | Utterance]) -> str | None:
    """A front end's history as plain text, its end where it is long; None where nothing was said."""
    lines = [history] if isinstance(history, str) else [str(entry) for entry in history]
    note = "\n".join(line.strip() for line in lines if line.strip())
    return (note if len(note) <= NOTE_LENGTH else f"… {note[-NOTE_LENGTH:]}") or None
