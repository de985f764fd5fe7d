"""Text as word and letter n-grams, weighted by TF-IDF. Pure Python: this half runs on Lambda too."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

# Scripts without spaces: every sign is a word, and pairs of words do what letter n-grams do elsewhere.
_SIGN = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_SIGN}]|[^\W_{_SIGN}]+(?:'[^\W_{_SIGN}]+)?")
SIZES = (3, 4)
"""How long the parts of words are: longer and shorter ones added nothing on BANKING77 and HWU64."""
LETTERS_WEIGHT = 1.5
"""How much longer the vector of letters is than that of words: letters forgive spelling."""
BEGINNING = 4
"""So much of a word goes into pairs: the rest is mostly its ending."""
APART = 16
"""So far apart are the words of a pair at most: else a message of 800 words had 300,000 pairs."""
ONE = 256
"""A value of 1, in the whole numbers that vectors are made of."""

MANY = 2000
"""Of so many texts an n-gram that stands in one alone is left out: most n-grams are, and they tell little."""

Vector = list[tuple[int, int]]
"""Numbers of n-grams with their values in parts of `ONE`."""


def words(text: str) -> list[str]:
    """Lower-case words without accents, apostrophes kept within."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.replace("\u2019", "'"))
        text = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _WORD.findall(text.lower())


def whole_words(found: Sequence[str]) -> Counter[str]:
    """Words and pairs of neighbours, with the ends as neighbours too."""
    counts = Counter(found)
    counts.update(f"{first} {second}" for first, second in pairwise(["", *found, ""]) if found)
    return counts


def parts_of_words(found: Sequence[str]) -> Counter[str]:
    """Letters in a row, with the ends of words among them."""
    counts: Counter[str] = Counter()
    for word in found:
        padded = f" {word} "
        for size in SIZES:
            counts.update([padded[start : start + size] for start in range(len(padded) - size + 1)])
    return counts


def pairs_of_words(found: Sequence[str]) -> Counter[str]:
    """Beginnings of two words of a message, in whichever order they come."""
    beginnings = [word[:BEGINNING] for word in found]
    return Counter(
        f"{min(one, other)} {max(one, other)}"
        for place, one in enumerate(beginnings)
        for other in beginnings[place + 1 : place + 1 + APART]
    )


KINDS: Sequence[tuple[Callable[[Sequence[str]], Counter[str]], float]] = (
    (whole_words, 1.0),
    (parts_of_words, LETTERS_WEIGHT),
    (pairs_of_words, 1.0),
)
"""Each with the length of its part of a vector."""
ALIKE = 2
"""So many of the kinds tell how like two texts are. Pairs do not: most of any message's are new."""
ALIKE_LENGTH = math.sqrt(sum(length**2 for _, length in KINDS[:ALIKE]))


class TfIdf:
    """The n-grams of some texts with how rare they are (logarithmic counts, smoothed inverse frequency)."""

    def __init__(self, kinds: Sequence[Sequence[str]], rarity: Sequence[float], texts: int) -> None:
        """`kinds`: n-grams of the first of `KINDS`, numbered one after the other; `rarity` by number."""
        self.kinds = kinds
        self.rarity = rarity
        self.texts = texts
        self._rarest = math.log(1 + texts) + 1
        numbers = iter(range(len(rarity)))
        self._numbers = [dict(zip(kind, numbers, strict=False)) for kind in kinds]
        self.alike = sum(map(len, kinds[:ALIKE]))
        """Numbers below this are of kinds that tell how like two texts are."""

    @classmethod
    def of(cls, texts: Sequence[str], pairs: bool = False) -> "TfIdf":
        """Those of the texts; of many texts those that appear in two at least. With `pairs`, all kinds."""
        counts: list[Counter[str]] = [Counter() for _ in KINDS[: None if pairs else ALIKE]]
        for text in texts:
            found = words(text)
            for count, (grams, _) in zip(counts, KINDS, strict=False):
                count.update(grams(found).keys())
        least = 2 if len(texts) >= MANY else 1
        kinds = [sorted(gram for gram, times in count.items() if times >= least) for count in counts]
        rarity = [
            math.log((1 + len(texts)) / (1 + count[gram])) + 1
            for count, kind in zip(counts, kinds, strict=True)
            for gram in kind
        ]
        return cls(kinds, rarity, len(texts))

    def vector(self, text: str) -> tuple[Vector, float]:
        """The known n-grams of the text, and how much of it they are, in 0..1 (as lengths, without pairs)."""
        vector: Vector = []
        words_of_it = words(text)
        all_known = all_found = 0.0
        for kind, (numbers, (grams, weight)) in enumerate(zip(self._numbers, KINDS, strict=False)):
            found = grams(words_of_it)
            known = [(numbers[gram], count) for gram, count in found.items() if gram in numbers]
            values = [
                (number, self.rarity[number] * (1 + math.log(count) if count > 1 else 1.0))
                for number, count in known
            ]
            square = sum([value * value for _, value in values])
            scale = ONE * weight / (math.sqrt(square) or 1.0)
            vector += [(number, round(value * scale)) for number, value in values]
            if kind < ALIKE:
                all_known += weight * square
                all_found += weight * (square + (len(found) - len(known)) * self._rarest**2)
        return vector, math.sqrt(all_known / all_found) if all_found else 0.0
