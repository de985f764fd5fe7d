"""How well passages are found, how well it is known that none answers, and how fast.

On StackFAQ, which is read from the folder in `PUNAI_DATA`: the reciprocal rank of the right thread for 1,249
ways to ask 125 questions, and, with each thread left out in turn, how often its questions find nothing. On
20,000 made-up passages in its words: building, opening, searching.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import stackfaq
from benchmarks.knowledge_fit import Remembered
from benchmarks.stackfaq import SHAPES, Thread
from punai.knowledge.index import Embedder, Index, build
from punai.knowledge.sentences import local_embedder
from punai.models import Passage
from punai.settings import Settings
from punai.tenant import Thresholds

THRESHOLD = Thresholds().passage
MANY = 20_000
SOME = 1_000
"""As many get vectors where their time is measured."""
DEEP = 100
ABSTAINING = ("question and answers", "question and one answer")
AIMS = {"question and answers": (0.80, 0.976), "answers alone": (0.74, 0.905)}
"""Of reciprocal ranks, lexical and fused."""


def run() -> None:
    """Print what is measured beside the aims."""
    path = stackfaq.file()
    if path is None:
        print(f"knowledge: skipped, PUNAI_DATA names no folder with {stackfaq.FILE}")
        return
    threads = stackfaq.read(path)
    local = local_embedder(Settings().cache.expanduser())
    embedders: list[Embedder | None] = [None]
    if local is None:
        print("knowledge: by words alone, punai understanding build fetches the weights for meaning")
    else:
        embedders.append(Remembered(local, {}))
    for embedder in embedders:
        for name in SHAPES:
            _print_ranks(threads, name, embedder)
        for name in ABSTAINING:
            _print_abstaining(threads, name, embedder)
    _print_speed(threads, None)
    if local:
        _print_speed(threads, local)


def _print_ranks(threads: Sequence[Thread], name: str, embedder: Embedder | None) -> None:
    with _opened(threads, SHAPES[name], embedder) as index:
        ranks = [_rank(index, text, thread, embedder) for thread in threads for text in thread.asked]
    aim = f", aim {AIMS[name][embedder is not None]:.3f}" if name in AIMS else ""
    first = ranks.count(1.0) / len(ranks)
    print(
        f"knowledge: {name}, {_kind(embedder)}: mean reciprocal rank {statistics.mean(ranks):.3f}"
        f"{aim}; first {first:.3f}",
        flush=True,
    )


def _rank(index: Index, text: str, thread: Thread, embedder: Embedder | None) -> float:
    """One by the place of the right thread among threads; 0 where it is not found."""
    found = index.search(text, embedder=embedder, limit=DEEP)
    sources = list(dict.fromkeys(passage.source for passage in found))
    return 1 / (sources.index(str(thread.number)) + 1) if str(thread.number) in sources else 0.0


def _print_abstaining(threads: Sequence[Thread], name: str, embedder: Embedder | None) -> None:
    with _opened(threads, SHAPES[name], embedder) as index:
        there = [
            (found.score >= THRESHOLD, found.source == str(thread.number))
            for thread in threads
            for text in thread.asked
            for found in [*index.search(text, embedder=embedder, limit=1), _NOTHING][:1]
        ]
    gone = [
        found.score < THRESHOLD
        for thread in threads
        for found in _without(thread, threads, SHAPES[name], embedder)
    ]
    quoted = [right for quotes, right in there if quotes]
    print(
        f"knowledge: {name}, {_kind(embedder)}: abstains on {100 * statistics.mean(gone):.1f} % of questions "
        f"whose thread was removed, aim 85; on {100 * (1 - len(quoted) / len(there)):.1f} % of the others, "
        f"aim 10; {100 * statistics.mean(quoted):.1f} % of those it quotes for are right",
        flush=True,
    )


def _without(
    thread: Thread,
    threads: Sequence[Thread],
    shape: Callable[[Thread], list[Passage]],
    embedder: Embedder | None,
) -> Iterator[Passage]:
    with _opened([one for one in threads if one is not thread], shape, embedder) as index:
        for text in thread.asked:
            yield from [*index.search(text, embedder=embedder, limit=1), _NOTHING][:1]


_NOTHING = Passage(id="-", title="", source="", text="")


def _print_speed(threads: Sequence[Thread], embedder: Embedder | None) -> None:
    """The embedder's own time is told apart: vectors are made once, and again for changed passages only."""
    passages = list(_made_up(threads, MANY))
    questions = [text for thread in threads for text in thread.asked][::6]
    with tempfile.TemporaryDirectory() as folder:
        made: Embedder | None = None
        if embedder:
            start = time.perf_counter()
            texts = [passage.text for passage in passages[:SOME]]
            rows = list(embedder(texts))
            seconds = time.perf_counter() - start
            print(f"knowledge: {SOME:,} passages' texts made into vectors in {seconds:.1f} s", flush=True)
            made = _Repeated(embedder, rows)
        start = time.perf_counter()
        build(Path(folder), passages, ["en"], made)
        built = time.perf_counter() - start
        opened = []
        for _ in range(5):
            start = time.perf_counter()
            index = Index.open(Path(folder))
            opened.append(1000 * (time.perf_counter() - start))
        times = []
        index.search(questions[0], embedder=embedder)
        for text in questions:
            start = time.perf_counter()
            index.search(text, embedder=embedder)
            times.append(1000 * (time.perf_counter() - start))
    print(
        f"knowledge: {MANY:,} passages, {_kind(embedder)}: built in {built:.1f} s"
        f"{' without making vectors' if embedder else ''}, aim 60; opened in "
        f"{statistics.median(opened):.0f} ms, aim 100; one search {statistics.median(times):.1f} ms, aim 10",
        flush=True,
    )


class _Repeated:
    """Gives texts the vectors of others, since their time does not depend on what they are."""

    def __init__(self, embedder: Embedder, rows: Sequence[Sequence[float]]) -> None:
        self.name, self._rows = embedder.name, rows

    def __call__(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [self._rows[hash(text) % len(self._rows)] for text in texts]


def _made_up(threads: Sequence[Thread], count: int) -> Iterator[Passage]:
    """Passages of sentences of different threads, some of their words made into others of the same length."""
    dice = random.Random(1)  # noqa: S311  a sample, not a secret
    sentences = [
        sentence
        for thread in threads
        for answer in thread.answers
        for sentence in answer.split(". ")
        if sentence
    ]
    titles = [text for thread in threads for text in (thread.title, *thread.asked)]
    for number in range(count):
        words = " ".join(dice.choices(sentences, k=5)).split(" ")
        for place in dice.sample(range(len(words)), len(words) // 20):
            words[place] = "".join(dice.sample(words[place], len(words[place])))
        title = f"{dice.choice(titles)} {number % 500}"
        yield Passage(id=str(number), title=title, source=f"{number // 50}.md", text=" ".join(words))


@contextmanager
def _opened(
    threads: Sequence[Thread], shape: Callable[[Thread], list[Passage]], embedder: Embedder | None
) -> Iterator[Index]:
    with tempfile.TemporaryDirectory() as folder:
        passages = [passage for thread in threads for passage in shape(thread)]
        build(Path(folder), passages, ["en"], embedder)
        yield Index.open(Path(folder))


def _kind(embedder: Embedder | None) -> str:
    return "by words and meaning" if embedder else "by words alone"
