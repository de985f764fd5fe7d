"""`POST /chat`: a customer's message, answered."""

from typing import Self

from pydantic import ConfigDict, Field

from punai.models import (
    Answer,
    AnsweredBy,
    Block,
    Citation,
    Fraction,
    Inbound,
    Model,
    Sentiment,
    Status,
    Turn,
)
from punai.web.desk import business, current
from punai.web.identity import check_speaker
from punai.web.layout import laid_out
from punai.web.problems import invalid_fields
from punai.web.routes import Call, Routes
from punai.web.words import Body, Identifier, WhichBusiness, Words

routes = Routes(__name__)


class ChatRequest(Body):
    """A customer's message."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"user_id": "customer_123", "message": "My order has not arrived yet"},
                {
                    "user_id": "customer_123",
                    "message": "And when will it?",
                    "conversation_id": "conversation_1",
                    "message_id": "message_1",
                },
            ]
        }
    )

    user_id: Identifier = Field(
        description="who writes: 1 to 128 characters, none of them a control character"
    )
    message: Words = Field(
        description="what the customer wrote: 1 to 4000 characters, not blank, without NUL"
    )
    conversation_id: Identifier | None = Field(
        None,
        description="the conversation it belongs to, 1 to 128 characters; left out, it joins the open one",
    )
    message_id: Identifier | None = Field(
        None, description="your own id for the message, 1 to 128 characters: makes sending it again safe"
    )
    human: bool = Field(False, description="true to bring in a human with it, whatever it says; or false")
    channel: str = Field("web", description="how to reach the customer later: web, or a registered channel")
    business: WhichBusiness = None


class ChatResponse(Model):
    """What the customer gets: `reply` and `escalation` for a plain client, the rest for a richer one."""

    reply: str = Field(description="plain text; empty while a human holds the conversation")
    escalation: bool = Field(description="a human was asked to take over")
    conversation_id: str
    message_id: str
    status: Status
    intent: str
    confidence: Fraction
    sentiment: Sentiment
    citations: tuple[Citation, ...]
    blocks: tuple[Block, ...]
    suggestions: tuple[str, ...]
    answered_by: AnsweredBy

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """The answer in an answered turn."""
        answer = turn.answer
        if answer is None:
            raise ValueError("the turn has no answer")
        return cls(
            reply=answer.reply,
            escalation=answer.escalation,
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            status=answer.status,
            intent=answer.intent,
            confidence=answer.confidence,
            sentiment=answer.sentiment,
            citations=answer.citations,
            blocks=blocks_of(answer),
            suggestions=answer.suggestions,
            answered_by=answer.answered_by,
        )


def blocks_of(answer: Answer) -> tuple[Block, ...]:
    """An answer to lay out: its blocks, or where it has none what its words make."""
    return answer.blocks or laid_out(answer.reply)


@routes.post("/chat", ChatRequest, ChatResponse, problems=(403, 404, 409, 503), proof="optional")
def chat(body: ChatRequest, call: Call) -> ChatResponse:
    """Answer a customer's message."""
    desk, tenant = current(), business(body.business)
    check_speaker(tenant, body.user_id, call)
    if body.channel not in desk.channels(tenant.id):
        raise invalid_fields(ChatRequest, {"channel": "is not known here"})
    inbound = Inbound(
        user_id=body.user_id,
        text=body.message,
        conversation_id=body.conversation_id,
        message_id=body.message_id,
        channel=body.channel,
    )
    turn = desk.receive(tenant.id, inbound, human=body.human, request_id=call.request_id)
    return ChatResponse.of(turn)
