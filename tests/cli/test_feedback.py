"""`punai feedback`."""

import json

from punai.desk import Desk
from punai.models import Inbound
from tests.cli.conftest import Run, assert_one_line_error


def asked(desk: Desk, text: str, id: str) -> None:
    inbound = Inbound(user_id="ada", text=text, conversation_id="c", message_id=id)
    desk.receive("teahouse", inbound)


def vote(desk: Desk) -> None:
    """Three votes and a rating, with comments that could steer a terminal."""
    for number, text in enumerate(["thank you", "how quick is express delivery?", "many thanks"]):
        asked(desk, text, f"m{number}")
    desk.rate("teahouse", "ada", "c", "m0", "up")
    desk.rate("teahouse", "ada", "c", "m1", "down", comment="To Spain,\nnot\x1b[31m here")
    desk.rate("teahouse", "ada", "c", "m2", "down")
    desk.rate_conversation("teahouse", "ada", "c", 2, comment="Meh")


def test_nothing_is_reported_where_nobody_said_anything(desk: Desk, punai: Run) -> None:
    asked(desk, "thank you", "m1")
    assert punai("feedback").stdout == "no feedback in the last 30 days\n"
    nothing = json.loads(punai("feedback", "--json").stdout)
    assert (nothing["up"], nothing["down"], nothing["voted_down"]) == (0, 0, [])
    assert (nothing["ratings"]["n"], nothing["ratings"]["mean"]) == (0, None)


def test_json_counts_votes_and_ratings_and_lists_what_was_voted_down(desk: Desk, punai: Run) -> None:
    vote(desk)
    found = json.loads(punai("feedback", "--json", "--days", "1").stdout)
    assert (found["days"], found["up"], found["down"]) == (1, 1, 2)
    counts = {each.pop("intent"): each for each in found["intents"]}
    assert counts["gratitude"] == {"up": 1, "down": 1}
    assert sum(count["down"] for count in counts.values()) == 2
    assert {name: found["ratings"][name] for name in ("n", "mean")} == {"n": 1, "mean": 2.0}
    assert found["ratings"]["by_value"] == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 0}
    assert [each["comment"] for each in found["ratings"]["comments"]] == ["Meh"]
    last, first = found["voted_down"]
    assert (last["message_id"], last["comment"], last["answered_by"]) == ("m2", None, "reply")
    assert (first["message_id"], first["question"]) == ("m1", "how quick is express delivery?")
    answered = desk.messages("teahouse", "ada").conversation.turns[1].answer
    assert answered is not None
    assert first["reply"] == answered.reply
    assert first["comment"] == "To Spain,\nnot\x1b[31m here"
    assert first["at"].endswith("Z")


def test_the_report_can_be_read_in_a_terminal(desk: Desk, punai: Run) -> None:
    vote(desk)
    shown = punai("feedback").stdout
    assert shown.startswith("1 up, 2 down\n1 conversations rated, 2.0 on average (1 to 5)\nINTENT")
    assert "comment: To Spain, not [31m here\n" in shown
    assert "c rated 2: Meh\n" in shown


def test_what_was_withdrawn_is_not_counted(desk: Desk, punai: Run) -> None:
    asked(desk, "thank you", "m1")
    desk.rate("teahouse", "ada", "c", "m1", "down")
    desk.rate("teahouse", "ada", "c", "m1", None)
    assert punai("feedback").stdout == "no feedback in the last 30 days\n"


def test_days_are_at_least_one(punai: Run) -> None:
    assert_one_line_error(punai("feedback", "--days", "0"), 2, "--days")
