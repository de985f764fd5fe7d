"""Passages found by their words: BM25 by tantivy, over terms that `words` makes.

The engine gets terms and nothing else: a customer's words are never parsed as a query.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from punai.knowledge.words import QUESTION_WORDS, Words
from punai.models import Passage

TITLE_COUNTS = 3
"""How often a word of the title counts, in proportion to one of the text."""
K1 = 1.2
"""BM25's constant in tantivy: no word adds more than `K1 + 1` times its rarity, however often it occurs."""
HEAP = 64_000_000
QUESTION_WORD = 0.3
"""What "how long" or "where" counts."""
TYPO, LONG_TYPO = 5, 9
"""Letters from which on a word that no document has may be a misspelt one: one edit off, or two together."""
MISSPELT = 0.8
"""What such a word counts."""
KEPT_WORDS = 10_000


class Term(NamedTuple):
    """A word of a question: its terms, how rare it is in these documents, and what it counts."""

    terms: tuple[str, ...]
    rarity: float
    weight: float = 1.0


class Lexical:
    """The engine's files, opened for searching."""

    def __init__(self, folder: Path, words: Words) -> None:
        """Open them.

        Raises:
            ValueError: they are not there, or damaged.
        """
        import tantivy

        self._tantivy = tantivy
        self._words = words
        self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()
        self.count = self._searcher.num_docs
        self._looked_up = lru_cache(KEPT_WORDS)(self._look_up)

    def terms(self, text: str) -> list[Term]:
        """The telling words of a question as they are in these documents, each once.

        Words such as "how long" alone tell nothing.
        """
        words = self._words.telling(text)
        found: dict[tuple[str, ...], Term] = {}
        while words:
            word, *words = words
            if words and self._is_one_word(word, words[0]):
                word, words = word + words[0], words[1:]
            term = self._looked_up(word)
            if term.weight != QUESTION_WORD or self.is_known(term):  # to lack "how long" is to lack nothing
                found.setdefault(term.terms, term)
        asked = list(found.values())
        return asked if any(term.weight != QUESTION_WORD for term in asked) else []

    def terms_of(self, passage: Passage) -> frozenset[str]:
        """The terms of a passage and of its titles."""
        words = set(self._words.split(" ".join((passage.title, *passage.path, passage.text))))
        return frozenset(term for word in words for term in self._words.terms(word))

    def rarity(self, term: str) -> float:
        """A term's inverse document frequency, as the engine's BM25 has it."""
        places = self._places(term)
        return math.log(1 + (self.count - places + 0.5) / (places + 0.5))

    def is_known(self, term: Term) -> bool:
        """Whether any passage has it."""
        return any(map(self._places, term.terms))

    def _look_up(self, word: str) -> Term:
        terms = self._words.terms(word)
        known = [term for term in terms if self._places(term)]
        weight = QUESTION_WORD if word in QUESTION_WORDS else 1.0
        meant = None if known or word in QUESTION_WORDS else self._misspelt(terms[0])
        if meant:
            return Term((meant,), self.rarity(meant), MISSPELT)
        return Term(terms, min(map(self.rarity, known or terms)), weight)

    def _is_one_word(self, word: str, following: str) -> bool:
        """Whether these documents write as one what was written as two: "git hub"."""
        joined = self._words.terms(word + following)[0]
        apart = (self._words.terms(word)[0], self._words.terms(following)[0])
        return bool(self._places(joined)) and not all(map(self._places, apart))

    def _misspelt(self, term: str) -> str | None:
        """The commonest term of the documents that this one can have been meant for."""
        if len(term) < TYPO or not term.isalpha():
            return None
        near = [
            (-places, known)
            for known, places in self._searcher.terms_with_prefix("words", term[0])
            if abs(len(known) - len(term)) <= 2 and is_misspelt(term, known)
        ]
        return min(near)[1] if near else None

    def _places(self, term: str) -> int:
        return self._searcher.doc_freq("words", term)

    def best(self, terms: Iterable[Term], limit: int) -> list[tuple[int, float]]:
        """The numbers of the passages that have some of these terms, with BM25's scores, best first."""
        query = self._tantivy.Query
        parts = []
        for term in terms:
            forms = [query.term_query(self._schema, "words", one, "freq") for one in term.terms]
            either = forms[0] if len(forms) == 1 else query.disjunction_max_query(forms)
            parts.append((self._tantivy.Occur.Should, query.boost_query(either, term.weight)))
        if not parts or not self.count:
            return []
        hits = self._searcher.search(query.boolean_query(parts), limit, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        found = [(int(number or 0), float(score)) for number, (score, _) in zip(numbers, hits, strict=True)]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))


def write(folder: Path, passages: Iterable[Passage], words: Words) -> None:
    """Write the engine's files for these passages into an empty folder."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("number", fast=True)
    index = tantivy.Index(builder.build(), path=str(folder))
    writer: Any = index.writer(heap_size=HEAP, num_threads=1)
    for number, passage in enumerate(passages):
        writer.add_document(tantivy.Document(words=" ".join(terms_of(passage, words)), number=number))
    writer.commit()
    writer.wait_merging_threads()


def terms_of(passage: Passage, words: Words) -> list[str]:
    """A passage's terms, its title's counted again."""
    titles = words.all_terms(passage.title) * TITLE_COUNTS + words.all_terms(" ".join(passage.path))
    return titles + words.all_terms(passage.text)


def is_misspelt(word: str, known: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two have changed places; in a long word, two."""
    start = next(
        (n for n, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known))
    )
    word, known, length = word[start:], known[start:], len(word)
    while word and known and word[-1] == known[-1]:
        word, known = word[:-1], known[:-1]
    off = max(len(word), len(known))
    return off <= 1 or (off == 2 and (length >= LONG_TYPO or word == known[::-1]))
