"""Conversations that exist, as those who are in them use them: customers, and the people who take over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import uuid4

from punai.feedback import Received, rate, rate_conversation
from punai.models import Answer, Conversation, Feedback, Rating, Status, Turn
from punai.pipeline import Pipeline
from punai.ports import MessageMismatch, NotFound, NotYours, StatusChanged, Store
from punai.push import push
from punai.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Page:
    """A conversation with some of its turns, oldest first; `more`: there are earlier ones."""

    conversation: Conversation
    more: bool


class Conversations:
    """What can be done with a conversation that is there. Safe to use from several threads."""

    def __init__(
        self, store: Store, pipelines: Mapping[str, Pipeline], clock: Callable[[], datetime]
    ) -> None:
        """The conversations in a store, of businesses by tenant id."""
        self.store, self.pipelines, self._clock = store, pipelines, clock

    def messages(
        self,
        tenant: str,
        user_id: str,
        *,
        conversation_id: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Page:
        """What was said in a customer's conversation, or in his last one: the newest turns.

        Args:
            tenant: the business.
            user_id: the customer.
            conversation_id: one of his conversations.
            before: the `message_id` of a turn: those before it are wanted.
            limit: how many turns at most.

        Raises:
            NotFound: there is no such business, conversation or turn.
            NotYours: the conversation belongs to another user.
        """
        business = self._pipeline(tenant).tenant
        wanted = conversation_id or self.store.last_conversation(business, user_id)
        if wanted is None:
            raise NotFound("there is no conversation yet")
        if before is not None:  # a stranger does not learn which messages there are
            self._own(business, wanted, user_id)
        found = self.store.conversation(business, wanted, history=limit + 1, before=before)
        own = _owned(found, user_id)
        return Page(own.model_copy(update={"turns": own.turns[-limit:]}), more=len(own.turns) > limit)

    def rate(
        self,
        tenant: str,
        user_id: str,
        conversation_id: str,
        message_id: str,
        value: Literal["up", "down"] | None,
        *,
        comment: str | None = None,
    ) -> Received:
        """What a customer thinks of an answer, in place of what he thought before; None withdraws it.

        Raises:
            NotFound: there is no such business, conversation or answer.
            NotYours: the conversation belongs to another user.
        """
        pipeline = self._pipeline(tenant)
        conversation = self._own(pipeline.tenant, conversation_id, user_id)
        feedback = Feedback(value=value, comment=comment, at=self._clock()) if value else None
        return rate(self.store, pipeline, conversation, message_id, feedback, self._clock)

    def rate_conversation(
        self, tenant: str, user_id: str, conversation_id: str, value: int, *, comment: str | None = None
    ) -> Received:
        """What a customer thinks of a conversation, from 1 to 5, in place of what he thought before.

        Raises:
            NotFound: there is no such business or conversation.
            NotYours: the conversation belongs to another user.
        """
        pipeline = self._pipeline(tenant)
        conversation = self._own(pipeline.tenant, conversation_id, user_id)
        rating = Rating(value=value, comment=comment, at=self._clock())
        rate_conversation(self.store, pipeline, conversation, rating)
        return Received(conversation.status)

    def leave(self, tenant: str, user_id: str, conversation_id: str) -> None:
        """The customer ends the conversation; one that is over stays so.

        Raises:
            NotFound: there is no such business or conversation.
            NotYours: the conversation belongs to another user.
        """
        self._own(self._pipeline(tenant).tenant, conversation_id, user_id)
        try:
            self.close(tenant, conversation_id)
        except StatusChanged as changed:
            if changed.status != "closed":
                raise

    def take_over(self, tenant: str, conversation_id: str) -> None:
        """A human takes the conversation: from now on the bot keeps quiet in it.

        Raises:
            NotFound: there is no such conversation.
            StatusChanged: it is closed, or a human has it already.
        """
        self._change(tenant, conversation_id, ("bot", "waiting"), "human")

    def hand_back(self, tenant: str, conversation_id: str) -> None:
        """The human gives the conversation back to the bot.

        Raises:
            NotFound: there is no such conversation.
            StatusChanged: no human has it, and none was asked for.
        """
        self._change(tenant, conversation_id, ("human", "waiting"), "bot")

    def close(self, tenant: str, conversation_id: str) -> None:
        """End the conversation: the customer's next message starts a new one.

        Raises:
            NotFound: there is no such conversation.
            StatusChanged: it is closed already.
        """
        self._change(tenant, conversation_id, ("bot", "waiting", "human"), "closed")

    def reply_as_agent(
        self,
        tenant: str,
        conversation_id: str,
        text: str,
        *,
        name: str | None = None,
        message_id: str | None = None,
    ) -> Turn:
        """A human's words to the customer: stored, then sent through the conversation's channel, if any.

        `name` is what the customer sees of who wrote them.

        Raises:
            NotFound: there is no such conversation.
            StatusChanged: the human has not taken the conversation over.
            MessageMismatch: the message id was used for other words.
        """
        pipeline = self._pipeline(tenant)
        conversation = self._conversation(pipeline.tenant, conversation_id)
        turn = Turn(
            conversation_id=conversation_id,
            message_id=message_id or uuid4().hex,
            user_id=conversation.user_id,
            text="",
            at=self._clock(),
            answer=Answer(reply=text, answered_by="human", step="kept", status="human", agent=name),
        )
        stored = self.store.record(pipeline.tenant, turn, expect="human")
        if stored.answer != turn.answer:
            raise MessageMismatch("message_id was used before for other words; send a new one")
        channel = pipeline.business.channels.get(conversation.channel)
        if channel is not None:
            push(channel, stored, pipeline.tenant)
        return stored

    def _pipeline(self, tenant: str) -> Pipeline:
        if tenant not in self.pipelines:
            raise NotFound("there is no such business")
        return self.pipelines[tenant]

    def _conversation(self, tenant: Tenant, conversation_id: str) -> Conversation:
        return _there(self.store.conversation(tenant, conversation_id, history=0))

    def _own(self, tenant: Tenant, conversation_id: str, user_id: str) -> Conversation:
        return _owned(self.store.conversation(tenant, conversation_id, history=0), user_id)

    def _change(self, tenant: str, conversation_id: str, expect: tuple[Status, ...], to: Status) -> None:
        self.store.change_status(self._pipeline(tenant).tenant, conversation_id, expect=expect, to=to)


def _there(found: Conversation | None) -> Conversation:
    if found is None:
        raise NotFound("there is no such conversation")
    return found


def _owned(found: Conversation | None, user_id: str) -> Conversation:
    there = _there(found)
    if there.user_id != user_id:
        raise NotYours("this conversation belongs to another user")
    return there
