"""Which of a business's languages a customer writes: by the commonest words of each."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from punai.knowledge.words import STEMMED


def guess(text: str, languages: Sequence[str]) -> str:
    """The language that has most of the text's words among its commonest; the first where none stands out."""
    if len(languages) == 1:
        return languages[0]
    found = {language: _common_words(text, language) for language in languages}
    return max(languages, key=lambda language: found[language])


def _common_words(text: str, language: str) -> int:
    name = STEMMED.get(language.lower()[:2])
    if name is None:
        return 0
    try:
        every, telling = _analyzers(name)
    except ValueError:  # the engine has a stemmer for it, and no list of its commonest words
        return 0
    return len(every.analyze(text)) - len(telling.analyze(text))


@cache
def _analyzers(name: str) -> tuple[Any, Any]:
    """What splits a text into words, and what does so without the commonest of this language."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    def words() -> Any:
        return TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase())

    return words().build(), words().filter(Filter.stopword(name)).build()
