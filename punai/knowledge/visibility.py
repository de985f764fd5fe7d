"""What people can see of a text: signs without a shape may carry words that only a model would read."""

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    # Controls but tab and line feed, soft hyphens, fillers, zero width, direction, variation selectors but
    # the two of emoji, halves of characters, annotations, tags.
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffc"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_NEEDS_JOINERS = "\u0600-\u1fff\u2600-\u27bf\ua800-\uabff\ufb50-\ufdff\ufe0e-\ufefc\U00010a00-\U0001ffff"
_JOINERS = re.compile(f"(?<![{_NEEDS_JOINERS}])[\u200c\u200d]|[\u200c\u200d](?![{_NEEDS_JOINERS}])")
"""Signs that join letters and emoji or keep them apart, where they stand between no such two."""


def visible(text: str) -> str:
    """The text without what has no shape and without outer space, composed (NFC), with `\\n` at line ends."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", _JOINERS.sub("", text)).strip()
