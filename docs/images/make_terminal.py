"""Draw `chat.svg`: a conversation that `punai chat` really has with the sample shop, as a terminal shows it.

    .venv/bin/python docs/images/make_terminal.py

Run it again when what the bot says has changed; tests/test_docs.py says when that is.
"""

import os
import pty
import re
import select
import subprocess
import sys
import textwrap
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path(__file__).with_name("chat.svg")
SAID = (
    "hello",
    "where is your shop",
    "are you open on sunday",
    "it wobbles",
    "I want to talk to a person",
)
PROMPT = "> "
DIM = re.compile(r"\x1b\[2m(.*?)\x1b\[0m", re.DOTALL)
SECONDS = 60
COLUMNS, MARGIN = 88, 20
COLUMN, LINE = 8.8, 20  # pixels: room for the widest of the monospaced fonts at 14 pixels


def converse() -> str:
    """What a terminal shows while these things are said to the sample shop, without a model.

    What goes to stderr, such as the log's line about the escalation, is left out.
    """
    settings = {"PUNAI_STORE": "sqlite:///:memory:", "PUNAI_MODEL": "local", "PUNAI_PLUGINS": "plugins"}
    # "dumb", so that nothing but text and click's colours comes.
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "dumb", **settings}
    terminal, its_other_end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "punai", "chat"],
        stdin=its_other_end,
        stdout=its_other_end,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
    ) as chat:
        os.close(its_other_end)
        try:
            shown = _read_to_prompt(terminal)
            for words in SAID:
                os.write(terminal, f"{words}\n".encode())
                shown += _read_to_prompt(terminal)
            os.write(terminal, b"\x04")  # Ctrl-D
            chat.wait(SECONDS)
        finally:
            chat.kill()
            os.close(terminal)
    return shown.removesuffix(PROMPT).replace("\r", "")


def _read_to_prompt(terminal: int) -> str:
    shown = b""
    while not shown.endswith(b"\n" + PROMPT.encode()):
        if not select.select([terminal], [], [], SECONDS)[0]:
            raise TimeoutError(f"no prompt within {SECONDS} s")
        shown += os.read(terminal, 4096)
    return shown.decode()


def draw(shown: str) -> str:
    """The picture, with the words in it as text."""
    rows = [("prompt", "$ punai chat"), *_rows(shown)]
    width, height = round(COLUMNS * COLUMN) + 2 * MARGIN, len(rows) * LINE + 2 * MARGIN
    texts = "\n".join(_text(kind, row, number) for number, (kind, row) in enumerate(rows) if row)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size}>
<title>punai chat, with the sample shop</title>
<style>
text {{ font: 14px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d8dee4 }}
.prompt {{ font-weight: bold; fill: #8ddb8c }}
.dim {{ fill: #8b949e }}
</style>
<rect width="100%" height="100%" rx="8" fill="#1c2128"/>
{texts}
</svg>
"""


def _text(kind: str, row: str, number: int) -> str:
    # Not every viewer keeps leading spaces, so they become a place to start at.
    words = row.lstrip()
    x, y = MARGIN + COLUMN * (len(row) - len(words)), MARGIN + LINE * number + 15
    return f'<text class="{kind}" x="{x:g}" y="{y}">{escape(words, quote=False)}</text>'


def _rows(shown: str) -> list[tuple[str, str]]:
    """Every row with its kind: what was typed, what is dim, what was said."""
    rows = []
    for line in shown.splitlines():
        kind = "prompt" if line.startswith(PROMPT) else "dim" if DIM.match(line) else "said"
        plain = DIM.sub(r"\1", line)
        indent = " " * (len(plain) - len(plain.lstrip()))
        wrapped = textwrap.wrap(plain, COLUMNS, subsequent_indent=indent, break_on_hyphens=False)
        rows += [(kind, row) for row in wrapped or [""]]
    return rows


if __name__ == "__main__":
    PICTURE.write_text(draw(converse()), encoding="utf-8")
