"""Several short messages in a row: one answer for all of them, for a business that asks for it."""

from concurrent.futures import ThreadPoolExecutor

from punai.testing import OpenAIServer
from tests.house import MODEL, TEASHOP, House, answer_of, proposal, say, send, turns_of

JOINING = f"{TEASHOP}\n[conversation]\njoin_seconds = 0.4\n"


def test_a_burst_gets_one_answer_that_covers_all_of_it(house: House, model: OpenAIServer) -> None:
    house.write_pack(text=JOINING)
    desk = house.open(model=MODEL)
    model.default = proposal("Is that all of it?")
    say(desk, "hello")  # the conversation exists, so that the burst is in one
    with ThreadPoolExecutor(3) as pool:
        sent = []
        for text in ("I ordered some tea", "green tea", "where is it?"):
            sent.append(pool.submit(send, desk, text))
            while len(turns_of(desk)) < 1 + len(sent):
                pass  # in this order, and well within the window
        replies = [answer_of(turn.result()) for turn in sent]
    assert [answer.reply for answer in replies] == ["", "", "Is that all of it?"]
    assert [answer.step for answer in replies] == ["joined", "joined", "answered"]
    assert model.calls == 1
    assert model.requests[0]["messages"][-1]["content"] == "I ordered some tea\ngreen tea\nwhere is it?"
    assert [turn.text for turn in turns_of(desk)][1:] == ["I ordered some tea", "green tea", "where is it?"]


def test_messages_further_apart_are_answered_each_by_itself(house: House, model: OpenAIServer) -> None:
    house.write_pack(text=JOINING)
    desk = house.open(model=MODEL)
    model.script(proposal("first?"), proposal("second?"))
    assert [say(desk, "where is my tea?").reply, say(desk, "and my pot?").reply] == ["first?", "second?"]


def test_without_the_setting_each_of_a_burst_is_answered(house: House, model: OpenAIServer) -> None:
    desk = house.open(model=MODEL)
    model.default = proposal("an answer?")
    with ThreadPoolExecutor(3) as pool:
        turns = pool.map(lambda number: send(desk, f"where is my tea number {number}?"), range(3))
        assert [answer_of(turn).reply for turn in turns] == ["an answer?"] * 3
    assert model.calls == 3


def test_a_burst_to_a_human_is_kept_without_waiting(house: House) -> None:
    house.write_pack(text=TEASHOP + "\n[conversation]\njoin_seconds = 5\n")
    house.write_pack(text=JOINING)
    desk = house.open()
    say(desk, "I want to talk to a person")
    desk.take_over("teashop", "c")
    assert [say(desk, text).step for text in ("are you there?", "hello?")] == ["kept", "kept"]
