"""What the model is asked: the schema, the instructions, the passages, and as much history as fits."""

import re
from itertools import pairwise
from typing import Any

import pytest
from langchain_core.messages.utils import count_tokens_approximately

from punai.memory import TOKENS
from punai.models import Intent
from punai.request import DATA, EXAMPLES_LENGTH, NONE_FOUND, nearest
from punai.testing import OpenAIServer
from tests.house import (
    DOCUMENTED,
    MODEL,
    STORAGE,
    TEASHOP,
    UNCLEAR,
    UNDOCUMENTED,
    House,
    proposal,
    say,
    send,
)

INTENTS = ["greeting", "gratitude", "goodbye", "talk_to_human", "order_status", "opening_hours", "allergy"]


def messages(request: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in request["messages"]]


def schema(request: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = request["response_format"]["json_schema"]["schema"]
    return found


def test_the_schema_is_strict_and_the_server_takes_it(house: House, model: OpenAIServer) -> None:
    answer = say(house.open(model=MODEL), UNDOCUMENTED)
    (request,) = model.requests
    assert request["response_format"]["type"] == "json_schema"
    assert request["response_format"]["json_schema"]["strict"] is True
    assert answer.answered_by == "model"  # the server refuses a schema that breaks a rule of strict mode


def test_the_model_says_what_it_understood_before_what_it_replies(house: House, model: OpenAIServer) -> None:
    say(house.open(model=MODEL), UNDOCUMENTED)
    assert list(schema(model.requests[0])["properties"]) == [
        "evidence",
        "intent",
        "confidence",
        "sentiment",
        "needs_human",
        "human_reason",
        "citations",
        "reply",
    ]


def test_the_intents_in_force_and_other_are_all_it_may_name(house: House, model: OpenAIServer) -> None:
    house.write_plugin(
        "gifts",
        """
@hookimpl
def register_intents(register):
    register("gift", Intent(name="gift", description="wrapping a present", examples=("wrap it please",)))
""",
    )
    say(house.open(model=MODEL), UNDOCUMENTED)
    (request,) = model.requests
    named = schema(request)["properties"]["intent"]["enum"]
    assert sorted(named) == sorted([*INTENTS, "gift", "other"])
    instructions = messages(request)[0][1]
    for line in ("- order_status: where an order is", "- gift: wrapping a present", "- other: none of these"):
        assert line in instructions


def test_a_business_without_intents_of_its_own_asks_too(house: House, model: OpenAIServer) -> None:
    house.write_pack(text='name = "Teashop"\n')
    assert say(house.open(model=MODEL), UNDOCUMENTED).answered_by == "model"


def test_two_hundred_intents_are_a_schema_the_server_takes(house: House, model: OpenAIServer) -> None:
    many = "".join(
        f'[[intents]]\nname = "intent_{number}"\ndescription = "thing {number}"\nexamples = ["x{number}"]\n'
        for number in range(200)
    )
    house.write_pack(text=f"{TEASHOP}\n{many}")
    assert say(house.open(model=MODEL), UNDOCUMENTED).answered_by == "model"


def test_the_nearest_examples_are_in_the_request_best_first(house: House, model: OpenAIServer) -> None:
    say(house.open(model=MODEL), "where would my order from when you were open be")
    shown = messages(model.requests[0])[0][1].partition("Examples of the nearest intents:\n")[2]
    assert shown.partition("\n\n")[0].splitlines()[:4] == [
        "- order_status: where is my order",
        "- order_status: track my order",
        "- order_status: my parcel has not arrived",
        "- opening_hours: when are you open",
    ]


def test_where_nothing_is_near_no_examples_are_shown(house: House, model: OpenAIServer) -> None:
    say(house.open(model=MODEL), UNCLEAR[0])
    assert "Examples of" not in messages(model.requests[0])[0][1]


def test_examples_are_bounded_however_many_and_long_they_are() -> None:
    examples = tuple(f"word {number} " * 20 for number in range(50))
    intents = {f"i{n}": Intent(name=f"i{n}", description="d", examples=examples) for n in range(50)}
    shown = nearest("word 7", [(name, 0.5) for name in intents], intents)
    assert shown.splitlines()[1].startswith("- i0: word 7 word 7")
    assert 500 < len(shown) <= EXAMPLES_LENGTH + 50
    short = {
        name: intent.model_copy(update={"examples": ("a", "b", "c", "d")}) for name, intent in intents.items()
    }
    assert len(nearest("a", [(name, 0.5) for name in short], short).splitlines()) == 1 + 5 * 3


def test_intents_that_are_hardly_likely_show_no_examples() -> None:
    intents = {name: Intent(name=name, description="d", examples=(name,)) for name in ("near", "far")}
    assert nearest("x", [("near", 0.9), ("gone", 0.8), ("far", 0.01)], intents).splitlines()[1:] == [
        "- near: near"
    ]


def test_what_is_the_same_for_every_message_comes_first(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    for text in (DOCUMENTED, UNDOCUMENTED):
        say(desk, text, conversation_id=text[:4])
    one, other = (messages(request)[0][1].partition("Examples of") for request in model.requests)
    assert one[0] == other[0]
    assert one[2] != other[2]
    assert "- order_status: where an order is" in one[0]
    assert one[0].endswith("reply, what the customer reads.\n\n")
    assert model.requests[0]["response_format"] == model.requests[1]["response_format"]


def test_the_passages_found_are_in_the_request_by_their_ids(house: House, model: OpenAIServer) -> None:
    say(house.open(model=MODEL), DOCUMENTED)
    role, instructions = messages(model.requests[0])[0]
    assert role == "system"
    text = "Green tea stays fresh for a year in a closed tin, away from light."
    passage = f'<passage id="{STORAGE["passage_id"]}" title="Keeping tea fresh">\n{text}\n</passage>'
    assert f"{DATA}\n{passage}\n<passage " in instructions


def test_at_most_five_passages_are_sent_and_the_best_come_first(house: House, model: OpenAIServer) -> None:
    house.write_plugin(
        "many",
        """
def search(question, topic, tenant):
    return [Passage(id=f"many-{n}", title="T", source="s", text="t", score=0.1) for n in range(20)]

@hookimpl
def register_knowledge(register):
    register("many", search)
""",
    )
    say(house.open(model=MODEL), DOCUMENTED)
    given = messages(model.requests[0])[0][1]
    assert re.findall(r'^<passage id="([^"]+)', given, re.MULTILINE) == [
        STORAGE["passage_id"],
        "many-0",
        "delivery.md#delivery-times",
        "many-1",
        "many-2",
    ]


def test_no_passages_are_said_to_be_none(house: House, model: OpenAIServer) -> None:
    say(house.open(model=MODEL), UNCLEAR[0])
    assert messages(model.requests[0])[0][1].endswith(NONE_FOUND)


def test_the_conversation_so_far_is_in_the_request(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    model.script(proposal("Which order?"))
    for text in ("hi", UNDOCUMENTED, UNCLEAR[0]):
        say(desk, text)
    assert messages(model.requests[-1])[1:] == [
        ("user", "hi"),
        ("assistant", "Hello! How can I help you?"),
        ("user", UNDOCUMENTED),
        ("assistant", "Which order?"),
        ("user", UNCLEAR[0]),
    ]


def test_another_conversation_of_the_same_user_is_not(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    say(desk, "hi", conversation_id="before")
    say(desk, UNDOCUMENTED, conversation_id="now")
    assert messages(model.requests[-1])[1:] == [("user", UNDOCUMENTED)]


def test_history_keeps_to_its_budget_and_drops_the_oldest_first(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    model.default = proposal("word " * 39 + "word?")
    for number in range(30):
        say(desk, f"{UNCLEAR[0]} {number} " + "word " * 100)

    kept = [content for _, content in messages(model.requests[-1])[1:-1]]
    assert 0 < count_tokens_approximately(kept) <= TOKENS
    assert count_tokens_approximately([*kept, "word " * 100]) > TOKENS - 150  # and uses it
    numbers = [int(content.split()[2]) for content in kept if content.startswith(UNCLEAR[0])]
    assert numbers[-1] == 28
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
    assert len(str(model.requests[-1])) < 1.2 * len(str(model.requests[20]))


def test_history_is_bounded_by_turns_where_they_are_short(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    for number in range(30):
        say(desk, f"when are you open {number}" if number < 29 else UNCLEAR[0])
    assert len(messages(model.requests[-1])) == 1 + 2 * 20 + 1


def test_one_long_message_does_not_wipe_out_the_memory_after_it(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    say(desk, "x" * 4000)
    say(desk, UNDOCUMENTED)
    assert ("user", "x" * 4000) in messages(model.requests[-1])


def test_a_plugin_may_amend_the_instructions(house: House, model: OpenAIServer) -> None:
    house.write_plugin(
        "polite",
        """
@hookimpl(wrapper=True)
def system_prompt(tenant):
    written = yield
    return f"{written}\\nSay please in {tenant.name}."
""",
    )
    say(house.open(model=MODEL), UNDOCUMENTED)
    assert "Say please in Teashop.\n\nExamples of" in messages(model.requests[0])[0][1]


@pytest.mark.parametrize(
    ("settings", "pack", "cost"),
    [
        ({"model_price": "2/8"}, "", (2.0, 8.0)),
        ({}, "", (0.4, 1.6)),
        ({"model": "openai:gpt-5-mini"}, "", (0.25, 2.0)),
        ({"model": "openai:some-model"}, "", None),
        ({}, 'name = "openai:gpt-5-mini"', (0.25, 2.0)),
        ({}, 'name = "openai:some-model"', None),
        ({"model_price": "2/8"}, 'price = "1/4"', (1.0, 4.0)),
        ({"model_price": "0/0"}, "", (0.0, 0.0)),
    ],
)
def test_what_a_turn_took_is_stored_with_its_cost(
    house: House,
    model: OpenAIServer,
    settings: dict[str, Any],
    pack: str,
    cost: tuple[float, float] | None,
) -> None:
    house.write_pack(text=f"{TEASHOP}\n[settings.model]\n{pack}\n")
    send(house.open(**{"model": MODEL, **settings}), UNDOCUMENTED, message_id="m")

    usage = say(house.open(**{"model": MODEL, **settings}), UNDOCUMENTED, message_id="m").usage
    assert model.calls == 1
    assert usage is not None
    assert usage.model == model.requests[0]["model"]
    assert usage.input_tokens > 100
    assert usage.output_tokens > 10
    if cost is None:
        assert usage.cost is None
    else:
        expected = (usage.input_tokens * cost[0] + usage.output_tokens * cost[1]) / 1e6
        assert usage.cost == pytest.approx(expected)
