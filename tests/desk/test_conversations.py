"""A customer's own conversations: read page by page, ended; and who else may see them: nobody."""

import pytest

from punai.ports import NotFound, NotYours
from tests.house import DOCUMENTED, UNDOCUMENTED, House, escalations_of, send, status_of


def test_a_conversation_is_read_from_its_end_page_by_page(house: House) -> None:
    desk = house.open()
    for number, text in enumerate([DOCUMENTED, "hi", "when are you open", "thanks", "hello"]):
        send(desk, text, message_id=f"m{number}")
    last = desk.messages("teashop", "ada", conversation_id="c", limit=2)
    assert [turn.message_id for turn in last.conversation.turns] == ["m3", "m4"]
    middle = desk.messages("teashop", "ada", conversation_id="c", before="m3", limit=2)
    assert [turn.message_id for turn in middle.conversation.turns] == ["m1", "m2"]
    first = desk.messages("teashop", "ada", conversation_id="c", before="m1", limit=2)
    assert [turn.message_id for turn in first.conversation.turns] == ["m0"]
    assert (last.more, middle.more, first.more) == (True, True, False)
    whole = desk.messages("teashop", "ada", conversation_id="c", limit=5)
    assert (len(whole.conversation.turns), whole.more) == (5, False)


def test_without_a_name_it_is_the_customers_last_conversation(house: House) -> None:
    desk = house.open()
    with pytest.raises(NotFound):
        desk.messages("teashop", "ada")
    for conversation in ("first", "second"):
        send(desk, DOCUMENTED, conversation_id=conversation)
    assert desk.messages("teashop", "ada").conversation.id == "second"
    desk.close("teashop", "second")
    assert desk.messages("teashop", "ada").conversation.status == "closed"


def test_nobody_reads_or_ends_anothers_conversation(house: House) -> None:
    desk = house.open()
    send(desk, DOCUMENTED, message_id="m1")
    for before in (None, "m1", "nothing"):
        with pytest.raises(NotYours):
            desk.messages("teashop", "eve", conversation_id="c", before=before)
    with pytest.raises(NotYours):
        desk.leave("teashop", "eve", "c")
    assert status_of(desk) == "bot"


@pytest.mark.parametrize("tenant", ["teashop", "nobody"])
def test_what_is_not_there_is_not_found(house: House, tenant: str) -> None:
    desk = house.open()
    send(desk, DOCUMENTED, message_id="m1")
    with pytest.raises(NotFound):
        desk.messages(tenant, "ada", conversation_id="nowhere")
    with pytest.raises(NotFound):
        desk.messages(tenant, "ada", conversation_id="c", before="m2")
    with pytest.raises(NotFound):
        desk.leave(tenant, "ada", "nowhere")


def test_a_customer_ends_a_conversation_once_and_for_all_who_wait_in_it(house: House) -> None:
    desk = house.open()
    send(desk, UNDOCUMENTED, human=True)
    for _ in range(2):
        desk.leave("teashop", "ada", "c")
        assert status_of(desk) == "closed"
    assert [opened.status for opened in escalations_of(desk)] == ["closed"]


def test_an_agents_words_carry_the_name_that_was_given(house: House) -> None:
    desk = house.open()
    send(desk, DOCUMENTED)
    desk.take_over("teashop", "c")
    named = desk.reply_as_agent("teashop", "c", "Hello.", name="Ben")
    unnamed = desk.reply_as_agent("teashop", "c", "Hello again.")
    page = desk.messages("teashop", "ada")
    assert page.conversation.turns[1:] == (named, unnamed)
    assert [turn.answer.agent for turn in page.conversation.turns[1:] if turn.answer] == ["Ben", None]
