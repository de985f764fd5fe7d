"""Examples and new intents, proposed from what was not understood: `punai suggest`."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from punai.cli import groups
from punai.cli.examples import LONGEST, intent_name, read_objects
from punai.cli.output import print_json, printable, progress
from punai.cli.pack_text import intent_block, quoted
from punai.cli.session import business_option, open_desk
from punai.models import OTHER, Turn
from punai.ports import PunaiError, Store
from punai.tenant import Tenant
from punai.understanding.ngrams import words as words_of

if TYPE_CHECKING:
    from punai.pipeline import Pipeline

NEAR = 0.7
"""The share of the pack's threshold from which an unsure guess is worth proposing."""
SHOWN = 5
"""How many messages of a group people are shown."""
DAYS = 30
UNSURE = ("clarified", "rephrased", "offered_human")
"""Steps of those whom PunAI did not understand, or had nothing to tell."""
NO_QUESTION = ("kept", "joined", "handed_over")
"""Steps of messages that no intent is wanted for: a human had them, or was asked for, mostly by "yes"."""

Said = Mapping[str, Sequence[bool | None]]
"""What customers said, and each time it came whether it was understood; None where that is not known."""


class Unclear(NamedTuple):
    """A message that was not understood, how often it came, and the best guess, however unsure."""

    text: str
    times: int
    guess: str
    confidence: float


class Suggestion(NamedTuple):
    """Like messages, the most typical first: examples for an intent that is there, or (None) a new one."""

    times: int
    add_to: str | None
    name: str
    words: Sequence[str]
    messages: Sequence[str]

    def as_json(self) -> dict[str, object]:
        """`add_to` is null where a new intent is proposed; then `name` is made of the words."""
        return {
            "count": self.times,
            "add_to": self.add_to,
            "name": self.name,
            "words": self.words,
            "messages": self.messages,
        }


@click.command(epilog="Example: punai suggest --toml >> plugins/acme_shop/business.toml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    help=f"Without FILE: how many days back to read the store.  [default: {DAYS}]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the suggestions as one JSON object.")
@click.option("--toml", "as_toml", is_flag=True, help="Print them ready to paste into business.toml.")
@click.option(
    "--at-least",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="Leave out what fewer messages than this were about.",
)
@business_option
def suggest(
    file: Path | None, days: int | None, as_json: bool, as_toml: bool, at_least: int, business: str | None
) -> None:
    """Propose examples and new intents from messages that were not understood.

    Without FILE they are those in the store that were taken for none of the intents, or were answered by a
    question, by a request for other words or by the offer of a human.

    FILE holds JSON lines: what punai replay takes or writes with --out, or what punai export prints. Of these
    it is those that the classifier takes for none of the intents by now, or that were answered by a question.

    They are grouped by similarity; what the pack has as an example is left out. They are customers' words:
    take out what is personal before you keep them.
    """
    if as_json and as_toml:
        raise click.UsageError("--json and --toml cannot go together.")
    if file and days:
        raise click.UsageError("--days is for what is in the store: FILE is read whole.")
    said = _read(file) if file else {}
    desk, tenant = open_desk(business, in_memory=file is not None)
    if file is None:
        said = _stored(desk.store, tenant, days or DAYS)
    desk.store.close()
    pipeline = desk.pipelines[tenant.id]
    unclear = list(_unclear(said, pipeline))
    found = _suggestions(unclear, pipeline)
    kept = [each for each in found if each.times >= at_least]
    if as_json:
        print_json(
            {
                "messages": sum(map(len, said.values())),
                "not_understood": sum(each.times for each in unclear),
                "suggestions": [each.as_json() for each in kept],
                "left_out": len(found) - len(kept),
            },
            indent=2,
        )
    elif as_toml:
        print("".join(_toml(each) for each in kept), end="")
    else:
        _print(kept, len(found) - len(kept))


def _stored(store: Store, tenant: Tenant, days: int) -> Said:
    """What customers said in so many days, by who said it first."""
    found: list[Turn] = []
    with progress(store.turns(tenant, since=datetime.now(UTC) - timedelta(days=days)), "Reading") as watched:
        found.extend(turn for turn in watched if turn.text and turn.answer)
    found.sort(key=lambda turn: (turn.at, turn.message_id))
    return _merged((turn.text, _understood(turn)) for turn in found)


def _understood(turn: Turn) -> bool:
    answer = turn.answer
    if answer is None or answer.step in NO_QUESTION:
        return True
    return answer.step not in UNSURE and answer.intent != OTHER


def _read(path: Path) -> Said:
    """What customers said according to the file, in the order of its first time.

    Raises:
        PunaiError: a line is wrong, with the file and the line; or there is none.
    """
    said = _merged(_messages(path))
    if not said:
        raise PunaiError(f"{path} holds no messages")
    return said


def _messages(path: Path) -> Iterator[tuple[str, bool | None]]:
    for place, row in read_objects(path):
        if row.get("role", "customer") != "customer":
            continue
        text = row.get("message", row.get("text"))
        if not isinstance(text, str):
            raise PunaiError(f"{place}: message: is missing, or no string")
        answer = row.get("answer")
        yield text, False if isinstance(answer, dict) and answer.get("step") == "clarified" else None


def _merged(messages: Iterable[tuple[str, bool | None]]) -> Said:
    said: defaultdict[str, list[bool | None]] = defaultdict(list)
    same: dict[str, str] = {}
    for words, understood in messages:
        text = " ".join(words.split())
        if 0 < len(text) <= LONGEST:
            said[same.setdefault(_key(text), text)].append(understood)
    return said


def _key(text: str) -> str:
    """What is the same in messages that say the same."""
    return " ".join(words_of(text)) or text


def _unclear(said: Said, pipeline: "Pipeline") -> Iterator[Unclear]:
    intents = pipeline.business.intents.values()
    known = {_key(example) for intent in intents for example in intent.examples}
    asked = [(text, times) for text, times in said.items() if not all(times) and _key(text) not in known]
    pipeline.guess("hello")  # training, if there is any, has its own report
    with progress(asked, "Understanding") as watched:
        for text, times in watched:
            match = pipeline.guess(text)
            by_now = match.name != OTHER and match.confidence >= pipeline.tenant.thresholds.intent
            if False in times or not by_now:
                yield Unclear(text, len(times), match.name, match.confidence)


def _suggestions(unclear: Sequence[Unclear], pipeline: "Pipeline") -> list[Suggestion]:
    """The most frequent first."""
    intents = pipeline.business.intents
    examples = [example for intent in intents.values() for example in intent.examples]
    by_text = {each.text: each for each in unclear}
    taken = {*intents, OTHER}
    found = []
    for messages in groups.group(list(by_text), examples):
        those = [by_text[text] for text in messages]
        common = groups.common_words(messages, [*examples, *by_text])
        nearest = _nearest_intent(those, enough=NEAR * pipeline.tenant.thresholds.intent)
        name = nearest or _free_name("_".join(common) or messages[0][:40], taken)
        taken.add(name)
        found.append(Suggestion(sum(each.times for each in those), nearest, name, common, messages))
    return sorted(found, key=lambda each: (-each.times, each.messages))


def _nearest_intent(those: Sequence[Unclear], enough: float) -> str | None:
    """The intent that most of them point to, with at least this confidence on average; else None."""
    name, votes = Counter(each.guess for each in those).most_common(1)[0]
    confidence = sum(each.confidence for each in those if each.guess == name) / votes
    return name if name != OTHER and 2 * votes > len(those) and confidence >= enough else None


def _free_name(words: str, taken: set[str]) -> str:
    name = intent_name(words).lower()
    return next(
        free for n in range(1, len(taken) + 2) if (free := f"{name}_{n}" if n > 1 else name) not in taken
    )


def _toml(each: Suggestion) -> str:
    """A new intent; or, as comments, lines for the examples of one that is there: TOML has no other way."""
    if each.add_to is None:
        return intent_block(each.name, " ".join(each.words) or each.name, each.messages)
    lines = "".join(f"#     {quoted(text)},\n" for text in each.messages)
    return f"\n# to the examples of {quoted(each.add_to)}:\n{lines}"


def _print(found: Sequence[Suggestion], left_out: int) -> None:
    for each in found:
        what = (
            f"add to {each.add_to}" if each.add_to else f"a new intent, about: {', '.join(each.words) or '?'}"
        )
        print(f"{each.times:4}  {what}")
        for text in each.messages[:SHOWN]:
            print(f"      {printable(text)}")
        if len(each.messages) > SHOWN:
            print(f"      and {len(each.messages) - SHOWN} more")
    if not found:
        print("nothing to suggest")
    if left_out:
        print(f"Left out: {left_out} smaller groups; --at-least 1 shows them", file=sys.stderr)
