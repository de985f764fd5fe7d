"""Where a request's body ends on a raw connection.

Any doubt is refused and the connection closed: what is left over would be read as the next request.
"""

import re
from collections.abc import Sequence
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message
from io import BufferedIOBase

from punai.web.problems import Problem
from punai.web.routes import MAX_BODY

LONGEST_LINE = 256
"""Bytes of a line between the chunks of a body."""
MOST_TRAILERS = 32
WITH_BODY = ("POST", "PUT", "PATCH")


def read_framed(method: str, headers: Message, stream: BufferedIOBase) -> bytes:
    """The body that the headers announce.

    Raises:
        Problem: its length is missing, contradictory or too large, or it ends early. Close the connection.
    """
    if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in headers.defects):
        raise Problem(400, "A header line has no colon. Send it as name: value.")
    lengths = headers.get_all("Content-Length", [])
    codings = headers.get_all("Transfer-Encoding", [])
    if codings:
        if lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise Problem(400, "Send a Content-Length, or Transfer-Encoding: chunked, and nothing else.")
        return _read_chunks(stream)
    if not lengths:
        if method in WITH_BODY:
            raise Problem(411, "Send a Content-Length.")
        return b""
    return _read(stream, _length(lengths))


def _length(lengths: Sequence[str]) -> int:
    if len(set(lengths)) > 1 or not re.fullmatch("[0-9]+", lengths[0]):
        raise Problem(400, "The Content-Length is no length. Send the number of bytes.")
    # Python refuses to read a number of thousands of digits.
    if len(lengths[0]) > 9 or int(lengths[0]) > MAX_BODY:
        raise _too_large()
    return int(lengths[0])


def _read(stream: BufferedIOBase, length: int) -> bytes:
    body = stream.read(length)
    if len(body) < length:
        raise Problem(400, "The body ended early. Send as many bytes as announced.")
    return body


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream):
        if len(body) + size > MAX_BODY:
            raise _too_large()
        body += _read(stream, size)
        if _line(stream):
            raise _broken_chunk()
    for _ in range(MOST_TRAILERS):
        if not _line(stream):
            return bytes(body)
    raise _broken_chunk()


def _chunk_size(stream: BufferedIOBase) -> int:
    size = _line(stream).partition(b";")[0].strip(b" \t")
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
        raise _broken_chunk()
    return int(size, 16)


def _line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\r\n"):
        raise _broken_chunk()
    return line[:-2]


def _broken_chunk() -> Problem:
    return Problem(
        400, "A chunk of the body is broken. Send its size in hexadecimal, its bytes, and line ends."
    )


def _too_large() -> Problem:
    return Problem(413, f"The body is too large. Send at most {MAX_BODY} bytes.")
