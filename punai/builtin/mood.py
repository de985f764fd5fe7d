"""What can be told from a message's wording alone: a person asked for, anger, a threat, thanks. English."""

import re

from punai.models import Sentiment


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_PERSON = (
    r"\b(?:human|person|people|agent|representative|rep|someone|somebody|operator|manager|supervisor"
    r"|advis[eo]r|colleague|staff|member of (?:the )?(?:staff|team))\b"
)
_REACH = (
    r"\b(?:talk|speak|chat|connect(?:ed)?|transfer(?:red)?|put (?:me|us) (?:through|on)|pass(?:ed)? (?:me|us)"
    r"|get (?:me|us|hold of)|reach|deal|escalated?)\b"
)
_TITLE = r"(?:human|agent|representative|operator|manager|supervisor)\b"
_WANTS_PERSON = _any_of(
    rf"{_REACH}[^.?!]{{0,25}}\b(?:an?|the|your|some|with|to|real|live|actual)\b[^.?!]{{0,15}}{_PERSON}",
    rf"{_REACH}[^.?!]{{0,12}}\b(?:someone|somebody)\b",
    r"\b(?:real|live|actual|human) (?:human|person|agent|being|representative|support)\b",
    rf"\b(?:need|want|get|give me|may i have|can i have)\b[^.?!]{{0,12}}\b(?:an?|your|the) {_TITLE}",
    r"\b(?:want|need)\b[^.?!]{0,12}\b(?:an?|some|any) (?:human|person|agent)\b",
    rf"^\W*(?:{_TITLE}|real person|customer service)\W*(?:(?:please|pls|now)\W*)?$",
    r"(?:\b(?:not|no|stop)|n['\u2019]t)\b[^.?!]{0,20}\b(?:bot|robot|chatbot)\b",
    r"\b(?:talk|speak|chat)(?:ing)? (?:to|with) (?:a|this) (?:machine|computer)\b",
    r"\bcall me(?: back)?\b",
    r"\bcustomer (?:service|support) (?:agent|person|representative)\b",
)
_THREAT = _any_of(
    r"\b(?:lawyer|solicitor|attorney|barrister|ombudsman|trading standards|small claims|legal action)\b",
    r"\bconsumer (?:court|forum|protection)\b",
    r"\b(?:suing|sue (?:you|your|them|the (?:shop|company)))\b",
    r"\b(?:take (?:you|this|it|them) to court|see you in court|report (?:you|this) to)\b",
    r"\b(?:charge ?back|police|fraud case|regulator)\b",
)
_ANGER = _any_of(
    r"\b(?:furious|outrag\w+|disgust\w+|appalling|pathetic|ridiculous|unacceptable|a joke|useless)\b",
    r"\b(?:scam(?:mers?|med)?|thieves|liars?|rip[- ]?off|incompetent|fed up|sick (?:and tired )?of)\b",
    r"\b(?:worst (?:\w+ ){0,2}(?:service|company|shop|store|experience|ever)|(?:terrible|awful) service)\b",
    r"\bnever (?:buy|order|shop)\w* (?:here |from you )?again\b",
    r"\b(?:second|third|fourth|fifth|\d+(?:nd|rd|th)) time (?:i|i'm|i've|now|that i)\b",
    r"\b(?:how many times|fuck\w*|bullshit|wtf|damn (?:you|it))\b",
    r"!{3,}",
)
_NEGATIVE = _any_of(
    r"\bnot (?:happy|satisfied|good|working|received|arrived)\b",
    r"\b(?:unhappy|disappoint\w+|annoy\w+|frustrat\w+|upset|angry|bad|poor|terrible|awful|horrible)\b",
    r"\b(?:broken|damaged|wrong|late|still (?:no|not|waiting|haven't)|again|complain\w*|problem)\b",
)
_POSITIVE = _any_of(
    r"\b(?:thanks?|thank you|thx|cheers|great|perfect|brilliant|excellent|awesome|lovely|love it)\b",
    r"\b(?:appreciate|helpful|helped)\b",
)
_YES = _any_of(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please(?: do)?|go ahead|do it|of course|fine)\b",
    r"^\W*that would be (?:good|great)\b",
)
_NO = _any_of(r"^\W*(?:no|nope|nah|no thanks?|no thank you|not (?:now|yet|really)|never ?mind|leave it)\W*$")


def wants_person(text: str) -> bool:
    """Whether the customer asks for a person."""
    return _WANTS_PERSON.search(text) is not None


def threatens(text: str) -> bool:
    """Whether the customer mentions a lawyer, a court or an authority."""
    return _THREAT.search(text) is not None


def is_angry(text: str) -> bool:
    """Whether the words, or shouting, tell of anger rather than of a problem."""
    letters = [letter for letter in text if letter.isalpha()]
    shouting = len(letters) >= 20 and sum(letter.isupper() for letter in letters) > 0.8 * len(letters)
    return shouting or _ANGER.search(text) is not None


def agrees(text: str) -> bool:
    """Whether this says yes to what was just offered."""
    return _YES.search(text) is not None


def declines(text: str) -> bool:
    """Whether this says no, and nothing more, to what was just offered."""
    return _NO.search(text) is not None


def sentiment(text: str) -> Sentiment:
    """The mood of one message, by its words."""
    if is_angry(text) or threatens(text) or _NEGATIVE.search(text):
        return "negative"
    return "positive" if _POSITIVE.search(text) else "neutral"
