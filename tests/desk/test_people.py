"""People at the desk: taking over, answering, handing back, closing, also while the bot is thinking."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from punai.ports import MessageMismatch, NotFound, StatusChanged
from punai.testing import Failure, OpenAIServer
from tests.house import (
    MODEL,
    TEASHOP,
    UNCLEAR,
    UNDOCUMENTED,
    House,
    escalations_of,
    proposal,
    say,
    send,
    status_of,
    turns_of,
)


def test_the_bot_keeps_quiet_in_a_humans_conversation(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    send(desk, "hi")
    desk.take_over("teashop", "c")
    for text in (UNDOCUMENTED, "thanks", "I want to talk to a person", "you will hear from my lawyer"):
        answer = say(desk, text)
        assert (answer.reply, answer.answered_by, answer.status) == ("", "human", "human")
        assert not answer.escalation
    assert model.calls == 0
    assert escalations_of(desk) == []
    assert [turn.text for turn in turns_of(desk)][1:3] == [UNDOCUMENTED, "thanks"]


@pytest.mark.parametrize("wish", [{}, {"needs_human": True}, {"confidence": 0.1}])
def test_a_human_who_takes_over_while_the_model_thinks_beats_the_bot(
    house: House, model: OpenAIServer, wish: dict[str, Any]
) -> None:
    desk, staff = house.open(model=MODEL), house.open()

    def take_over(request: dict[str, Any]) -> dict[str, Any]:
        staff.take_over("teashop", "c")
        return proposal("The bot's words.", **wish)

    model.script(take_over)
    answer = say(desk, UNDOCUMENTED)

    assert (answer.reply, answer.answered_by, answer.status) == ("", "human", "human")
    assert [turn.text for turn in turns_of(desk)] == [UNDOCUMENTED]
    assert status_of(desk) == "human"
    assert escalations_of(desk) == []


def test_a_human_who_takes_over_while_the_model_fails_beats_the_bot(
    house: House, model: OpenAIServer
) -> None:
    desk, staff = house.open(model=MODEL), house.open()

    def take_over(request: dict[str, Any]) -> Failure:
        staff.take_over("teashop", "c")
        return Failure.http_error(500)

    model.script(take_over)
    assert say(desk, UNDOCUMENTED).reply == ""
    assert escalations_of(desk) == []


def test_a_human_who_hands_back_while_the_model_thinks_lets_the_bot_answer(
    house: House, model: OpenAIServer
) -> None:
    desk, staff = house.open(model=MODEL), house.open()

    def take_over_and_hand_back(request: dict[str, Any]) -> dict[str, Any]:
        staff.take_over("teashop", "c")
        staff.hand_back("teashop", "c")
        return proposal("Still mine?")

    model.script(take_over_and_hand_back)
    answer = say(desk, UNDOCUMENTED)
    assert (answer.reply, answer.status) == ("Still mine?", "bot")


def test_a_human_who_hands_back_before_a_quiet_turn_is_stored_leaves_it_to_the_bot(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, staff = house.open(), house.open()
    send(desk, "hi")
    desk.take_over("teashop", "c")
    before(desk.store, "complete", lambda: staff.hand_back("teashop", "c"), monkeypatch)

    answer = say(desk, "when are you open")
    assert (answer.reply, answer.status) == ("We are open from nine to five, every day.", "bot")


def test_a_conversation_closed_while_the_bot_thinks_stays_closed(house: House, model: OpenAIServer) -> None:
    desk, staff = house.open(model=MODEL), house.open()

    def close(request: dict[str, Any]) -> dict[str, Any]:
        staff.close("teashop", "c")
        return proposal("One more thing?")

    model.script(close)
    answer = say(desk, UNDOCUMENTED)
    assert (answer.reply, answer.status) == ("One more thing?", "closed")
    assert status_of(desk) == "closed"
    assert send(desk, "hi", conversation_id=None).conversation_id != "c"


def test_a_human_asked_for_while_the_conversation_is_closed_comes_all_the_same(
    house: House, model: OpenAIServer
) -> None:
    desk, staff = house.open(model=MODEL), house.open()

    def close(request: dict[str, Any]) -> dict[str, Any]:
        staff.close("teashop", "c")
        return proposal(needs_human=True)

    model.script(close)
    assert say(desk, UNDOCUMENTED).status == "waiting"
    assert [found.status for found in escalations_of(desk)] == ["open"]


def test_a_closed_conversation_addressed_by_its_id_is_the_bots_again(house: House) -> None:
    desk = house.open()
    say(desk, "I want to talk to a person")
    desk.close("teashop", "c")
    assert [found.status for found in escalations_of(desk)] == ["closed"]
    assert say(desk, "hi").status == "bot"


def test_an_escalation_follows_its_conversation(house: House) -> None:
    desk = house.open()
    seen = []
    say(desk, "I want to talk to a person")
    for step in (desk.take_over, desk.hand_back):
        seen.append((status_of(desk), escalations_of(desk)[0].status))
        step("teashop", "c")
    seen.append((status_of(desk), escalations_of(desk)[0].status))
    assert seen == [("waiting", "open"), ("human", "taken"), ("bot", "closed")]
    assert say(desk, "hi").answered_by == "reply"


@pytest.mark.parametrize(
    ("held_by", "forbidden"),
    [("bot", {"hand_back"}), ("human", {"take_over"}), ("closed", {"take_over", "hand_back", "close"})],
)
def test_steps_that_do_not_fit_the_status_say_so(house: House, held_by: str, forbidden: set[str]) -> None:
    desk = house.open()
    send(desk, "hi")
    if held_by != "bot":
        {"human": desk.take_over, "closed": desk.close}[held_by]("teashop", "c")
    for step in sorted(forbidden):
        with pytest.raises(StatusChanged, match=held_by):
            getattr(desk, step)("teashop", "c")
    assert status_of(desk) == held_by


@pytest.mark.parametrize("step", ["take_over", "hand_back", "close"])
def test_a_conversation_that_is_not_there_is_not_found(house: House, step: str) -> None:
    desk = house.open()
    with pytest.raises(NotFound):
        getattr(desk, step)("teashop", "nowhere")
    with pytest.raises(NotFound):
        desk.reply_as_agent("teashop", "nowhere", "Hello?")


def test_an_agents_words_are_stored_and_remembered_by_the_model(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    send(desk, UNCLEAR[0])
    desk.take_over("teashop", "c")
    turn = desk.reply_as_agent("teashop", "c", "This is Mia. It is on its way.")
    assert turns_of(desk)[-1] == turn
    assert status_of(desk) == "human"

    desk.hand_back("teashop", "c")
    say(desk, UNDOCUMENTED)
    assert {"role": "assistant", "content": "This is Mia. It is on its way."} in [
        {"role": message["role"], "content": message["content"]} for message in model.requests[-1]["messages"]
    ]


@pytest.mark.parametrize("status", ["bot", "waiting", "closed"])
def test_an_agent_who_has_not_taken_over_cannot_reply(house: House, status: str) -> None:
    desk = house.open()
    send(desk, "I want to talk to a person" if status == "waiting" else "hi")
    if status == "closed":
        desk.close("teashop", "c")
    with pytest.raises(StatusChanged):
        desk.reply_as_agent("teashop", "c", "Hello?")
    assert len(turns_of(desk)) == 1


def test_an_agents_words_reach_the_customer_through_the_webhook(house: House) -> None:
    with receiver() as (url, received):
        house.write_pack(text=f'{TEASHOP}\n[settings.webhook]\nurl = "{url}"\n')
        desk = house.open()
        send(desk, "hi", channel="webhook")
        desk.take_over("teashop", "c")
        turn = desk.reply_as_agent("teashop", "c", "This is Mia.", message_id="m")
    assert received == [
        {"user_id": "ada", "conversation_id": "c", "message_id": "m", "reply": "This is Mia."}
    ]
    assert turns_of(desk)[-1] == turn


def test_words_that_do_not_reach_the_webhook_are_stored_and_can_be_sent_again(house: House) -> None:
    with receiver(statuses=[500, 200]) as (url, received):
        house.write_pack(text=f'{TEASHOP}\n[settings.webhook]\nurl = "{url}"\n')
        desk = house.open()
        send(desk, "hi", channel="webhook")
        desk.take_over("teashop", "c")
        with pytest.raises(httpx.HTTPStatusError):
            desk.reply_as_agent("teashop", "c", "This is Mia.", message_id="m")
        desk.reply_as_agent("teashop", "c", "This is Mia.", message_id="m")
    assert len(received) == 2
    assert [turn.message_id for turn in turns_of(desk)[1:]] == ["m"]


def test_an_agents_other_words_under_the_same_id_are_refused(house: House) -> None:
    desk = house.open()
    send(desk, "hi", message_id="customers")
    desk.take_over("teashop", "c")
    desk.reply_as_agent("teashop", "c", "This is Mia.", message_id="m")
    for used in ("m", "customers"):
        with pytest.raises(MessageMismatch):
            desk.reply_as_agent("teashop", "c", "It is on its way.", message_id=used)


def before(store: Any, method: str, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen right before the store's method is called for the first time."""
    original = getattr(store, method)

    def acting(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(store, method, original)
        act()
        return original(*args, **kwargs)

    monkeypatch.setattr(store, method, acting)


@contextmanager
def receiver(statuses: list[int] | None = None) -> Iterator[tuple[str, list[Any]]]:
    """A shop's back end that takes webhooks: its address, and what it was sent."""
    received: list[Any] = []
    answers = list(statuses or [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(httpx.Response(200, content=body).json())
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook/secret", received
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
