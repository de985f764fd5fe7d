"""Word documents, made by hand: a ZIP file of XML parts."""

import io
import zipfile
from collections.abc import Mapping

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
STYLES = f"""<w:styles {W}>
  <w:style w:styleId="T"><w:name w:val="Title"/></w:style>
  <w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>
  <w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
  <w:style w:styleId="Own"><w:name w:val="Our heading"/><w:basedOn w:val="berschrift2"/></w:style>
  <w:style w:styleId="Bullets"><w:name w:val="List Bullet"/>
    <w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
</w:styles>"""
NUMBERING = f"""<w:numbering {W}>
  <w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
  <w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl>
    <w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
  <w:num w:numId="2"><w:abstractNumId w:val="7"/></w:num>
</w:numbering>"""
LINKS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
  <Relationship Id="r1" Target="https://shop.example/returns" TargetMode="External"/>
  <Relationship Id="r2" Target="javascript:alert(1)" TargetMode="External"/>
</Relationships>"""


def docx(*blocks: str, parts: Mapping[str, str | bytes] | None = None) -> bytes:
    """A document of blocks: XML where they begin with `<`, else the text of a paragraph."""
    body = "".join(block if block.startswith("<") else paragraph(block) for block in blocks)
    return archive(
        {
            "word/document.xml": f"<w:document {W} {R} {MC}><w:body>{body}</w:body></w:document>",
            "word/styles.xml": STYLES,
            "word/numbering.xml": NUMBERING,
            "word/_rels/document.xml.rels": LINKS,
            **(parts or {}),
        }
    )


def archive(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as zipped:
        for name, content in parts.items():
            zipped.writestr(name, content)
    return file.getvalue()


def paragraph(text: str, style: str = "", about: str = "", run: str = "") -> str:
    """A paragraph; `about` is more of its properties, `run` those of its text."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f"<w:p><w:pPr>{named}{about}</w:pPr>"
        f'<w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def item(text: str, number: int, depth: int = 0) -> str:
    """A paragraph of the list with this number."""
    return paragraph(text, about=f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')


def table(*rows: list[str], header: bool = False) -> str:
    """A table; each cell is text, or XML where it begins with `<`."""
    mark = "<w:trPr><w:tblHeader/></w:trPr>" if header else ""
    written = ""
    for number, row in enumerate(rows):
        cells = (cell if cell.startswith("<") else paragraph(cell) for cell in row)
        written += f"<w:tr>{mark * (number == 0)}{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"
    return f"<w:tbl>{written}</w:tbl>"
