"""What a message such as "and to Spain?" goes on from: the customer's last questions. No model is asked."""

import re
from collections.abc import Sequence

from punai.models import Citation, Conversation, Passage, Turn

REACH = 3
"""Messages back: how far a chain of follow-ups is traced to the question that it began with."""
FEW, LONG = 2, 12
"""Words: few say nothing without what was said before; many stand by themselves, however they begin."""
NEARLY = 0.8
"""A passage of the same document comes first where its score is at least this share of the best's."""


def question_before(message: str, conversation: Conversation) -> str:
    """The questions that a follow-up goes on from, oldest first; empty where it stands by itself.

    Those count whose answer came from the documents, the model or the business: an unclear message, or one
    that a person answered, tells nothing of what is meant.
    """
    return " ".join(turn.text for turn in _earlier(message, conversation.turns))


def same_document_first(
    passages: Sequence[Passage], message: str, conversation: Conversation
) -> Sequence[Passage]:
    """The passages of a follow-up, first one of the document cited before, if it is nearly the best."""
    cited = {
        citation.source for turn in _earlier(message, conversation.turns) for citation in _citations(turn)
    }
    enough = NEARLY * max((passage.score for passage in passages), default=0.0)
    near = next((found for found in passages if found.source in cited and found.score >= enough), None)
    return passages if near is None else (near, *(found for found in passages if found is not near))


def goes_on(message: str) -> bool:
    """Whether a message leans on what was said before: by its beginning, a pronoun, or being no sentence."""
    words = _words(message)
    if not words or _BEGINS.match(message):
        return 0 < len(words) <= LONG
    asks = message.rstrip().endswith("?") or words[0] in _QUESTIONS | _AUXILIARIES
    points = not _POINTS.isdisjoint(words) and len([word for word in words if word not in _EMPTY]) <= FEW
    names_a_place = words[0] in _PREPOSITIONS and len(words) <= 2 * FEW
    return names_a_place or (asks and (points or len(words) <= FEW))


def _earlier(message: str, turns: Sequence[Turn]) -> list[Turn]:
    chain: list[Turn] = []
    for turn in reversed([turn for turn in turns if turn.text][-REACH:]):
        if not goes_on(message) or not _was_answered(turn):
            break
        chain.insert(0, turn)
        message = turn.text
    return chain


def _was_answered(turn: Turn) -> bool:
    answer = turn.answer
    return (
        answer is not None
        and answer.step == "answered"
        and answer.answered_by in ("documents", "model", "reply")
    )


def _citations(turn: Turn) -> Sequence[Citation]:
    return turn.answer.citations if turn.answer else ()


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", re.sub("['\u2019]", "", text.casefold()))


_BEGINS = re.compile(
    r"\W*(?:and|or|but|also|then|so|same|what about|how about|what if|what of|ok(?:ay)?,? and)\b",
    re.IGNORECASE,
)
_POINTS = frozenset(_words("it its that this they them their those these there one ones he she"))
_PREPOSITIONS = frozenset(_words("to for from in at on with without by until after"))
_QUESTIONS = frozenset(_words("how what when where why which who"))
_AUXILIARIES = frozenset(_words("is are was were do does did can could will would should may has have"))
_EMPTY = (
    _POINTS
    | _PREPOSITIONS
    | _QUESTIONS
    | _AUXILIARIES
    | frozenset(
        _words(
            """a about all also am an and any as be been but cost doesnt dont get had i if im isnt
            just long many me much my need no not of off ok okay or our out please really same so
            then the too up us very we whats yes you your"""
        )
    )
)
"""Words that tell nothing of the subject."""
