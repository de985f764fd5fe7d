"""Words into the pieces that MiniLM knows: BERT's uncased WordPiece (Wu et al., 2016)."""

import unicodedata
from collections.abc import Iterator, Sequence

LONGEST_WORD = 100
"""A longer word counts as unknown, as in BERT's own tokenizer."""


class WordPiece:
    """A tokenizer over a vocabulary, in the order of its ids."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """Raises KeyError where the vocabulary lacks `[UNK]`, `[CLS]` or `[SEP]`."""
        self._ids = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown, self._start, self._end = (self._ids[name] for name in ("[UNK]", "[CLS]", "[SEP]"))

    def ids(self, text: str, limit: int = 256) -> list[int]:
        """The text's pieces between `[CLS]` and `[SEP]`, at most `limit` in all; the rest is dropped."""
        found: list[int] = []
        for word in _words(text):
            found += self._pieces(word)
            if len(found) > limit - 2:
                break
        return [self._start, *found[: limit - 2], self._end]

    def _pieces(self, word: str) -> list[int]:
        """The longest known piece from the left, again and again; a word with an unknown rest is unknown."""
        if word in self._ids:
            return [self._ids[word]]
        if len(word) > LONGEST_WORD:
            return [self._unknown]
        pieces: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._ids.get(mark + word[start:end])
                if number is not None:
                    break
            else:
                return [self._unknown]
            pieces.append(number)
            start = end
        return pieces


def _words(text: str) -> Iterator[str]:
    """Lower-case words without accents; every punctuation mark and Chinese character is one of its own."""
    for chunk in "".join(_cleaned(text)).split():
        plain = unicodedata.normalize("NFD", chunk.lower())
        word = ""
        for sign in plain:
            if unicodedata.category(sign) == "Mn":
                continue
            if _is_punctuation(sign):
                if word:
                    yield word
                yield sign
                word = ""
            else:
                word += sign
        if word:
            yield word


def _cleaned(text: str) -> Iterator[str]:
    for sign in text:
        if sign in "\t\n\r" or unicodedata.category(sign) == "Zs":
            yield " "
        elif sign in "\x00\ufffd" or unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs"):
            continue
        elif _is_chinese(ord(sign)):
            yield f" {sign} "
        else:
            yield sign


def _is_punctuation(sign: str) -> bool:
    # BERT counts all of ASCII's signs, also those that Unicode has for symbols, such as $ and +.
    return unicodedata.category(sign)[0] == "P" or (
        sign.isascii() and sign.isprintable() and not sign.isalnum()
    )


def _is_chinese(code: int) -> bool:
    return (
        0x4E00 <= code <= 0x9FFF
        or 0x3400 <= code <= 0x4DBF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x2CEAF
        or 0x2F800 <= code <= 0x2FA1F
    )
