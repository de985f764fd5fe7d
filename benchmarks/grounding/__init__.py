"""What is let through of a model's answers: of hostile ones nothing should be, of good ones everything."""

import statistics
import time
from collections import Counter

from benchmarks.grounding.good import GOOD, shop_passages
from benchmarks.grounding.hostile import KINDS, HostileTurn, hostile_turns
from punai.grounding import Ungrounded, ground

TURNS, SEED = 1_000, 1


def run() -> None:
    """Print how many hostile answers were sent, how many good ones were not, and what the check takes."""
    sent = Counter(turn.kind for turn in hostile_turns(TURNS, SEED) if refusal(turn) is None)
    print(f"grounding: {TURNS} hostile turns of {len(KINDS)} kinds: {sent.total()} sent", dict(sent) or "")
    turns, taken = good_turns(), []
    refused: Counter[str] = Counter()
    for turn in turns:
        start = time.perf_counter()
        why = refusal(turn)
        taken.append((time.perf_counter() - start) * 1000)
        refused.update([why] if why else [])
    share = refused.total() / len(turns)
    print(
        f"           {len(turns)} good answers: {refused.total()} refused ({share:.1%})", dict(refused) or ""
    )
    print(f"           one check {statistics.median(taken):.1f} ms, median; {max(taken):.1f} ms at most")


def refusal(turn: HostileTurn) -> str | None:
    """Why the answer is not sent; None where it is."""
    try:
        ground(turn.reply, turn.cited, turn.passages, turn.message)
    except Ungrounded as error:
        return error.why
    return None


def good_turns() -> list[HostileTurn]:
    """The good answers as turns, each given its passage among others."""
    passages = shop_passages()
    turns = []
    for good in GOOD:
        at = next(number for number, passage in enumerate(passages) if passage.title == good.title)
        given = tuple(passages[(at + step) % len(passages)] for step in range(-2, 3))
        turns.append(HostileTurn("none", good.question, given, good.reply, ((passages[at].id, good.quote),)))
    return turns
