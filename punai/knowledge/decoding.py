"""Bytes into text, whatever a business's programs wrote: UTF-8, UTF-16, Windows-1252 and others."""

import codecs
import re

from punai.knowledge.outline import Unreadable

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1b"})
_OF_PAGES = re.compile(r"iso-?8859|windows-|cp-?\d|latin|koi8|mac|shift|euc|gb|big5|tis-", re.IGNORECASE)
"""Encodings of web pages, other than UTF-8; Python knows others that are none, or are slow."""
MOST_CONTROLS = 0.02
"""The share of control characters from which on a file is none of text."""
SAMPLE = 100_000
"""Bytes that the encoding is guessed from."""
WESTERN = 0.3
"""The share of bytes beyond ASCII up to which a text is taken for one in Latin letters."""


def decode(content: bytes, declared: str = "") -> str:
    """The text; `declared` is the encoding that the document itself names, if any.

    Raises:
        Unreadable: it is no text, or in no encoding that can be told.
    """
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return _strictly(content, encoding)
    sample = content[:SAMPLE]
    even, odd = sample[::2], sample[1::2]
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # Half of UTF-16's bytes are zero where most letters are Latin.
        if zeros.count(0) > 0.4 * len(zeros) and not others.count(0):
            return _strictly(content, encoding)
    if len(sample) - len(sample.translate(None, _CONTROLS)) > MOST_CONTROLS * len(sample):
        raise Unreadable("it is not text")
    for encoding in ("utf-8", declared):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode(_guess(sample), errors="replace")


def declared_encoding(content: bytes) -> str:
    """The encoding that a web page names in its first 2,048 bytes, or nothing."""
    found = re.search(rb"""charset\s*=\s*["']?([\w-]{1,40})""", content[:2048], re.IGNORECASE)
    name = found[1].decode() if found else ""
    return name if _OF_PAGES.match(name) else ""


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"it begins as {encoding.removesuffix('-sig').upper()} text, but is broken further on"
        ) from error


def _guess(sample: bytes) -> str:
    """Windows-1252, of which Latin-1 is a part, for Latin letters; else what charset-normalizer says."""
    from charset_normalizer import from_bytes

    if sum(byte > 127 for byte in sample) <= WESTERN * len(sample):
        return "cp1252"
    best = from_bytes(sample).best()
    if best is None:
        raise Unreadable("its encoding cannot be told: save it as UTF-8")
    return best.encoding
