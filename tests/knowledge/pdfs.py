"""PDF files, made by hand: pages of lines at a place, in a size, in regular or bold type."""

import io
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from pypdf import PdfReader, PdfWriter


class Placed(NamedTuple):
    """Text, height above the lower edge, size, bold, and how far from the left edge."""

    text: str
    height: float
    size: float
    bold: bool
    left: float = 72


def pdf(*pages: Sequence[Placed]) -> bytes:
    """A PDF with these pages; text in Windows-1252."""
    return file_of([b"\n".join(map(drawn, page)) for page in pages])


def drawn(line: Placed) -> bytes:
    """The operators that show a line."""
    text, height, size, bold, left = line
    shown = text.encode("cp1252").replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
    font = b"/F2" if bold else b"/F1"
    return b"BT %s %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET" % (font, size, left, height, shown)


def file_of(contents: Sequence[bytes], *, compressed: bool = True) -> bytes:
    """A PDF of pages with these contents."""
    count = len(contents)
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    for number, content in enumerate(contents):
        stream = zlib.compress(content, 9) if compressed else content
        filtered = b"/Filter /FlateDecode " if compressed else b""
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % (6 + 2 * number),
            b"<< %s/Length %d >>\nstream\n%s\nendstream" % (filtered, len(stream), stream),
        ]
    return assembled(objects)


def assembled(objects: Sequence[bytes]) -> bytes:
    """A PDF file of objects, of which the first is the catalogue."""
    file, places = io.BytesIO(), []
    file.write(b"%PDF-1.7\n")
    for number, content in enumerate(objects, start=1):
        places.append(file.tell())
        file.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    begin = file.tell()
    file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    file.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    file.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, begin))
    return file.getvalue()


def paragraph(*lines: str, top: float = 700, size: float = 11, bold: bool = False) -> list[Placed]:
    """Lines close to each other, from a height downwards."""
    return [Placed(line, top - number * size * 1.2, size, bold) for number, line in enumerate(lines)]


def row(*cells: tuple[float, str], top: float, bold: bool = False) -> list[Placed]:
    """Cells side by side, each with the place where it begins."""
    return [Placed(text, top, 11, bold, left) for left, text in cells]


def encrypted(content: bytes, password: str, algorithm: str = "RC4-128") -> bytes:
    """The PDF, which only its user's password opens; an empty one opens it by itself."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm=algorithm)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()
