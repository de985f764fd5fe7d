"""A business's logo: a file of its pack, sent along as an address of its own."""

from base64 import b64encode
from pathlib import Path

KINDS = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
LARGEST = 64 * 1024
"""Bytes: whoever opens the chat loads it."""


def address(logo: str, folder: Path) -> str:
    """Where a browser finds the logo: an https address as it is, a file of the pack as a `data:` address.

    Raises:
        ValueError: it is neither, too large, or no picture; the message says what to do.
    """
    if logo.startswith("https://"):
        return logo
    file = (folder / logo).resolve()
    kind = KINDS.get(file.suffix.lower())
    if kind is None:
        raise ValueError(f"is no picture; name a file that ends in {', '.join(KINDS)}, or an https address")
    if not file.is_relative_to(folder.resolve()):
        raise ValueError("is not in the pack's folder; put it there")
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror}); name a file of the pack's folder") from error
    if len(content) > LARGEST:
        raise ValueError(f"has more than {LARGEST // 1024} KB; make it smaller")
    return f"data:{kind};base64,{b64encode(content).decode()}"
