"""What tells of an unhappy customer: patterns for text in small letters, mostly English.

How much each counts is in mood.py; how many customers they find, and how many they miss, in
docs/understanding.md.
"""

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """For text in small letters, which takes half the time of a pattern that ignores case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def word(*patterns: str) -> re.Pattern[str]:
    """The same for patterns that all begin with a word: only its beginnings are tried."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})")


_COUNT = r"(?:two|three|four|five|six|seven|eight|nine|ten|several|many|\d+)"
_NTH = r"(?:second|third|fourth|fifth|sixth|2nd|3rd|\d+th)"
_TIME = rf"{_NTH} time"
_TROUBLE = (
    r"(?:broken?|breaks|damaged|faulty|defective|wrong|(?<!how )late|delay(?:ed|s)?|missing|lost"
    r"|fail(?:ed|s|ing)?"
    r"|(?:not|\w{2,6}n't|never|stopped) (?:work|arrive|receive|respon|turn up|come|here)\w*)"
)
TROUBLE = word(rf"{_TROUBLE}\b", r"complain\w*")
FEELING = word(
    r"(?:unhappy|disappoint\w+|annoy(?:ed|ing)|frustrat\w+|upset|angry|livid|fuming|gutted|ashamed)\b",
    r"(?:irritat(?:ed|ing)|infuriat\w+|exasperat\w+|displeased|dissatisf\w+|embarrass(?:ed|ing|ment)"
    r"|hopeless)\b",
    r"(?:terribl[ey]|awful|horribl[ey]|dreadful|shocking|rubbish|garbage|shambles|nightmare|mad at)\b",
    r"(?:crap(?:py)?|sucks|bloody|damn(?:ed)?|pissed|ffs|(?:what|where|how|why) the (?:hell|heck))\b",
    r"(?:(?:cheap|piece of|utter|complete) (?:junk|trash|rubbish)|disgrace\w*|shameful|shame on you)\b",
    r"(?:bad|poor|lousy) (?:service|experience|quality|support|communication|treatment)\b",
    r"(?:so|very|really|too|pretty) (?:bad|poor)\b",
    r"(?:waste of (?:time|money)|let(?:ting)? (?:me|us) down|(?:am|feel|'m|was|rather|so) let down)\b",
    r"(?:(?:of )?no (?:help|use) (?:at all|to me|whatsoever)|of no (?:help|use)|unhelpful)\b",
    r"(?:not|\w{2,6}n't) (?:\w+ )?(?:happy|satisfied|impressed|good|great|acceptable|helpful|helping)\b",
    r"(?:not|\w{2,6}n't) (?:at all |really |quite )?what (?:i|we) (?:expect\w*|hoped|paid for|was promised)",
    r"(?:expected|hoped for|deserve) (?:so |far |much |a lot |something )*(?:more|better)\b",
    r"(?:end of my|losing(?: my)?|lost my|running out of|no more) (?:patience|tether|rope|mind|temper)\b",
    r"can(?:'t|not) believe (?:you|this is|that you)\b",
    r"mak(?:e|es|ing) (?:it|this) so (?:hard|difficult|complicated)\b",
    r"(?:patient enough|(?:have|'ve) had enough|had it with|i (?:really |so |deeply )?regret)\b",
    r"hate (?:this|that|your|you|it when|how|dealing|having)\b",
    r"(?:(?:you|they) (?:have |all )?lied|lying to|(?:feel|been|was|got) (?:cheated|ripped off|robbed"
    r"|misled))\b",
    r"(?:you|they)(?: people| guys| all)? (?:do not|don't) (?:even |really )?care\b",
    r"(?:are you|you must be|you have got to be|you've got to be|you're) (?:kidding|joking|having a laugh)\b",
    r"what (?:kind|sort) of (?:a )?(?:service|support|company|shop|answer) is (?:this|that)\b",
    r"(?:taken?|takes|took) (?:me|this|it|us|that) serious\w*",
    r"treated (?:like (?:this|that|dirt|a )|so |this way)",
    r"for (?:god|heaven|goodness|christ)'?s?'? sakes?\b",
    r"(?:unbelievabl[ey]|laughable|absurd|insult\w*|rude(?:ly|ness)?|arrogant)\b",
    r"(?:dishonest|clueless|sloppy|disaster|disastrous|miserabl[ey]|stress(?:ed|ful))\b",
    r"(?:heartbroken|devastated|overpriced|ruined|wrecked|ignor(?:ed|ing|es)|humiliat\w+|tired of)\b",
    r"(?:is|was|such|what) an? (?:\w+ )?(?:mess|disaster|disgrace|shame|insult|farce|circus|mockery|cheek)\b",
    r"(?:is|was|such|what) an? (?:very |really |terribly |so )?(?:bad|poor|stupid) (?:idea|joke|company"
    r"|shop|app|answer|experience)\b",
    r"(?:that is|this is|that's|it's|pure|plain|daylight) (?:theft|stealing|robbery|nonsense|madness"
    r"|extortion)\b",
    r"refus(?:ed|es|ing) to (?:help|answer|refund|talk|listen|pay|exchange|replace)\b",
    r"(?:(?:am|'m|be|so) done (?:with you|waiting|explaining)|g[ai]ve up|giving up|laugh(?:ed"
    r"|ing) at (?:me|us))\b",
    r"never (?:agreed|asked for|ordered|wanted)\b",
    r"(?:you|they) (?:have |just |simply )*(?:lost|broke|ruined|forgot|ignored|messed|overcharged|robbed"
    r"|tricked)\b",
    r"(?:mak(?:e|es|ing)|made) me (?:cry|sick|mad|angry|furious)\b",
    r"(?:i (?:would|'d) have (?:liked|expected|hoped|thought)|not handled well|badly handled)\b",
    # German
    r"(?:enttäusch\w+|verärgert|wütend|stinksauer|frechheit|unverschämt\w*|inakzeptabel|lächerlich"
    r"|zumutung)\b",
    r"(?:saftladen|abzocke|unzufrieden|nicht (?:zufrieden|akzeptabel)|schlechter service|nie wieder)\b",
    # French
    r"(?:inadmissible|inacceptable|déçue?s?|scandaleu\w+|honteu\w+|une honte|furieu\w+|en colère"
    r"|arnaqu\w+)\b",
    r"(?:pas (?:du tout |vraiment |très )?(?:contente?|satisfaite?)|mécontente?|lamentable"
    r"|ras[- ]le[- ]bol|plus jamais)\b",
    # Spanish
    r"(?:vergüenza|inaceptable|decepci\w+|indignad[oa]|furios[oa]|enfadad[oa]|enojad[oa]|pésim[oa]"
    r"|estaf\w+)\b",
    r"(?:no estoy (?:nada |muy )?(?:content[oa]|satisfech[oa])|mal servicio|qué mal|nunca más|hart[oa] de)\b",
)
LEAVING = word(
    r"last time (?:i|we) (?:\w+ )?(?:buy|order|shop|book|use|come|trust)\b",
    r"(?:never|not|won't|n't) (?:be |ever )?(?:buy|order|shop|book|us|com|trust|deal|recommend)\w*"
    r"(?: \w+){0,3} (?:again|anymore|any more)\b",
    r"(?:won't|will not|never) be (?:buying|ordering|shopping|booking|coming back|returning|back)\b",
    r"(?:lost|losing) (?:me as )?a (?:\w+ )?customer",
    r"(?:switch|mov|chang|go)(?:e|es|ing|ed)? (?:to|my \w+ to) (?:another|a different|your|the) "
    r"(?:provider|competit\w+|company|bank|shop|supplier)\b[^.?!]{0,30}\b(?:because|after|since|due)\b",
    r"tak(?:e|ing) my (?:business|money|custom) elsewhere",
    r"(?:bad|negative|one[- ]star) (?:review|rating)\b",
    r"tell (?:every(?:one|body)|all my|my friends)[^.?!]{0,30}\b(?:avoid|away|not to|how)\b",
    r"stay away from\b",
    r"(?:cancel\w*|clos\w+)\b[^.?!]{0,40}\b(?:because of (?:this|you)|no point|had enough|fed up)",
    r"all (?:of )?my money back\b",
    r"(?:used to|would not|wouldn't|can't|cannot|never) recommend\b",
    r"(?:tak(?:e|ing)|go(?:ing)?|find(?:ing)?|buy(?:ing)?) [^.?!]{0,25}(?:elsewhere|somewhere else"
    r"|(?:to|with|from) (?:someone|somebody) else)\b",
    r"(?:won't|will not|don't want to|never) (?:use|need|touch|open|trust) [^.?!]{0,25}(?:any ?more|again)\b",
)
NEVER_AGAIN = any_of(r"^\W*never(?: ever)? again\W*$")
FACES = re.compile("[😡🤬👎😠😤🙄💩🖕]")
MISUNDERSTOOD = word(
    r"no\W+(?:that's not|it's not|not that|i (?:mean|meant|said|asked|want|wanted))\b",
    r"(?:not|opposite of) (?:what|the (?:question|thing)) i (?:asked|mean|meant|said|want|wanted)\b",
    r"i(?: have|'ve)? (?:already|just) (?:said|told|asked|explained|tried|sent|gave|given|did|done)\b",
    r"i (?:said|asked|wrote|meant)\b[^.?!]{1,40}(?:,| and) not\b",
    r"i asked for [^.?!]{1,40}you (?:gave|sent|told|offered)\b",
    r"as i(?: have|'ve)? (?:already |just |keep )?(?:said|told|explained|wrote|written|saying|telling)\b",
    r"(?:does|did)(?: not|n't) (?:answer|help|solve)\b",
    r"you(?:'re| are)? (?:do not|don't|did not|didn't|not) (?:understand|listen|read|answer|get)",
    r"(?:i meant|i did(?: not|n't) ask|you misunderst\w+|wrong answer|read what i|listen to me)\b",
    r"read my (?:question|message|mail|email|words)\b",
    r"(?:das (?:war|ist) nicht meine frage|das habe ich nicht (?:gefragt|gemeint)|nein, ich mein)",
    r"(?:ce n'est pas (?:ce que|ma question)|vous ne (?:comprenez|lisez|répondez))",
    r"(?:eso no es lo que|no es lo que (?:pregunté|pedí)|no me (?:entiende|entiendes|escucha))",
)
_CORRECTED = any_of(
    r"^\W*(?:wrong|incorrect)\W*(?:$|[.,!;:-])",
    r"^\W*no(?:\W+no)*\W+(?:the|a|an|my|i|to) [^.?!]{1,40}\bnot (?:the|a|an|my|to|for)\b",
)
GOES_ON = word(
    r"still (?:no|not|nothing|waiting|without|broken|wrong|missing|the same|\w{2,8}(?:n't| not))\b",
    rf"(?:{_TIME}|over and over|yet (?:again|another)"
    r"|keeps? (?:asking|telling|getting|happening|sending|crashing|failing|giving|saying))\b",
    r"(?:nobody|no[ -]one) (?!(?:is |was |will be |'s )?(?:at )?home\b)\w+",
    rf"{_NTH} (?:e?-?mail|letter|call|message|attempt|request|reminder|complaint|visit|ticket"
    rf"|replacement|chat)\b",
    r"(?:been|gone|had) [^.?!]{1,30}for (?:\w+ ){0,2}(?:days|weeks|months|years|ages)\b",
    r"(?:nothing|off|down|dead|waiting|closed|broken|gone|missing|stuck) since\b",
    r"when [^.?!]{1,40}\b(?:finally|at last|at long last)\b",
    r"why (?:is|does|do|can|did) (?:nobody|no one|everything|nothing|you always|you keep|you never)\b",
    r"(?:you|they|was|were|been) promised\b",
    r"(?:despite|in spite of) (?:your|all your)\b",
    r"(?:been|keep|kept) waiting\b",
    r"wait(?:ed|ing)? (?:\w+ ){0,3}(?:days|weeks|months|hours|forever|ages)\b",
    r"(?:call|rang|ring|phon|writ|wrote|email|mail|ask|contact|tri|chas)\w* (?:you |them |already "
    r"|about it )*"
    rf"(?:twice|{_COUNT} times)\b",
    rf"(?:{_COUNT}|a few|couple of) (?:days|weeks|months) (?:now|already|later)\b",
    rf"(?:it's|it has|it is|that's|has) been (?:over |more than |almost |nearly )?{_COUNT} (?:days|weeks"
    rf"|months)\b",
    r"without an?y? (?:reply|answer|response|word|explanation)\b",
    r"(?:no|not an?y?) (?:repl(?:y|ies)|answer|response|word|news|explanation)"
    r"(?: (?:since|from you|from any\w+|so far|yet|at all|whatsoever)\b|\W*$)",
    r"heard nothing\b",
    r"every single (?:time|day|week|month|order|bill)\b",
    r"always the same\b",
    r"(?:round|around) in circles\b",
    r"(?:how much longer|answer me)\b",
    # German, French, Spanish
    r"(?:immer noch (?:nicht|kein|nichts)|schon wieder|schon die (?:zweite|dritte|vierte)|warte seit"
    r"|zum (?:zweiten|dritten|vierten|fünften|x-ten) mal"
    r"|seit (?:\w+ )?(?:tagen|wochen|monaten)|keine antwort)",
    r"(?:toujours (?:pas|rien|aucun)|(?:deux|trois|quatre|cinq) fois que|(?:troisième|énième) fois"
    r"|depuis (?:\w+ )?(?:jours|semaines|mois) que|(?:aucune|pas de|sans) réponse|(?:jours|semaines"
    r"|mois) que (?:je|j'))",
    r"(?:todavía no|aún no|sigo sin|sigue sin|(?:segunda|tercera|cuarta) vez"
    r"|llevo (?:\w+ )?(?:días?|semanas?|mes(?:es)?|horas?)|siempre lo mismo|nadie (?:me )?(?:responde"
    r"|contesta|ayuda))",
)
_PRAISE = (
    r"(?:thanks?(?: you)?|cheers|great|wonderful|brilliant|fantastic|perfect|lovely|nice|excellent|amazing"
    r"|awesome|congratulations|well done|good job)(?: a (?:lot|bunch|million)| so much| very much)?"
)
_OPENING = r"^\W*(?:(?:oh|well|wow|yeah|just)\W+)?"
SARCASM = any_of(
    r"\bthank(?:s| you)(?: \w+){0,2} for (?:nothing|wasting|ruining|ignoring|losing|breaking|cancelling"
    r"|deleting)\b",
    rf"{_OPENING}{_PRAISE}\W+(?:\w+\W+){{0,4}}?"
    rf"(?:(?:again|still|another|{_TIME})\W+(?:\w+\W+){{0,3}}?"
    rf"(?:{_TROUBLE}|wait|waiting|no|error|problem|excuse|week|month|hour|fee|charge|form|link)"
    rf"|{_TROUBLE} (?:again|as usual|too|as well|twice|once more))\b",
    rf"{_OPENING}{_PRAISE} (?:service|support|job|work)\b\W+(?:only|another|still|not|never)",
    rf"{_OPENING}{_PRAISE}\W+you(?:'ve| have)? (?:managed|lost|broke|ruined|forgot)",
    r"\b(?:(?:big|great|fat lot of) (?:help|good) (?:you|that)|just what (?:i|we|my \w+) (?:needed"
    r"|wanted))\b",
    r"\b(?:slow clap|only took (?:you|me|them)|yeah,? right)\b",
    r"\b(?:love|like) (?:how|it when|that)\b[^.?!]{0,40}\b(?:not|\w{2,6}n't|never|nobody|no one)\b",
    r"\b(?:helpful|great|nice|useful|funny|good)\W+not\W*$",
)


def corrects(said: str) -> bool:
    """Whether the customer says that they were misunderstood."""
    return bool(MISUNDERSTOOD.search(said) or _CORRECTED.search(said))
