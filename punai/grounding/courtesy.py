"""Replies that need no passage: a question back, and plain politeness. Told by their words, in English."""

import re

from punai.grounding.facts import plain

LONGEST_QUESTION, LONGEST_COURTESY = 40, 25
"""In words."""


def asks_back(reply: str, message: str) -> bool:
    """Whether a reply is a short question to the customer, after at most a courtesy or an "I don't know".

    Anything else before the question would be a claim that nothing was cited for.
    """
    *before, last = _sentences(reply) or [""]
    return (
        _is_question(last)
        and len(reply.split()) <= LONGEST_QUESTION
        and all(_is_question(said) or _is_polite(said) or _is_unknown(said, message) for said in before)
    )


def is_courtesy(reply: str, message: str) -> bool:
    """Whether customer and reply are merely polite."""
    said = set(_words(message))
    thanked = "?" not in message and not _SMALL_TALK.isdisjoint(said) and said <= _COURTEOUS
    return thanked and _is_polite(reply) and len(reply.split()) <= LONGEST_COURTESY


def _is_question(sentence: str) -> bool:
    return sentence.endswith(("?", "\uff1f", "\u061f", "\u037e")) and _CLAIM.search(sentence) is None


def _is_polite(text: str) -> bool:
    """Whether each sentence begins as a courtesy does, and goes on with words that claim nothing."""
    sentences = _sentences(text)
    words = set(_words(text.replace("feel free to", "")))
    return words <= _COURTEOUS and all(_OPENING.match(sentence) for sentence in sentences)


def _is_unknown(sentence: str, message: str) -> bool:
    """Whether it says that nothing is known, in the customer's own words besides."""
    known = _COURTEOUS | _NOT_KNOWING | set(_words(message))
    return _UNKNOWN.search(sentence) is not None and set(_words(sentence)) <= known


def _sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.!?\uff1f\u061f\u3002])\s+|\n+", text.strip())
    return [part.strip().rstrip("\"')\u201d\u2019*") for part in parts if re.search(r"\w", part)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub("['\u2019]", "", plain(text).casefold()))


_SMALL_TALK = frozenset(
    _words(
        """thanks thank thx ty cheers hello hi hey morning afternoon evening bye goodbye great
        perfect ok okay cool lovely brilliant wonderful appreciated welcome sorry good nice"""
    )
)
_COURTEOUS = _SMALL_TALK | frozenset(
    _words(
        """a again and any anything anytime apologies apologise are at be been can care could day
        do else for from further glad had happened happy has have hear help helped helping helps
        how i id if ill im in is it its ive just know let lot lots luck me more moment much my
        need night no of on one our out patience pleased pleasure please problem question
        questions really see so some take talk that thats the there this time to too trouble us
        very was way we weekend well what whatever when with worries would you your youre youve
        yours"""
    )
)
_NOT_KNOWING = frozenset(
    _words(
        """about afraid answer answers but cannot cant colleague contain contains couldnt cover
        covered covers detail details didnt documentation documents does doesnt dont exactly find
        found information isnt look mean mention mentioned mentions not nothing or quite say says
        see specific specifically sure tell understand understood unfortunately up whether which
        wont"""
    )
)
_UNKNOWN = re.compile(
    r"\b(?:(?:ca|could|do|did|does)\W?n\W?t|cannot|(?:could|do|did|does) not|not|nothing)\W+(?:\w+\W+){0,2}"
    r"(?:find|found|see|say|says|know|tell|sure|understand|mention|mentions|cover|contain|have|answer|look)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:thank|thx|ty\b|cheers|hello|hi\b|hey|good (?:morning|afternoon|evening|day|night|luck)|(?:good)?bye"
    r"|great|perfect|ok|cool|lovely|brilliant|wonderful|appreciated|welcome|nice|apologies|i apologise"
    r"|you\W?re (?:very |most )?welcome"
    r"|(?:i\W?m |i am |we\W?re )?(?:very |so |really )?(?:sorry|glad|happy|pleased)"
    r"|no (?:problem|worries|trouble)|(?:it was )?(?:my|our) pleasure|pleasure|any ?time|(?:you )?have an?\b"
    r"|you too|take care|let (?:me|us) know|just let|(?:please )?feel free|see you|if you (?:have|need)"
    r"|(?:is there )?anything else|how (?:can|may|could) i|what can i)",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"^(?:yes|no|you|your|it|its|we|our|i|this|that|there|these|the|they|as|so|all|every\w*)\b"
    r"|\b(?:did you know|(?:are|were) you aware|have you heard|because|since|as you (?:are|have)|now that"
    r"|given that|isn\W?t it|aren\W?t they|right\?|correct\?|so why)",
    re.IGNORECASE,
)
"""How a claim is made in the form of a question."""
