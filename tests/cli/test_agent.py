"""`punai agent`."""

import json

import pytest

from punai.desk import Desk
from punai.models import Inbound
from tests.cli.conftest import Run, assert_one_line_error


@pytest.fixture(autouse=True)
def waiting(desk: Desk) -> None:
    """The conversation `c`, which waits for a human."""
    words = "you will hear from my lawyer\x1b[31m"
    desk.receive("teahouse", Inbound(user_id="ada", text=words, conversation_id="c", message_id="m1"))


def status(desk: Desk) -> str:
    found = desk.store.conversation(desk.tenants["teahouse"], "c", history=0)
    assert found is not None
    return found.status


def test_a_human_answers_a_customer_and_gives_the_conversation_back(desk: Desk, punai: Run) -> None:
    done = punai("agent", "reply", "c", " Let us talk. ", "--name", "Ben")
    assert (done.returncode, done.stdout, done.stderr) == (0, "The customer has your words.\n", "")
    assert status(desk) == "human"
    assert punai("agent", "reply", "c", "Are you there?").returncode == 0
    turns = desk.messages("teahouse", "ada").conversation.turns[1:]
    said = [(turn.answer.reply, turn.answer.agent) for turn in turns if turn.answer]
    assert said == [("Let us talk.", "Ben"), ("Are you there?", None)]
    assert punai("agent", "back", "c").stdout == "The bot has the conversation.\n"
    assert status(desk) == "bot"


def test_a_conversation_is_taken_and_closed(desk: Desk, punai: Run) -> None:
    assert punai("agent", "take", "c").stdout == "You have the conversation.\n"
    assert status(desk) == "human"
    assert_one_line_error(punai("agent", "take", "c"), 1, "a human has it")
    assert punai("agent", "close", "c").stdout == "The conversation is closed.\n"
    assert status(desk) == "closed"
    for refused in (["take", "c"], ["reply", "c", "Hello?"], ["back", "c"], ["close", "c"]):
        assert_one_line_error(punai("agent", *refused), 1, "it is closed")
    assert len(desk.messages("teahouse", "ada").conversation.turns) == 1


def test_what_was_said_is_shown_with_who_said_it(desk: Desk, punai: Run) -> None:
    punai("agent", "reply", "c", "Let us talk.", "--name", "Ben")
    desk.rate_conversation("teahouse", "ada", "c", 3)
    desk.rate("teahouse", "ada", "c", "m1", "down", comment="No\x1b[31m")

    whose, customer, bot, vote, agent = punai("agent", "show", "c").stdout.splitlines()
    assert whose == "ada, a human has it"
    assert customer.endswith("Z customer: you will hear from my lawyer [31m")
    assert "Z assistant: " in bot
    assert vote == "  voted down: No [31m"
    assert agent.endswith("Z Ben: Let us talk.")

    found = json.loads(punai("agent", "show", "c", "--json", "--last", "1").stdout)
    assert (found["id"], found["user_id"], found["status"]) == ("c", "ada", "human")
    assert found["rating"]["value"] == 3
    [line] = found["messages"]
    assert (line["role"], line["agent"], line["text"]) == ("agent", "Ben", "Let us talk.")
    assert line["feedback"] is None


def test_what_is_not_there_is_said_in_one_line(punai: Run) -> None:
    for command in (["show"], ["take"], ["reply", "-"], ["back"], ["close"]):
        name, *text = command
        assert_one_line_error(punai("agent", name, "nowhere", *text), 1, "no such conversation")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (["reply", "c", "  "], "TEXT"),
        (["reply", "c", "x" * 4001], "TEXT"),
        (["reply", "c", "Hello", "--name", " "], "--name"),
        (["reply", "c"], "TEXT"),
        (["show", "c" * 129], "128"),
        (["show", "c", "--last", "0"], "--last"),
    ],
)
def test_wrong_usage_changes_nothing(desk: Desk, punai: Run, wrong: list[str], named: str) -> None:
    assert_one_line_error(punai("agent", *wrong), 2, named)
    assert status(desk) == "waiting"
