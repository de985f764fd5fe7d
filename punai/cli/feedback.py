"""What customers think of the answers: `punai feedback`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from punai.cli.output import print_json, print_table, printable
from punai.cli.session import business_option, open_desk
from punai.models import Conversation, Turn

SHOWN = 200
"""Characters of what was asked, answered and remarked; JSON has all of them."""


@click.command(epilog="Example: punai feedback --days 7")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back to look."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@business_option
def feedback(days: int, as_json: bool, business: str | None) -> None:
    """Count the answers voted up and down, by intent, and list those voted down, with the comments.

    Looked at are the messages of the last days, and the ratings that were given in them. The newest comments
    come first. They are customers' words: take care of whom you show them to.
    """
    desk, tenant = open_desk(business)
    since = datetime.now(UTC) - timedelta(days=days)
    voted = [turn for turn in desk.store.turns(tenant, since=since) if turn.feedback]
    rated = [each for each in desk.store.rated(tenant) if each.rating and each.rating.at >= since]
    desk.store.close()
    report = {"days": days, **_votes(voted), "ratings": _ratings(rated), "voted_down": _voted_down(voted)}
    if as_json:
        print_json(report, indent=2)
    elif not voted and not rated:
        print(f"no feedback in the last {days} days")
    else:
        _print(report)


def _votes(voted: Iterable[Turn]) -> dict[str, Any]:
    """How many answers were voted up and down, of all and of each intent, the most criticised first."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: {"up": 0, "down": 0})
    for turn in voted:
        if turn.feedback and turn.answer:
            counts[turn.answer.intent][turn.feedback.value] += 1
    worst = sorted(counts.items(), key=lambda known: (-known[1]["down"], -known[1]["up"], known[0]))
    return {
        "up": sum(count["up"] for count in counts.values()),
        "down": sum(count["down"] for count in counts.values()),
        "intents": [{"intent": intent, **count} for intent, count in worst],
    }


def _ratings(rated: Iterable[Conversation]) -> dict[str, Any]:
    """How many conversations were rated, how well on average (None where none was), and what was remarked."""
    ratings = [(each.id, each.rating) for each in rated if each.rating]
    values = [rating.value for _, rating in ratings]
    remarked = sorted((known for known in ratings if known[1].comment), key=lambda known: known[1].at)
    return {
        "n": len(values),
        "mean": round(sum(values) / len(values), 2) if values else None,
        "by_value": {str(value): values.count(value) for value in range(1, 6)},
        "comments": [
            {"conversation_id": id, **rating.model_dump(mode="json")} for id, rating in reversed(remarked)
        ],
    }


def _voted_down(voted: Iterable[Turn]) -> list[dict[str, Any]]:
    """The answers that were voted down, the newest vote first."""
    down = [
        (turn, turn.answer, turn.feedback)
        for turn in voted
        if turn.answer and turn.feedback and turn.feedback.value == "down"
    ]
    return [
        {
            "conversation_id": turn.conversation_id,
            "message_id": turn.message_id,
            "question": turn.text,
            "reply": answer.reply,
            "intent": answer.intent,
            "answered_by": answer.answered_by,
            "comment": vote.comment,
            "at": vote.model_dump(mode="json")["at"],
        }
        for turn, answer, vote in sorted(down, key=lambda known: known[2].at, reverse=True)
    ]


def _print(report: Mapping[str, Any]) -> None:
    ratings = report["ratings"]
    print(f"{report['up']} up, {report['down']} down")
    if ratings["n"]:
        print(f"{ratings['n']} conversations rated, {ratings['mean']} on average (1 to 5)")
    if report["intents"]:
        counted = [(each["intent"], str(each["up"]), str(each["down"])) for each in report["intents"]]
        print_table([("INTENT", "UP", "DOWN"), *counted])
    for each in report["voted_down"]:
        print(f"\n{each['conversation_id']} {each['message_id']} {each['intent']}, {each['answered_by']}")
        for label, text in (
            ("asked", each["question"]),
            ("answered", each["reply"]),
            ("comment", each["comment"]),
        ):
            if text:
                print(f"  {label}: {_shortened(text)}")
    for each in ratings["comments"]:
        print(f"\n{each['conversation_id']} rated {each['value']}: {_shortened(each['comment'])}")


def _shortened(text: str) -> str:
    return printable(" ".join(text.split()))[:SHOWN]
