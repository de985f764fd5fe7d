"""What the chat page and the widget themselves say, in the languages that PunAI brings."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ar", "he")
PAGE = ("title", "noscript", "welcome")
"""What only the server says; the rest is the widget's."""
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ps", "ug", "ur", "yi"})


def phrases(language: str, own: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Every phrase by its key: the business's own words of this language or of its base, else ours, else
    English."""
    tags = dict.fromkeys((base(language), language))
    ours = [shipped(tag) for tag in tags if tag in LANGUAGES]
    theirs = [own[tag] for tag in tags if tag in own]
    return {key: text for each in (shipped("en"), *ours, *theirs) for key, text in each.items()}


@cache
def shipped(language: str) -> Mapping[str, str]:
    """What PunAI brings in one of `LANGUAGES`."""
    file = Path(__file__).with_name(f"{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found


def choose(wanted: Sequence[str], spoken: Sequence[str]) -> str:
    """The first of the wanted languages that is spoken, as the speaker names it; else the first spoken."""
    for each in wanted:
        for same in (str.lower, base):
            found = [tag for tag in spoken if same(tag) == same(each)]
            if found:
                return found[0]
    return spoken[0]


def tag(language: str) -> str:
    """The language as browsers take it (BCP 47); English where it is none."""
    written = language.replace("_", "-")
    return written if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", written) else "en"


def base(language: str) -> str:
    """The language without its country, script or locale: "pt" of "pt-BR"."""
    return re.split("[-_@]", language)[0].lower()


def placeholders(text: str) -> frozenset[str]:
    """The names in braces, for which something is put in."""
    return frozenset(re.findall(r"\{(\w*)\}", text))
