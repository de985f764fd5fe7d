"""What a message's wording alone tells: a person asked for, a threat, anger, how unhappy it is. English."""

import math
import re
from collections.abc import Iterable

from punai.models import Sentiment

RAGE = 0.8
UPSET = 0.5
MISUNDERSTOOD = 0.4
NEGATIVE = TROUBLE = GOES_ON = 0.3
AGAIN = PERSON = 0.2
LOUD = 0.1
"""How much each sign says by itself, in steps of a tenth: the more, the rarer it is in ordinary questions."""


def _any_of(*patterns: str) -> re.Pattern[str]:
    """For text in small letters, which takes half the time of a pattern that ignores case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _word(*patterns: str) -> re.Pattern[str]:
    """The same for patterns that all begin with a word: only its beginnings are tried."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})")


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
    r"\b(?:furious|outrag\w+|disgust\w+|appalling|pathetic|ridiculous|unacceptable|useless)\b",
    r"\b(?:(?:is|are|was|what|such|you're|it's) a (?:\w+ )?joke|(?:absolute|complete|total) joke)\b",
    r"\b(?:scam(?:mers?|med)?|thieves|liars?|rip[- ]?off|incompetent|fed up|sick (?:and tired )?of)\b",
    r"\b(?:worst (?:\w+ ){0,2}(?:service|company|shop|store|experience|ever)|(?:terrible|awful) service)\b",
    r"\bnever (?:buy|order|shop)\w* (?:here |from you )?again\b",
    r"\b(?:second|third|fourth|fifth|\d+(?:nd|rd|th)) time (?:i|i'm|i've|now|that i)\b",
    r"\b(?:how many times (?:must|do|did|have|should) (?:i|we)|fuck\w*|bullshit|wtf|damn (?:you|it))\b",
)
_UPSET = _word(
    r"(?:unhappy|disappoint\w+|annoy(?:ed|ing)|frustrat\w+|upset|angry|livid|fuming|gutted|ashamed)\b",
    r"(?:terribl[ey]|awful|horribl[ey]|dreadful|shocking|rubbish|garbage|shambles|nightmare|mad at)\b",
    r"(?:crap(?:py)?|sucks|bloody|damn(?:ed)?|pissed|ffs|(?:what|where|how|why) the (?:hell|heck))\b",
    r"(?:bad|poor) (?:service|experience|quality|support)\b",
    r"(?:so|very|really|too) (?:bad|poor)\b",
    r"(?:waste of (?:time|money)|(?:let|letting) (?:me|us) down|no (?:help|use) at all|unhelpful)\b",
    r"(?:not|\w{2,6}n't) (?:\w+ )?(?:happy|satisfied|impressed|good|great|acceptable|helpful|helping)\b",
    r"for (?:god|heaven|goodness|christ)'?s?'? sakes?\b",
)
_FACES = re.compile("[😡🤬👎😠😤🙄💩🖕]")
_MISUNDERSTOOD = _word(
    r"no\W+(?:that's not|it's not|not that|i (?:mean|meant|said|asked|want|wanted))\b",
    r"not (?:what|the (?:question|thing)) i (?:asked|mean|meant|said|want|wanted)\b",
    r"i(?: have|'ve)? (?:already|just) (?:said|told|asked|explained|tried|sent|gave|given|did|done)\b",
    r"(?:does|did)(?: not|n't) (?:answer|help|solve)\b",
    r"you(?:'re| are)? (?:do not|don't|did not|didn't|not) (?:understand|listen|read|answer|get)",
    r"(?:i meant|i did(?: not|n't) ask|you misunderst\w+|wrong answer|read what i|listen to me)\b",
)
_TROUBLE = (
    r"(?:broken?|breaks|damaged|faulty|defective|wrong|(?<!how )late|delay(?:ed|s)?|missing|lost"
    r"|fail(?:ed|s|ing)?"
    r"|(?:not|\w{2,6}n't|never|stopped) (?:work|arrive|receive|respon|turn up|come|here)\w*)"
)
_TIME = r"(?:second|third|fourth|fifth|2nd|3rd|\d+th) time"
_GOES_ON = _word(
    r"still (?:no|not|nothing|waiting|broken|wrong|missing|the same|\w{2,8}(?:n't| not))\b",
    rf"(?:{_TIME}|over and over|yet (?:again|another)|keeps? (?:asking|telling|getting|happening|sending))\b",
    r"(?:nobody|no[ -]one) (?:has |is )?(?:answer|repl|respond|help|car)\w*",
)
_PRAISE = (
    r"(?:thanks?(?: you)?|cheers|great|wonderful|brilliant|fantastic|perfect|lovely|nice|excellent|amazing"
    r"|awesome|congratulations|well done|good job)(?: a (?:lot|bunch|million)| so much| very much)?"
)
_SARCASM = _any_of(
    r"\bthank(?:s| you)(?: \w+){0,2} for (?:nothing|wasting|ruining|ignoring|losing|breaking)\b",
    rf"^\W*(?:(?:oh|well|wow|yeah|just)\W+)?{_PRAISE}\W+(?:\w+\W+){{0,4}}?"
    rf"(?:(?:again|still|another|{_TIME})\W+(?:\w+\W+){{0,3}}?(?:{_TROUBLE}|waiting|no|error|problem|excuse)"
    rf"|{_TROUBLE} (?:again|as usual))\b",
    r"\b(?:(?:big|great|fat lot of) (?:help|good) (?:you|that)|just what i needed)\b",
)
_SIGNS = (
    (UPSET, _UPSET),
    (UPSET, _FACES),
    (UPSET, _SARCASM),
    (MISUNDERSTOOD, _MISUNDERSTOOD),
    (TROUBLE, _word(rf"{_TROUBLE}\b", r"complain\w*")),
    (GOES_ON, _GOES_ON),
    (PERSON, _WANTS_PERSON),
    (AGAIN, _word(r"again\b")),
)
_MARKS = re.compile("[!?]{2}")
_GLAD = _word(
    r"(?:thanks?|thank you|thx|cheers|great|perfect|brilliant|excellent|awesome|lovely|love it)\b",
    r"(?:appreciate|helpful|helped)\b",
)
_NOT_OWN = re.compile(
    # What is quoted, and names: customers write of a poster called "Furious Five", or of the Angry Birds.
    r"\"[^\"]{1,80}\"|“[^”]{1,80}”|(?<!\w)'[^'\n]{1,80}'(?!\w)"
    r"|(?<=[a-z0-9,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+"
)
_DENIED = _word(
    r"(?:no|not an?|without(?: an?y?)?) (?:\w+ )?(?:problem|trouble|worr(?:y|ie)|complaint|delay|fault)s?\b",
    r"(?:not|\w{2,6}n't|never|no longer|nothing)(?: (?:is|was|at all|so|that|too|really|very|even|be|been|get"
    r"|getting|come|arrive|look))* (?:bad|broken|damaged|wrong|late|delayed|lost|missing|faulty|upset|angry"
    r"|annoyed|annoying|disappointed|disappointing|unhappy|terrible|awful|complain\w*)\b",
    r"(?:order|buy|shop|come|write|thanks?|thank you)(?: \w+){0,2} again\b",
)
_YES = _any_of(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|please(?: do)?|go ahead|do it|of course|fine)\b",
    r"^\W*that would be (?:good|great)\b",
)
_NO = _any_of(r"^\W*(?:no|nope|nah|no thanks?|no thank you|not (?:now|yet|really)|never ?mind|leave it)\W*$")


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
    return _MISUNDERSTOOD.search(_own(text).lower()) is not None


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
