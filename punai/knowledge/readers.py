"""What reads each kind of document, by the ending of its name."""

from collections.abc import Callable, Mapping

from punai.knowledge.docx import read_docx
from punai.knowledge.markdown import read_markdown
from punai.knowledge.outline import Outline
from punai.knowledge.pdf import read_pdf
from punai.knowledge.plain import read_plain
from punai.knowledge.questions import read_questions
from punai.knowledge.webpage import read_webpage

OF_BYTES: Mapping[str, Callable[[bytes, Outline], None]] = {".pdf": read_pdf, ".docx": read_docx}
OF_TEXT: Mapping[str, Callable[[str, Outline], None]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_plain,
    ".html": read_webpage,
    ".htm": read_webpage,
    ".csv": read_questions,
}
