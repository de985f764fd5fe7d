"""What a handler is told: the conversation, what is new in it, how it goes and what was tried in it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from urllib.parse import quote

from punai.models import Delivery, Escalation, Line, Mood, Turn
from punai.ports import Store
from punai.tenant import Tenant
from punai.transcript import lines

TURNS = 20
"""How many turns are told of; who could not be told for long gets up to `MOST_TURNS` of what is new."""
MOST_TURNS = 200
MARKED = 4
"""Turns remembered as told: more than one, as two that came in at once may be stored in either order."""
FELT = {"positive": 0.0, "neutral": 0.1, "negative": 1.0}
LATELY = 3
"""The trend compares the mood with that before so many messages."""
NOTICEABLE = 0.1
TRIED = {
    "clarified": "asked what it is about",
    "rephrased": "asked for other words",
    "offered_human": "offered a human",
}


Summarize = Callable[[str, Sequence[Line]], str | None]
"""A summary of a conversation by the id of its escalation; None where there is none in time."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """An escalation as one handler is told of it; `marks` are to be kept as `Delivery.told`."""

    escalation: Escalation
    marks: tuple[str, ...]
    is_news: bool


def brief(
    store: Store,
    tenant: Tenant,
    escalation: Escalation,
    delivery: Delivery,
    summarize: Summarize | None = None,
) -> Briefing:
    """The latest of the conversation, and what of it this handler was not told before.

    Who is told for the first time gets a summary by `summarize`, as far as it gives one.
    """
    conversation = store.conversation(tenant, escalation.conversation_id, history=TURNS)
    turns: Sequence[Turn] = conversation.turns if conversation else ()
    new = unheard(turns, delivery.told)
    if delivery.told and len(new) == len(turns) == TURNS:
        more = store.conversation(tenant, escalation.conversation_id, history=MOST_TURNS)
        turns = more.turns if more else ()
        new = unheard(turns, delivery.told)
    contact = _digest(escalation)
    link = tenant.setting("punai", "link", "").replace(
        "{conversation_id}", quote(escalation.conversation_id, safe="")
    )
    transcript, news = lines(turns), lines(new)
    first = not delivery.told and transcript
    told = {
        "summary": (summarize(escalation.id, transcript) if summarize and first else "")
        or last_words(transcript),
        "mood": mood(turns),
        "tried": tried(turns),
        "transcript": transcript,
        "news": news,
        "link": link or None,
        "reference": delivery.reference or None,
    }
    return Briefing(
        escalation=escalation.model_copy(update=told),
        marks=(contact, *(turn.message_id for turn in turns[-MARKED:])),
        is_news=contact not in delivery.told or any(line.role == "customer" for line in news),
    )


def unheard(turns: Sequence[Turn], told: Sequence[str]) -> Sequence[Turn]:
    """The turns after those that somebody was told of, oldest first."""
    known = [number for number, turn in enumerate(turns) if turn.message_id in told]
    since = turns[known[0] + 1 :] if known else turns
    return [turn for turn in since if turn.message_id not in told]


def last_words(transcript: Sequence[Line]) -> str:
    """The customer's last words: an honest summary where no model writes a better one."""
    said = [line.text for line in transcript if line.role == "customer"]
    return " / ".join(text if len(text) <= 300 else f"{text[:299]}…" for text in said[-3:])


def mood(turns: Sequence[Turn]) -> Mood | None:
    """How the customer feels by what the turns store: each message counts half, all before it the other."""
    felt = [FELT[turn.answer.sentiment] for turn in turns if turn.text and turn.answer]
    if not felt:
        return None
    levels = list(accumulate(felt, lambda level, now: (level + now) / 2, initial=0.0))
    change = levels[-1] - levels[max(-1 - LATELY, -len(levels))]
    trend = "worse" if change > NOTICEABLE else "better" if change < -NOTICEABLE else "steady"
    return Mood(score=round(levels[-1], 2), trend=trend)


def tried(turns: Sequence[Turn]) -> tuple[str, ...]:
    """What the bot did about it, each once, in order: which documents it quoted, what it asked."""
    done: dict[str, None] = {}
    for turn in turns:
        answer = turn.answer
        if answer is None or answer.answered_by in ("human", "elsewhere"):
            continue
        done |= dict.fromkeys(f"quoted {each.title} ({each.source})" for each in answer.citations)
        if answer.step in TRIED:
            done[TRIED[answer.step]] = None
        elif answer.answered_by == "reply":
            done[f"gave the reply to {answer.intent}"] = None
    return tuple(done)


def _digest(escalation: Escalation) -> str:
    """Contact details as they are remembered: whether they are the same is all that is asked of them."""
    known = json.dumps([escalation.name, escalation.email, escalation.note])
    return f"contact-{hashlib.sha256(known.encode()).hexdigest()[:16]}"
