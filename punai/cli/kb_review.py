"""What is wrong with the documents, and what they lack: `punai kb check` and `punai kb gaps`."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import click

from punai.cli.groups import common_words, group
from punai.cli.output import print_json, printable, progress
from punai.cli.session import business_option, open_desk
from punai.cli.suggest import UNSURE
from punai.models import Turn
from punai.sources import Document, DocumentStore

if TYPE_CHECKING:
    from punai.pipeline import Pipeline

SHOWN = 3
"""Examples of a group, or of an intent, that people are shown."""
ANSWERED = 0.5
"""The share of an intent's examples that the documents answer, if they can be said to be about it."""


class Lack(NamedTuple):
    """An intent that the documents hardly answer: how many of its examples, and some that they do not."""

    intent: str
    examples: int
    answered: int
    unanswered: Sequence[str]


@click.command(epilog="Example: punai kb check --strict")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--strict", is_flag=True, help="Exit with 1 if anything is found: for a business's own CI.")
@business_option
def check(as_json: bool, strict: bool, business: str | None) -> None:
    """Find what documents say twice, or in two ways, which of them cannot be read, and intents without any.

    It goes by words: a contradiction is shown for a person to judge.
    """
    from punai.knowledge.review import contradictions, duplicates
    from punai.knowledge.words import Words

    desk, tenant = open_desk(business, in_memory=True)
    pipeline = desk.pipelines[tenant.id]
    documents = list(_documents(pipeline))
    passages = [passage for _, document in documents for passage in document.passages]
    words = Words(tenant.languages)
    findings = [*duplicates(passages, words), *contradictions(passages, words)]
    lacks = list(_lacks(pipeline))
    desk.store.close()
    unread = {name: document.left_out for name, document in documents if document.left_out}
    if as_json:
        found = [
            {"kind": each.kind, "passages": [p.id for p in each.passages], "words": each.words}
            for each in findings
        ]
        print_json({"unread": unread, "findings": found, "intents": [x._asdict() for x in lacks]}, indent=2)
    else:
        for name, why in unread.items():
            print(f"{name} is not answered from: {printable(why)}")
        for each in findings:
            print(f"{each.kind}: {' and '.join(passage.id for passage in each.passages)}")
            for text in each.words:
                print(f"    {printable(' '.join(text.split()))[:200]}")
        for lack in lacks:
            print(f"{lack.intent}: documents answer {lack.answered} of its {lack.examples} examples, not")
            for text in lack.unanswered[:SHOWN]:
                print(f"    {printable(text)}")
        if not (unread or findings or lacks):
            print(f"nothing to see to in {len(passages):,} passages of {len(documents):,} documents")
    if strict and (unread or findings or lacks):
        sys.exit(1)


@click.command(epilog="Example: punai kb gaps --days 7")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far back to look."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@business_option
def gaps(days: int, as_json: bool, business: str | None) -> None:
    """Show what customers asked that no document answers, grouped, with counts: what to write next.

    Looked at are the messages that got neither a document nor the business's own words, and that today's
    documents still do not answer. They are customers' words: take care of whom you show them to.
    """
    desk, tenant = open_desk(business)
    pipeline = desk.pipelines[tenant.id]
    list(_documents(pipeline))  # reads what changed
    since = datetime.now(UTC) - timedelta(days=days)
    times = Counter(turn.text for turn in desk.store.turns(tenant, since=since) if _was_a_gap(turn))
    desk.store.close()
    with progress(list(times), "Searching") as watched:
        missing = [text for text in watched if not _is_answered(text, pipeline)]
    known = [example for intent in pipeline.business.intents.values() for example in intent.examples]
    groups = sorted(group(missing, known), key=lambda texts: -sum(times[text] for text in texts))
    if as_json:
        print_json(
            {
                "days": days,
                "questions": sum(times[text] for text in missing),
                "gaps": [
                    {
                        "count": sum(times[text] for text in texts),
                        "words": common_words(texts, known),
                        "questions": texts,
                    }
                    for texts in groups
                ],
            },
            indent=2,
        )
    elif not groups:
        print(f"no gaps: in the last {days} days, everything asked was answered, or is by now")
    for texts in groups if not as_json else ():
        about = ", ".join(common_words(texts, known)) or "various"
        print(f"{sum(times[text] for text in texts):5}  {printable(about)}")
        for text in texts[:SHOWN]:
            print(f"           {printable(' '.join(text.split()))[:120]}")


def _documents(pipeline: "Pipeline") -> Iterator[tuple[str, Document]]:
    for source in pipeline.business.knowledge.values():
        if isinstance(source, DocumentStore):
            found: Mapping[str, Document] = source.documents(pipeline.tenant)
            yield from found.items()


def _lacks(pipeline: "Pipeline") -> Iterator[Lack]:
    """The intents that neither the business's own words nor a human nor a document answers."""
    asked = [each for each in pipeline.business.intents.values() if not (each.reply or each.escalate)]
    with progress(asked, "Asking") as watched:
        for intent in watched:
            missing = [text for text in intent.examples if not _is_answered(text, pipeline)]
            answered = len(intent.examples) - len(missing)
            if answered < ANSWERED * len(intent.examples):
                yield Lack(intent.name, len(intent.examples), answered, missing)


def _is_answered(text: str, pipeline: "Pipeline") -> bool:
    found = pipeline.look_up(text)
    return bool(found) and found[0].score >= pipeline.tenant.thresholds.passage


def _was_a_gap(turn: Turn) -> bool:
    """Whether the customer asked something, and was asked back or offered a human."""
    step = turn.answer.step if turn.answer else ""
    return bool(turn.text) and step in UNSURE
