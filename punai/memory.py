"""What a model remembers of a conversation: its last messages within a token budget."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages.utils import count_tokens_approximately

from punai.models import Answer, Turn
from punai.ports import NotFound, NotYours, StatusChanged, Store
from punai.tenant import Tenant
from punai.transcript import lines

TURNS = 20
TOKENS = 2000


def remembered(turns: Sequence[Turn], tokens: int = TOKENS) -> list[BaseMessage]:
    """The last messages of these turns, oldest first, as many as fit into the budget.

    An agent's words count as the assistant's: to the model, both spoke for the business.
    """
    kept: list[BaseMessage] = []
    for line in reversed(lines(turns)):
        message = HumanMessage(line.text) if line.role == "customer" else AIMessage(line.text)
        tokens -= count_tokens_approximately([message])
        if tokens < 0:
            break
        kept.append(message)
    return kept[::-1]


class TurnHistory(BaseChatMessageHistory):
    """LangChain's view of a stored conversation, for chains of a plugin's own.

    Reading takes the last turns only; adding stores an exchange that happened outside PunAI.
    """

    def __init__(self, store: Store, tenant: Tenant, user_id: str, conversation_id: str) -> None:
        """Read and write one conversation of one user."""
        self._store, self._tenant = store, tenant
        self._user_id, self._conversation_id = user_id, conversation_id

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]  # the base declares a plain attribute
        """The remembered messages, oldest first.

        Raises:
            NotYours: the conversation belongs to another user.
        """
        found = self._store.conversation(self._tenant, self._conversation_id, history=TURNS)
        if found and found.user_id != self._user_id:
            raise NotYours("this conversation belongs to another user")
        return remembered(found.turns) if found else []

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Store each customer's message together with the answer that follows it.

        Instructions and tool calls are not said to anybody, and so are not kept.
        """
        text = ""
        for message in messages:
            if isinstance(message, HumanMessage):
                self._record(text, "")
                text = message.text
            elif isinstance(message, AIMessage) and message.text:
                self._record(text, message.text)
                text = ""
        self._record(text, "")

    def clear(self) -> None:
        """Close the conversation: the next message starts a new one, and the old words stay on record."""
        try:
            self._store.change_status(
                self._tenant, self._conversation_id, expect=("bot", "waiting", "human"), to="closed"
            )
        except (NotFound, StatusChanged):  # there is none, or it is closed already
            return

    def _record(self, text: str, reply: str) -> None:
        if text or reply:
            turn = Turn(
                conversation_id=self._conversation_id,
                message_id=uuid4().hex,
                user_id=self._user_id,
                text=text,
                at=datetime.now(UTC),
                answer=Answer(reply=reply, answered_by="elsewhere"),
            )
            self._store.record(self._tenant, turn)
