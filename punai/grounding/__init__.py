"""Whether what a model says may be sent: each citation was given, each quote stands there, each fact too.

None of it is taken from the model's word. What a customer is shown as a quote is the passage's own text.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from punai.grounding.courtesy import asks_back, is_courtesy
from punai.grounding.facts import plain, read_facts
from punai.grounding.numbers import UNIT
from punai.grounding.quotes import find_quote, whole_text
from punai.models import Citation, Passage

Why = Literal[
    "hidden text or link", "cites nothing", "cites what it was not given", "misquotes", "unsupported fact"
]


class Ungrounded(ValueError):
    """An answer may not be sent, for this reason; it holds nobody's words."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


def ground(
    reply: str, cited: Sequence[tuple[str, str]], passages: Iterable[Passage], message: str, said: str = ""
) -> tuple[Citation, ...]:
    """What to show as the reply's citations; none for a question back, or a courtesy, which need none.

    Args:
        reply: the model's words.
        cited: the ids that it names, with its quotes.
        passages: what it was given this turn.
        message: the customer's words that it answers.
        said: what else the customer wrote in this conversation.

    Raises:
        Ungrounded: it may not be sent.
    """
    if _hides(reply):
        raise Ungrounded("hidden text or link")
    given = {passage.id: passage for passage in passages}
    if any(name not in given for name, _ in cited):
        raise Ungrounded("cites what it was not given")
    quotes = [(given[name], find_quote(quote, given[name])) for name, quote in cited]
    if not all(quote for _, quote in quotes):
        raise Ungrounded("misquotes")
    numbers = _repeatable(f"{message}\n{said}")
    named = _NAMED.sub(lambda match: " " if match[1] in numbers else match[0], plain(reply))
    facts = read_facts(_without_list_numbers(named))
    numbers = frozenset(number for number in numbers if len(number) >= LONG)
    # A mark between them, so that the end of one and the beginning of the next make no fact together.
    sources = _facts_of("\n\u00b6\n".join(whole_text(passage) for passage, _ in quotes))
    if not sources.hold(facts, numbers):
        raise Ungrounded("unsupported fact" if cited else "cites nothing")
    if not cited and not asks_back(reply, message) and not is_courtesy(reply, message):
        raise Ungrounded("cites nothing")
    citations = [
        Citation(title=passage.title, source=passage.source, quote=quote)
        for passage, quote in quotes
        if quote
    ]
    return tuple(dict.fromkeys(citations))


_facts_of = lru_cache(maxsize=100)(read_facts)
"""Those of the passages cited: most answers cite the same few."""
LONG = 5
"""Digits from which on a number of the customer's own may be said again without a word for what it is."""
_NAMED = re.compile(
    r"(?:\b(?:order|invoice|parcel|tracking|reference|ref|ticket|case|customer|number|no|nr)\b\W{0,3}|#\s?)+"
    rf"(\d+)(?![\d.,]*\d)(?!\s*{UNIT})",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"\b(?:javascript|vbscript)\s*:|\bdata:\w+/|\b(?!https?:)[a-z][a-z0-9+.-]*://|<[a-z/!][^>]*>",
    re.IGNORECASE,
)
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks that show nothing."""
_NOT_PLAIN = re.compile(r"[^\n\t\r -~]")
_MARKDOWN_LINK = re.compile(r"\[([^\]]*)\]\s*(?:\(\s*<?([^)\s>]*)[^)]*\)|\[[^\]]*\]|:\s*\S*[./]\S)")


def _hides(reply: str) -> bool:
    """Whether a reply holds more than is seen: invisible characters, markup, a link under another name."""
    if any(_is_hidden(reply, match.start()) for match in _NOT_PLAIN.finditer(reply)):
        return True
    shown = unicodedata.normalize("NFKC", reply)
    links = _MARKDOWN_LINK.finditer(shown)
    return _MARKUP.search(shown) is not None or any(link[1].strip() != link[2] for link in links)


def _is_hidden(text: str, at: int) -> bool:
    char = text[at]
    if (
        char in "\u200c\u200d"
    ):  # they join letters of Persian, and emoji; between Latin letters they only hide
        return text[at - 1 : at].isascii() or text[at + 1 : at + 2].isascii()
    unseen = unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs") or char in _BLANKS
    return unseen or "\U000e0000" <= char <= "\U000e0fff"


def _without_list_numbers(reply: str) -> str:
    """The reply without the numbers of its lists, as long as they count up from 1: those state nothing."""
    lines, expected = [], 1
    for line in reply.splitlines():
        numbered = re.match(r"\s*(?:[-*]\s+)?(?:\*\*)?(?:step\s+)?(\d{1,2})[.):](?=\s)", line, re.IGNORECASE)
        if numbered and int(numbered[1]) in (1, expected):
            expected = int(numbered[1]) + 1
            line = line[numbered.end() :]
        lines.append(line)
    return "\n".join(lines)


def _repeatable(said: str) -> frozenset[str]:
    """Numbers of the customer's own, such as an order's: four digits at least, no year, stating nothing."""
    found = re.findall(r"(?<![\d.,])\d[\d -]*\d(?![\d.,]\d)", plain(said))
    digits = {part for run in found for part in (re.sub(r"\D", "", run), *re.split(r"[ -]+", run))}
    return frozenset(
        form
        for number in digits
        if number.isdigit() and len(number) >= 4 and not re.fullmatch(r"(?:19|20)\d\d", number)
        for form in (number, number.lstrip("0"))
    )
