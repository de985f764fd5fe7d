"""What a text says, as terms: stems of its words, in the languages of the business."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache

STEMMED = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
"""The languages that the engine has a stemmer for. Words of others count as they are written."""
FILLERS = frozenset(
    re.findall(
        r"\w+",
        """a about all also am an and any anybody anyone are as at be been being but by can cannot could
        couldn d did didn do does doesn doing don dont else ever for from get gets getting give go going
        got had has have haven having he her here him his i id if im in into is isn it its ive just
        know let like ll m may me might mine my need of on or our ours out over own please question
        re s shall she should shouldn so some take takes somebody someone something t tell than that thats the
        their them then there these they thing things think this those though to too up us ve very
        want wanted wanna was wasn way we well were what whats which while who whom whose why will
        wish with won wonder wondering would wouldn you your yours yourself hello hey hi dear thanks
        thank thx cheers sorry excuse kindly ok okay yes no yeah pls bitte danke hallo guten tag
        gerne möchte por favor gracias hola buenos días quisiera bonjour merci svp voudrais
        buongiorno grazie ciao vorrei obrigado obrigada olá""",
    )
)
"""They say nothing of what is asked, in any language that they are words of."""
QUESTION_WORDS = frozenset(["how", "long", "many", "much", "when", "where", "often", "far", "soon"])
"""They put "How long..." before "How much..." where all else is equal; sharing them alone answers nothing."""
LONGEST_WORD = 40
_WORD = re.compile(r"[^\W_]+")
_LETTER_AND_DASH = re.compile(r"\b([^\W\d_])-(?=[^\W\d_]{2})")
_APART = re.compile(  # written without spaces, or, as Korean, with endings that no stemmer here knows
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\U00020000-\U0002ffff]+"
)
_RUNS = re.compile(f"{_APART.pattern}|[^{_APART.pattern[1:-2]}]+")
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640]")
_JOINED = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "\u0131": "i"}


class Words:
    """Texts as terms, in some languages.

    A word has several terms where several languages are spoken, or where its accents matter to a stemmer: it
    is the same word as another if they share one.
    """

    def __init__(self, languages: Iterable[str]) -> None:
        """`languages`: codes such as `en` or `pt-BR`."""
        from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

        self.languages = tuple(dict.fromkeys(code.lower()[:2] for code in languages))
        names = [STEMMED[code] for code in self.languages if code in STEMMED]
        self._stemmers = [
            TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer(name)).build() for name in names
        ]
        self._stoppers = []
        for name in names:
            # The engine has stop words for fewer languages than it has stemmers.
            with suppress(ValueError):
                stopper = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stopword(name)).build()
                self._stoppers.append(stopper)
        self.terms = lru_cache(maxsize=50_000)(self._terms)
        self._is_stopped = lru_cache(maxsize=50_000)(self._stops)

    def split(self, text: str) -> list[str]:
        """The words of a text in lower case; pairs of characters in scripts without spaces."""
        text = _LETTER_AND_DASH.sub(r"\1", unicodedata.normalize("NFKC", text).lower())
        found = _WORD.findall(text.replace("\u2019", "'"))
        if _APART.search(text):
            found = [part for word in found for part in _parts(word)]
        return [
            word[:LONGEST_WORD] for word in found if len(word) > 1 or not word.isascii() or word.isdigit()
        ]

    def telling(self, text: str) -> list[str]:
        """The words of a text that say what it is about, in their order, each once."""
        return [word for word in dict.fromkeys(self.split(text)) if not self._is_stopped(word)]

    def all_terms(self, text: str) -> list[str]:
        """The terms of all words of a text, in their order."""
        return [term for word in self.split(text) for term in self.terms(word)]

    def _terms(self, word: str) -> tuple[str, ...]:
        plain = unaccented(word)
        stems = [
            stemmer.analyze(form)[0] for stemmer in self._stemmers for form in dict.fromkeys((word, plain))
        ]
        return tuple(dict.fromkeys(unaccented(stem) for stem in stems)) or (plain,)

    def _stops(self, word: str) -> bool:
        if word in QUESTION_WORDS:
            return False
        return word in FILLERS or any(not stopper.analyze(word) for stopper in self._stoppers)


def unaccented(word: str) -> str:
    """The word without accents and vowel marks: what many leave out when they type."""
    if word.isascii():
        return word
    bare = _MARKS.sub("", unicodedata.normalize("NFD", word))
    return "".join(_JOINED.get(character, character) for character in unicodedata.normalize("NFC", bare))


def _parts(word: str) -> Iterator[str]:
    """A run of letters, cut where its script changes, and into pairs where that is written without spaces."""
    for part in _RUNS.findall(word):
        yield from _pairs(part) if _APART.match(part) else [part]


def _pairs(run: str) -> Sequence[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)] or [run]
