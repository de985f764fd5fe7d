"""What a customer does with a conversation beside writing in it: reads it, says how it was, ends it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from punai.conversations import Page
from punai.models import AnsweredBy, Block, Citation, Fraction, Model, Status, Turn
from punai.transcript import Role, lines
from punai.web.chat import blocks_of
from punai.web.desk import business, current
from punai.web.identity import bearer, check_speaker, token_of
from punai.web.problems import invalid_fields
from punai.web.routes import Call, Routes
from punai.web.words import Body, HowMany, Identifier, Query, Remark, Stars, WhichBusiness

routes = Routes(__name__)

Vote = Literal["up", "down"]


class MessagesQuery(Query):
    """Which messages a customer wants to read."""

    conversation_id: Identifier | None = Field(
        None, description="one of the user's conversations; left out, the last one"
    )
    before: Identifier | None = Field(
        None, description="the message_id of a message: those before it are wanted; left out, the last ones"
    )
    limit: HowMany = Field(50, description="how many messages with their answers, 1 to 100")
    business: WhichBusiness = None


class Message(Model):
    """What one side said. A customer's message and the answer to it have the same `message_id`."""

    message_id: str
    role: Role
    text: str
    at: datetime
    agent: str | None = Field(description="the name of the person who wrote it, where it is known")
    blocks: tuple[Block, ...]
    citations: tuple[Citation, ...]
    suggestions: tuple[str, ...]
    intent: str | None
    confidence: Fraction | None
    answered_by: AnsweredBy | None
    feedback: Vote | None


class Messages(Model):
    """How a conversation stands, and what was said in it, oldest first; `more`: there was more before."""

    conversation_id: str
    status: Status
    rating: int | None = Field(description="what the customer thinks of it, 1 to 5")
    more: bool
    messages: tuple[Message, ...]

    @classmethod
    def of(cls, page: Page) -> "Messages":
        """What a page of a conversation says."""
        conversation = page.conversation
        return cls(
            conversation_id=conversation.id,
            status=conversation.status,
            rating=conversation.rating.value if conversation.rating else None,
            more=page.more,
            messages=tuple(message for turn in conversation.turns for message in _messages(turn)),
        )


class FeedbackRequest(Body):
    """What a customer thinks of an answer (`message_id` and `value`), or of a conversation (`rating`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": ["message_id", "value"],
                    "properties": {
                        "message_id": {"type": "string"},
                        "value": {"type": "string"},
                        "rating": {"type": "null"},
                    },
                },
                {
                    "required": ["rating"],
                    "properties": {
                        "message_id": {"type": "null"},
                        "value": {"type": "null"},
                        "rating": {"type": "integer"},
                    },
                },
            ],
            "examples": [
                {
                    "user_id": "customer_123",
                    "conversation_id": "conversation_1",
                    "message_id": "message_1",
                    "value": "down",
                    "comment": "I had asked for the price",
                },
                {"user_id": "customer_123", "conversation_id": "conversation_1", "rating": 4},
            ],
        }
    )

    user_id: Identifier = Field(description="who says so: the customer whose conversation it is")
    conversation_id: Identifier = Field(description="the conversation that it is about")
    message_id: Identifier | None = Field(
        None, description="the message whose answer it is about; left out for the conversation as a whole"
    )
    value: Literal["up", "down", "none"] | None = Field(
        None, description="up, down or none, which withdraws it; with message_id only"
    )
    rating: Stars | None = Field(None, description="a whole number from 1 to 5; without message_id only")
    comment: Remark | None = Field(None, description="why, at most 1000 characters, without NUL")
    business: WhichBusiness = None


class FeedbackResponse(Model):
    """What came of it."""

    conversation_id: str
    message_id: str | None
    status: Status
    escalation: bool = Field(description="a human was asked to take over because of it")


class CloseRequest(Body):
    """A customer who wants to end a conversation."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"user_id": "customer_123", "conversation_id": "conversation_1"}]}
    )

    user_id: Identifier = Field(description="who ends it: the customer whose conversation it is")
    conversation_id: Identifier = Field(description="the conversation")
    business: WhichBusiness = None


class CloseResponse(Model):
    """How the conversation stands."""

    conversation_id: str
    status: Status


# Whoever keeps it asks each time whether it is still so: by then it may be another's turn at the browser.
@routes.get(
    "/messages",
    MessagesQuery,
    Messages,
    problems=(403, 404, 503),
    cache="private, no-cache",
    proof="required",
)
def messages(query: MessagesQuery, call: Call) -> Messages:
    """Give the bearer of a token what was said in their conversation."""
    token_of(call)  # first, since who has none is told nothing, not even which businesses there are
    tenant = business(query.business)
    page = current().messages(
        tenant.id,
        bearer(tenant, call),
        conversation_id=query.conversation_id,
        before=query.before,
        limit=query.limit,
    )
    return Messages.of(page)


@routes.post("/feedback", FeedbackRequest, FeedbackResponse, problems=(403, 404, 503), proof="optional")
def feedback(body: FeedbackRequest, call: Call) -> FeedbackResponse:
    """Keep what a customer thinks of an answer, or of the conversation."""
    desk, tenant = current(), business(body.business)
    check_speaker(tenant, body.user_id, call)
    whose = (tenant.id, body.user_id, body.conversation_id)
    comment = (body.comment or "").strip() or None
    match body.message_id, body.value, body.rating:
        case str(message_id), "up" | "down" as vote, None:
            received = desk.rate(*whose, message_id, vote, comment=comment)
        case str(message_id), "none", None:
            received = desk.rate(*whose, message_id, None)
        case None, None, int(rating):
            received = desk.rate_conversation(*whose, rating, comment=comment)
        case None, _, _:
            wrong = {"rating": "is missing"} if body.rating is None else {"value": "is without a message_id"}
            raise invalid_fields(FeedbackRequest, wrong)
        case _:
            wrong = {"value": "is missing"} if body.value is None else {"rating": "is with a message_id"}
            raise invalid_fields(FeedbackRequest, wrong)
    return FeedbackResponse(
        conversation_id=body.conversation_id,
        message_id=body.message_id,
        status=received.status,
        escalation=received.escalation,
    )


@routes.post("/close", CloseRequest, CloseResponse, problems=(403, 404, 409, 503), proof="optional")
def close(body: CloseRequest, call: Call) -> CloseResponse:
    """End a conversation for its customer."""
    tenant = business(body.business)
    check_speaker(tenant, body.user_id, call)
    current().leave(tenant.id, body.user_id, body.conversation_id)
    return CloseResponse(conversation_id=body.conversation_id, status="closed")


def _messages(turn: Turn) -> Iterator[Message]:
    """What was said in a turn: by the customer, in answer, or both."""
    answer = turn.answer
    for line in lines([turn]):
        answered = answer if line.role != "customer" else None
        yield Message(
            message_id=turn.message_id,
            role=line.role,
            text=line.text,
            at=line.at,
            agent=answered.agent if answered else None,
            blocks=blocks_of(answered) if answered else (),
            citations=answered.citations if answered else (),
            suggestions=answered.suggestions if answered else (),
            intent=answered.intent if answered else None,
            confidence=answered.confidence if answered else None,
            answered_by=answered.answered_by if answered else None,
            feedback=turn.feedback.value if answered and turn.feedback else None,
        )
