"""`python -m benchmarks [NAME ...]`: all benchmarks, or those named."""

import sys

from benchmarks import (
    cold_start,
    grounding,
    http,
    imports,
    knowledge,
    length,
    mood,
    storage,
    turn,
    understanding,
    unhappy,
    widget,
)
from benchmarks.cost import sheet

ALL = {
    "turn": turn.run,
    "http": http.run,
    "import": imports.run,
    "lambda": cold_start.run,
    "length": length.run,
    "cost": sheet.run,
    "storage": storage.run,
    "grounding": grounding.run,
    "mood": mood.run,
    "unhappy": unhappy.run,
    "understanding": understanding.run,
    "knowledge": knowledge.run,
    "widget": widget.run,
}

if __name__ == "__main__":
    unknown = [name for name in sys.argv[1:] if name not in ALL]
    if unknown:
        sys.exit(f"no benchmark is called {unknown[0]!r}; there are: {', '.join(ALL)}")
    for chosen in sys.argv[1:] or ALL:
        ALL[chosen]()
