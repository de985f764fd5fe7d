"""What a message's wording alone tells: a person asked for, a threat, anger, unhappiness. Mostly English."""

import math
import re
from collections.abc import Iterable

from punai.builtin import signs
from punai.builtin.signs import any_of, word
from punai.models import Sentiment

RAGE = 0.8
UPSET = 0.55
MISUNDERSTOOD = 0.4
NEGATIVE = TROUBLE = GOES_ON = 0.3
AGAIN = PERSON = 0.2
LOUD = 0.1
"""How much each sign says by itself, the more, the rarer it is in ordinary questions."""

_PERSON = (
    r"\b(?:human|person|people|agent|representative|rep|someone|somebody|operator|manager|supervisor"
    r"|advis[eo]r|boss|colleague|staff|member of (?:the )?(?:staff|team))\b"
)
_REACH = (
    r"\b(?:talk|speak|chat|connect(?:ed)?|transfer(?:red)?|put (?:me|us) (?:through|on)|pass(?:ed)? (?:me|us)"
    r"|get (?:me|us|hold of)|reach|deal|escalated?)\b"
)
_TITLE = r"(?:human|agent|representative|operator|manager|supervisor)\b"
_WANTS_PERSON = any_of(
    rf"{_REACH}[^.?!]{{0,25}}\b(?:an?|the|your|some|with|to|real|live|actual)\b[^.?!]{{0,15}}{_PERSON}",
    rf"{_REACH}[^.?!]{{0,12}}\b(?:someone|somebody)\b",
    r"\b(?:real|live|actual|human) (?:human|person|agent|being|representative|support)\b",
    rf"\b(?:need|want|get|give me|may i have|can i have)\b[^.?!]{{0,12}}\b(?:an?|your|the) {_TITLE}",
    r"\b(?:want|need)\b[^.?!]{0,12}\b(?:an?|some|any) (?:human|person|agent)\b",
    rf"^\W*(?:{_TITLE}|real person|customer service)\W*(?:(?:please|pls|now)\W*)?$",
    r"(?:\b(?:not|no|stop)|n['\u2019]t)\b[^.?!]{0,20}\b(?:bot|robot|chatbot)\b",
    r"\b(?:talk|speak|chat)(?:ing)? (?:to|with) (?:a|this) (?:machine|computer)\b",
    r"\bcall me(?: back)?\b",
    r"\b(?:ring|call|phone) (?:someone|somebody|a person)\b",
    r"\b(?:someone|somebody|anyone|anybody) (?:to |who can |who )?(?:actually|finally|properly) \w+",
    r"\b(?:nobody|no one|anybody|anyone|somebody) (?:that |who )?i can (?:call|talk|speak|write)\b",
    r"^\W*not (?:to |with )?an? (?:machine|computer)\W*$",
    r"\bcomplain to (?:who|the|your|some)",
    r"\bwho(?:ever)? is in charge\b",
    r"\bcustomer (?:service|support) (?:agent|person|representative)\b",
)
_THREAT = any_of(
    r"\b(?:lawyer|solicitor|attorney|barrister|ombudsman|trading standards|small claims|legal action)\b",
    r"\bconsumer (?:court|forum|protection)\b",
    r"\b(?:suing|sue (?:you|your|them|the (?:shop|company)))\b",
    r"\b(?:take (?:you|this|it|them) to court|see you in court|report (?:you|this) to)\b",
    r"\b(?:charge ?back|police|fraud case|regulator)\b",
)
_ANGER = any_of(
    r"\b(?:furious|outrag\w+|disgust\w+|appalling|pathetic|ridiculous|unacceptable|useless)\b",
    r"\b(?:(?:is|are|was|what|such|you're|it's) a (?:\w+ )?joke|(?:absolute|complete|total) joke)\b",
    r"\b(?:scam(?:mers?|med)?|thieves|liars?|rip[- ]?off|incompetent|fed up|sick (?:and tired )?of)\b",
    r"\b(?:worst (?:\w+ ){0,2}(?:service|company|shop|store|experience|ever|purchase|buy|bank|hotel"
    r"|provider|support|airline|app|website)|(?:terrible|awful) service)\b",
    r"\bnever (?:buy|order|shop)\w* (?:here |from you )?again\b",
    r"\b(?:second|third|fourth|fifth|\d+(?:nd|rd|th)) time (?:i|i'm|i've|now|that i)\b",
    r"\b(?:how many times (?:must|do|did|have|should) (?:i|we)|fuck\w*|bullshit|wtf|damn (?:you|it))\b",
)
_MARKS, _MANY_MARKS = re.compile("[!?]{2}"), re.compile("[!?]{4}")
_SIGNS = (
    (UPSET, signs.FEELING),
    (UPSET, signs.LEAVING),
    (UPSET, signs.NEVER_AGAIN),
    (UPSET, signs.FACES),
    (UPSET, signs.SARCASM),
    (TROUBLE, signs.TROUBLE),
    (GOES_ON, signs.GOES_ON),
    (GOES_ON, _MANY_MARKS),
    (PERSON, _WANTS_PERSON),
    (AGAIN, word(r"again\b")),
)
_GLAD = word(
    r"(?:thanks?|thank you|thx|cheers|great|perfect|brilliant|excellent|awesome|lovely|love it)\b",
    r"(?:appreciate|helpful|helped)\b",
)
_NOT_OWN = re.compile(
    # What is quoted, and names: customers write of a poster called "Furious Five", or of the Angry Birds.
    r"\"[^\"]{1,80}\"|“[^”]{1,80}”|(?<!\w)'[^'\n]{1,80}'(?!\w)"
    r"|(?<=[a-z0-9,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+"
)
_DENIED = word(
    r"(?:no|not an?|without(?: an?y?)?) (?:\w+ )?(?:problem|trouble|worr(?:y|ie)|complaint|delay|fault)s?\b",
    r"(?:not|\w{2,6}n't|never|no longer|nothing)(?: (?:is|was|at all|so|that|too|really|very|even|be|been|get"
    r"|getting|come|arrive|look))* (?:bad|broken|damaged|wrong|late|delayed|lost|missing|faulty|upset|angry"
    r"|annoyed|annoying|disappointed|disappointing|unhappy|terrible|awful|complain\w*)\b",
    r"(?:order|buy|shop|come|write|thanks?|thank you)(?: \w+){0,2} again\b",
    r"sorry (?:for|to) (?:\w+ ){1,3}again\b",
    r"i(?: was|'m| am)(?: so| too| a bit)? rude\b",
    r"(?:sorry|oops|my (?:mistake|bad|fault))\W+i (?:meant|mean|should have)\b",
)
_YES = any_of(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please(?: do)?|go ahead|do it|of course|fine)\b",
    r"^\W*that would be (?:good|great)\b",
)
_NO = any_of(r"^\W*(?:no|nope|nah|no thanks?|no thank you|not (?:now|yet|really)|never ?mind|leave it)\W*$")


def wants_person(text: str) -> bool:
    """Whether the customer asks for a person."""
    return _WANTS_PERSON.search(text.lower()) is not None


def threatens(text: str) -> bool:
    """Whether the customer mentions a lawyer, a court or an authority."""
    return _THREAT.search(text.lower()) is not None


def is_angry(text: str) -> bool:
    """Whether the words, or shouting, tell of anger rather than of a problem."""
    return _rages(_own(text))


def corrects(text: str) -> bool:
    """Whether the customer says that they were misunderstood."""
    return signs.corrects(_own(text).lower())


def is_glad(text: str) -> bool:
    """Whether there are words of thanks or praise; they may be meant otherwise, see `unhappiness`."""
    return _GLAD.search(text.lower()) is not None


def agrees(text: str) -> bool:
    """Whether this says yes to what was just offered."""
    return _YES.search(text.lower()) is not None


def declines(text: str) -> bool:
    """Whether this says no, and nothing more, to what was just offered."""
    return _NO.search(text.lower()) is not None


def unhappiness(text: str) -> float:
    """How unhappy the wording of one message is, from 0 to 1; 0, or nearly, in other languages.

    The signs are rules, not trained; docs/understanding.md says what their weights were checked against.
    """
    own = _own(text)
    said = _DENIED.sub(" ", own.lower())
    found = [weight for weight, sign in _SIGNS if sign.search(said)]
    if signs.corrects(said):
        found.append(MISUNDERSTOOD)
    if _rages(own) or threatens(text):
        found.append(RAGE)
    if (_MARKS.search(said) or _in_capitals(own, 8)) and not _GLAD.search(said):
        found.append(LOUD)
    return joined(found)


def joined(weights: Iterable[float]) -> float:
    """Several signs as one number in 0..1: each takes its share of what the others leave."""
    return 1 - math.prod(1 - weight for weight in weights)


def sentiment(text: str) -> Sentiment:
    """The mood of one message by its wording: `negative` where at least one sign counts by itself."""
    if unhappiness(text) >= NEGATIVE:
        return "negative"
    return "positive" if is_glad(text) else "neutral"


def _own(text: str) -> str:
    """The customer's own words: with plain apostrophes, without quotations and names."""
    return _NOT_OWN.sub(" ", text.replace("\u2019", "'"))


def _rages(own: str) -> bool:
    said = own.lower()
    loud = "!!!" in said and not _GLAD.search(said)
    return loud or _in_capitals(own, 20) or _ANGER.search(said) is not None


def _in_capitals(own: str, at_least: int) -> bool:
    letters = sum(map(str.isalpha, own))
    return letters >= at_least and sum(map(str.isupper, own)) > 0.8 * letters
