"""What keeps a conversation in DynamoDB: PunAI's store, and what people use today, as each is by default.

Each is made with an empty table and one conversation in it. `say` is a turn: `TEXT` in, and `TEXT` out.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from boto3.session import Session
from botocore.exceptions import ClientError

from punai.bootstrap import open_desk
from punai.memory import TURNS
from punai.models import Answer, Inbound, Turn, Usage
from punai.reception import LEASE
from punai.settings import Settings

SIZE = 300
TEXT = ("The parcel was to come on Friday, and nobody has rung the bell. " * 5)[:SIZE]
CONVERSATION, CUSTOMER = "conversation-1", "customer-1"


class Memory(Protocol):
    """One conversation and what keeps it."""

    def say(self) -> None:
        """One turn."""

    def skip(self, turns: int) -> int:
        """Store so many turns in a quicker way than saying them; how many there are more: all, or none."""


class PunAI:
    """PunAI's store as `Desk.receive` uses it, by messages that name their conversation, or do not."""

    def __init__(self, *, named: bool) -> None:
        desk = open_desk(Settings(store=f"dynamodb://{_new_name()}", model="local"))
        self._store, self._tenant = desk.store, desk.tenants[desk.default_tenant]
        self._store.prepare()
        self._named = CONVERSATION if named else None
        self._conversation = CONVERSATION
        usage = Usage(model="gpt-4.1-mini", input_tokens=1234, output_tokens=123, cost=0.0006904)
        self._answer = Answer(
            reply=TEXT, answered_by="model", intent="delivery_times", confidence=0.93, usage=usage
        )

    def say(self) -> None:
        """Accept the words, and complete the turn."""
        inbound = Inbound(user_id=CUSTOMER, text=TEXT, conversation_id=self._named, message_id=uuid4().hex)
        now = datetime.now(UTC)
        accepted = self._store.accept(self._tenant, inbound, now=now, lease=LEASE, history=TURNS)
        self._conversation = accepted.conversation.id
        self._store.complete(self._tenant, accepted.turn, self._answer, expect="bot", now=now)

    def skip(self, turns: int) -> int:
        """Record them as finished turns, which takes half the time."""
        for _ in range(turns):
            finished = Turn(
                conversation_id=self._conversation,
                message_id=uuid4().hex,
                user_id=CUSTOMER,
                text=TEXT,
                at=datetime.now(UTC),
                answer=self._answer,
            )
            self._store.record(self._tenant, finished)
        return turns


class ChatMessageHistory:
    """langchain-community's history: read, then extended by both messages at once."""

    def __init__(self) -> None:
        from langchain_community.chat_message_histories import DynamoDBChatMessageHistory

        self._history = DynamoDBChatMessageHistory(_new_table("SessionId"), CONVERSATION)

    def say(self) -> None:
        """Read, and add."""
        _ = self._history.messages
        self._add(1)

    def skip(self, turns: int) -> int:
        """Add the messages of all of them at once."""
        try:
            self._add(turns)
        except ClientError:  # more than fits: nothing of it is stored
            return 0
        return turns

    def _add(self, turns: int) -> None:
        from langchain_core.messages import AIMessage, HumanMessage

        self._history.add_messages([HumanMessage(TEXT), AIMessage(TEXT)] * turns)


class LangGraph:
    """LangGraph with one node that adds a message, and langgraph-checkpoint-aws."""

    def __init__(self) -> None:
        from langchain_core.messages import AIMessage
        from langgraph.graph import START, MessagesState, StateGraph
        from langgraph_checkpoint_aws import DynamoDBSaver

        def answer(state: MessagesState) -> dict[str, Any]:
            return {"messages": [AIMessage(TEXT)]}

        saver = DynamoDBSaver(_new_table("PK", "SK"))
        _take_empty_values(saver.client)
        graph = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer")
        self._graph = graph.compile(checkpointer=saver)

    def say(self) -> None:
        """Run the graph once."""
        from langchain_core.messages import HumanMessage

        self._graph.invoke({"messages": [HumanMessage(TEXT)]}, {"configurable": {"thread_id": CONVERSATION}})

    def skip(self, turns: int) -> int:
        """Nothing: it has no quicker way that leaves the same checkpoints."""
        return 0


def _take_empty_values(client: Any) -> None:
    """Let a client store empty values, as DynamoDB does: the engine is older, and refuses them.

    They are sent as one character instead, and turned back when they are read.
    """
    swaps = [({"S": ""}, {"S": "\0"}), ({"B": b""}, {"B": b"\0"})]

    def fill(params: dict[str, Any], **_: object) -> Any:
        return _replaced(params, swaps)

    def empty(parsed: dict[str, Any], **_: object) -> None:
        parsed.update(_replaced(parsed, [(filled, empty) for empty, filled in swaps]))

    client.meta.events.register("provide-client-params.dynamodb", fill)
    client.meta.events.register("after-call.dynamodb", empty)


def _replaced(value: Any, swaps: Sequence[tuple[Any, Any]]) -> Any:
    """The same with each first of a pair, however deep inside, as its second."""
    for old, new in swaps:
        if value == old:
            return new
    if isinstance(value, dict):
        return {key: _replaced(part, swaps) for key, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, swaps) for part in value]
    return value


def _new_table(*keys: str) -> str:
    """A new table on demand with these keys; its name."""
    name = _new_name()
    schema = zip(keys, ("HASH", "RANGE"), strict=False)
    Session().client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in schema],
    )
    return name


def _new_name() -> str:
    return f"benchmark-{uuid4().hex}"
