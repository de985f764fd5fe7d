"""How well labelled messages are understood: `punai eval`."""

import difflib
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from punai.cli import reliability_plot
from punai.cli.evaluation_report import Asked, EvaluationReport
from punai.cli.examples import LONGEST, OUT_OF_SCOPE, Labelled, intent_name, read_labelled
from punai.cli.output import print_json, print_table, progress
from punai.cli.session import business_option, open_desk
from punai.evaluation import Outcome
from punai.models import OTHER, Conversation, IntentMatch, Turn
from punai.ports import Accepted, PunaiError

if TYPE_CHECKING:
    from punai.pipeline import Pipeline
    from punai.ports import Store

Ask = Callable[[Labelled], Asked]


@click.command(name="eval", epilog="Example: punai eval labelled.csv --model local --min-accuracy 0.9")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--model",
    type=click.Choice(["configured", "local"]),
    default="configured",
    show_default=True,
    help="Ask the model of PUNAI_MODEL where the bot would, or the local classifier alone.",
)
@click.option(
    "--min-accuracy",
    type=click.FloatRange(0, 1),
    help="Exit with 1 if the accuracy, out of scope included, is below this.",
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Draw there, as a PNG, how far confidence can be believed.",
)
@business_option
def evaluate(
    file: Path, as_json: bool, model: str, min_accuracy: float | None, plot: Path | None, business: str | None
) -> None:
    """Measure how well messages are understood, against what they are labelled with.

    FILE is CSV or JSON lines with text and intent (other: out of scope), and if you like expect_escalation
    (true or false). Each message is taken as the first of a conversation. Nothing is stored, and no human is
    told. The bot acts on a confidence of [thresholds] intent in the pack; below it a message counts as other.
    """
    if plot is not None and plot.suffix.lower() != ".png":
        raise click.BadParameter(f"{plot} is to be a PNG: let its name end in .png.", param_hint="'--plot'")
    desk, tenant = open_desk(business, in_memory=True)
    pipeline = desk.pipelines[tenant.id]
    rows = _read(file, list(pipeline.business.intents), tenant.id)
    asks_model = model == "configured" and pipeline.business.model is not None
    ask = _asking_model(pipeline, desk.store) if asks_model else _asking_classifier(pipeline)
    pipeline.guess("hello")  # what is built or trained on first use is nobody's latency
    with progress(rows, "Asking") as watched:
        asked = [ask(row) for row in watched]
    desk.store.close()
    report = EvaluationReport(
        asked,
        model=str(tenant.setting("model", "name", "local")) if asks_model else "local",
        threshold=tenant.thresholds.intent,
    )
    if plot:
        plot.write_bytes(reliability_plot.draw(report.reliability()))
    if as_json:
        print_json(report.as_json(), indent=2)
    else:
        _print(report)
    if min_accuracy is not None and report.accuracy < min_accuracy:
        raise click.ClickException(f"the accuracy is {report.accuracy:.4f}, below {min_accuracy}")


def _read(file: Path, intents: Sequence[str], business: str) -> list[Labelled]:
    """The rows with the names of intents for labels; those that no customer can send are left out."""
    rows = [row for row in read_labelled(file) if row.text or row.label]
    named = [_named(row, intents, business) for row in rows]
    kept = [row for row in named if 0 < len(row.text) <= LONGEST]
    if not kept:
        raise PunaiError(f"{file} holds no messages")
    if left_out := len(named) - len(kept):
        print(f"Left out: {left_out} without text, or with more than {LONGEST} characters", file=sys.stderr)
    return kept


def _named(row: Labelled, intents: Sequence[str], business: str) -> Labelled:
    """With the label as `pack new` writes it.

    Raises:
        PunaiError: it is none of the intents.
    """
    if row.label in intents:
        return row
    if not row.label:
        raise PunaiError(f"{row.place}: intent: is empty; a message that fits none is {OTHER!r}")
    if row.label.casefold() in OUT_OF_SCOPE:
        return row._replace(label=OTHER)
    if intent_name(row.label) in intents:
        return row._replace(label=intent_name(row.label))
    near = difflib.get_close_matches(row.label, [*intents, OTHER], n=1, cutoff=0.0)
    raise PunaiError(
        f"{row.place}: intent: {row.label[:60]!r} is no intent of {business}; the nearest is {near[0]!r}, "
        f"and a message that fits none is {OTHER!r}"
    )


def _asking_classifier(pipeline: "Pipeline") -> Ask:
    """Ask the local classifier alone, and the rules for escalation where it is said what they should do."""

    def ask(row: Labelled) -> Asked:
        start = time.perf_counter()
        match = pipeline.guess(row.text)
        taken = _milliseconds_since(start)
        expected = row.expect_escalation
        escalated = expected is not None and _escalates(pipeline, row.text)
        return Asked(row.text, _outcome(row, match, pipeline), taken, expected, escalated)

    return ask


def _asking_model(pipeline: "Pipeline", store: "Store") -> Ask:
    """Have the bot draft its answer: it asks the model, unless a rule or the business's own words answer."""
    from punai.desk import utc_now
    from punai.reception import Reception

    reception = Reception(store, utc_now)

    def ask(row: Labelled) -> Asked:
        turn = Turn(conversation_id="-", message_id="-", user_id="-", text=row.text, at=utc_now())
        start = time.perf_counter()
        draft = reception.draft(pipeline, Accepted("new", turn, _nothing_said()), "bot")
        taken = _milliseconds_since(start)
        answer, escalated = draft.answer, draft.wants_human is not None
        # What was not the model's to understand is the classifier's, whose guess an answer does not tell.
        match = (
            IntentMatch(name=answer.intent, confidence=answer.confidence)
            if answer.usage
            else pipeline.guess(row.text)
        )
        outcome = _outcome(row, match, pipeline)
        return Asked(row.text, outcome, taken, row.expect_escalation, escalated, answer.usage)

    return ask


def _escalates(pipeline: "Pipeline", text: str) -> bool:
    nothing = _nothing_said()
    match = pipeline.understand(text, nothing)
    reason = pipeline.business.should_escalate(
        message=text,
        intent=match,
        passages=pipeline.recall(text, nothing, match),
        conversation=nothing,
        tenant=pipeline.tenant,
    )
    return bool(reason)


def _outcome(row: Labelled, match: IntentMatch, pipeline: "Pipeline") -> Outcome:
    sure = match.confidence >= pipeline.tenant.thresholds.intent and match.name in pipeline.business.intents
    return Outcome.of(row.label, match.name, match.confidence, sure)


def _nothing_said() -> Conversation:
    return Conversation(id="-", user_id="-", created_at=datetime.now(UTC))


def _milliseconds_since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def _print(report: EvaluationReport) -> None:
    print_table(report.rows())
    print("\nHow far confidence can be believed (bars: the share that was right; marks: the confidence)")
    for line in report.reliability_lines():
        print(line)
    confusions = list(report.confusion_lines())
    if confusions:
        print("\nTaken for something else, most often first (wanted -> given)")
        for line in confusions:
            print(line)
