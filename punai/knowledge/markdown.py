"""Markdown: read as the web page that it becomes, so that HTML within it is read in the same way."""

import re

from punai.knowledge.outline import Outline
from punai.knowledge.webpage import read_webpage

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)??---[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"""^title:\s*["']?(.+?)["']?\s*$""", re.MULTILINE)


def read_markdown(text: str, outline: Outline) -> None:
    """Read CommonMark with tables; of front matter the title alone."""
    from markdown_it import MarkdownIt

    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :]
        if title := _TITLE.search(front[1] or ""):
            outline.rename(title[1])
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def watch_the_time(*_: object) -> bool:
        """Be a rule that never fits: brackets and cells can take time that grows with their square."""
        outline.watch_the_time()
        return False

    markdown.inline.ruler.before("text", "watch_the_time", watch_the_time)
    markdown.block.ruler.before("table", "watch_the_time", watch_the_time)
    read_webpage(markdown.render(text), outline)
