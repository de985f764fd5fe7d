"""What is looked up for a message: the customer's words, and for a follow-up what it goes on from."""

from tests.house import DOCUMENTED, UNCLEAR, House, say

REMEMBERING = """
asked = []

def search(question, topic, tenant):
    asked.append((question, topic))
    return ()

@hookimpl
def register_knowledge(register):
    register("remembering", search)
"""


def test_a_follow_up_is_searched_with_the_question_before_it(house: House) -> None:
    house.write_plugin("source", REMEMBERING)
    desk = house.open()
    for text in (DOCUMENTED, "and in a bag?", UNCLEAR[0]):
        say(desk, text)
    asked = house.plugin("source").asked
    assert asked[-3:] == [(DOCUMENTED, ""), ("and in a bag?", DOCUMENTED), (UNCLEAR[0], "")]


def test_another_conversation_is_no_help(house: House) -> None:
    house.write_plugin("source", REMEMBERING)
    desk = house.open()
    say(desk, DOCUMENTED)
    say(desk, "and in a bag?", conversation_id="another")
    assert house.plugin("source").asked[-1] == ("and in a bag?", "")
