"""What a model remembers: the last messages within a budget, also for LangChain chains of a plugin's own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from punai.desk import Desk
from punai.memory import TOKENS, TURNS, TurnHistory, remembered
from punai.models import Answer, AnsweredBy, Turn
from punai.ports import NotYours
from punai.testing import OpenAIServer
from tests.house import House, say, status_of, tenant_of, turns_of

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def exchange(text: str, reply: str | None, answered_by: AnsweredBy = "model") -> Turn:
    answer = None if reply is None else Answer(reply=reply, answered_by=answered_by)
    return Turn(conversation_id="c", message_id="m", user_id="ada", text=text, at=NOW, answer=answer)


def said(messages: Sequence[BaseMessage]) -> list[tuple[str, str]]:
    return [(message.type, message.text) for message in messages]


def history(desk: Desk, user_id: str = "ada", conversation_id: str = "c") -> TurnHistory:
    return TurnHistory(desk.store, tenant_of(desk), user_id, conversation_id)


def test_turns_are_remembered_in_order_and_an_agents_words_as_the_businesss() -> None:
    turns = [exchange("one", "two"), exchange("", "from Mia", "human"), exchange("three", None)]
    assert said(remembered(turns)) == [
        ("human", "one"),
        ("ai", "two"),
        ("ai", "from Mia"),
        ("human", "three"),
    ]


def test_a_turn_that_a_human_holds_leaves_no_empty_message() -> None:
    assert said(remembered([exchange("hello?", "", "human")])) == [("human", "hello?")]


def test_the_budget_is_kept_and_the_oldest_go_first() -> None:
    turns = [exchange(f"question {number}", f"answer {number} " * 20) for number in range(50)]
    for tokens in (0, 5, 100, TOKENS):
        kept = remembered(turns, tokens)
        assert sum(count_tokens_approximately([message]) for message in kept) <= tokens
        assert said(kept) == said(remembered(turns, 10**9))[100 - len(kept) :]
    assert len(remembered(turns)) > 20


def test_nothing_is_remembered_of_nothing() -> None:
    assert remembered([]) == []


# LangChain points to LangGraph for this; chains that are already written go on using it.
@pytest.mark.filterwarnings("ignore:RunnableWithMessageHistory is deprecated")
def test_a_chain_of_langchains_remembers_through_the_store(house: House, model: OpenAIServer) -> None:
    desk = house.open()
    model.script("Hello Ada.", "You are Ada.")
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Be brief."), MessagesPlaceholder("history"), ("human", "{text}")]
    )
    chat = ChatOpenAI(
        model="m", base_url=model.url, api_key=SecretStr(model.api_key), max_retries=0, timeout=10
    )
    chain = RunnableWithMessageHistory(
        prompt | chat,
        lambda session_id: history(desk, conversation_id=session_id),
        input_messages_key="text",
        history_messages_key="history",
    )
    config: Any = {"configurable": {"session_id": "c"}}
    chain.invoke({"text": "I am Ada."}, config)
    assert chain.invoke({"text": "Who am I?"}, config).text == "You are Ada."

    assert [message["content"] for message in model.requests[1]["messages"]] == [
        "Be brief.",
        "I am Ada.",
        "Hello Ada.",
        "Who am I?",
    ]
    turns = turns_of(house.open())
    assert [(turn.text, turn.answer and turn.answer.reply) for turn in turns] == [
        ("I am Ada.", "Hello Ada."),
        ("Who am I?", "You are Ada."),
    ]


def test_what_the_bot_said_and_what_a_chain_said_are_one_history(house: House) -> None:
    desk = house.open()
    say(desk, "hi")
    history(desk).add_messages([HumanMessage("Ada here"), AIMessage("Welcome")])
    assert said(history(desk).messages) == [
        ("human", "hi"),
        ("ai", "Hello! How can I help you?"),
        ("human", "Ada here"),
        ("ai", "Welcome"),
    ]


@pytest.mark.parametrize(
    ("added", "stored"),
    [
        ([HumanMessage("a"), AIMessage("b")], [("a", "b")]),
        ([HumanMessage("a")], [("a", "")]),
        ([AIMessage("b")], [("", "b")]),
        ([HumanMessage("a"), HumanMessage("b"), AIMessage("c")], [("a", ""), ("b", "c")]),
        ([HumanMessage("a"), AIMessage("b"), AIMessage("c")], [("a", "b"), ("", "c")]),
        ([SystemMessage("Be brief."), HumanMessage("a"), AIMessage("b")], [("a", "b")]),
        (
            [HumanMessage("a"), AIMessage(""), ToolMessage("42", tool_call_id="t"), AIMessage("b")],
            [("a", "b")],
        ),
        ([HumanMessage([{"type": "text", "text": "a"}]), AIMessage("b")], [("a", "b")]),
        ([], []),
    ],
)
def test_messages_are_stored_in_pairs(
    house: House, added: list[BaseMessage], stored: list[tuple[str, str]]
) -> None:
    desk = house.open()
    history(desk).add_messages(added)
    assert [(turn.text, turn.answer and turn.answer.reply) for turn in turns_of(desk)] == stored


def test_reading_is_bounded_however_long_the_conversation(house: House) -> None:
    desk = house.open()
    for number in range(TURNS + 10):
        history(desk).add_messages([HumanMessage(f"q{number}"), AIMessage(f"a{number}")])
    found = history(desk).messages
    assert len(found) == 2 * TURNS
    assert found[-1].text == f"a{TURNS + 9}"


def test_another_users_conversation_is_neither_read_nor_written(house: House) -> None:
    desk = house.open()
    say(desk, "hi")
    with pytest.raises(NotYours):
        _ = history(desk, user_id="bob").messages
    with pytest.raises(NotYours):
        history(desk, user_id="bob").add_messages([HumanMessage("a")])
    assert len(turns_of(desk)) == 1


def test_a_conversation_that_is_not_there_is_empty(house: House) -> None:
    assert history(house.open()).messages == []


def test_clearing_closes_the_conversation_and_may_be_done_again(house: House) -> None:
    desk = house.open()
    history(desk).clear()
    say(desk, "hi")
    for _ in range(2):
        history(desk).clear()
        assert status_of(desk) == "closed"
    assert len(turns_of(desk)) == 1
