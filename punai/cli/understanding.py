"""What it takes to understand customers: `punai understanding build` and `train`."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from punai.cli.output import print_table
from punai.cli.session import open_desk, read_settings

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


@click.group(epilog="Example: punai understanding build")
def understanding() -> None:
    """Prepare what tells customers' intents apart."""


@understanding.command(epilog="Example: PUNAI_CACHE=/var/cache/punai punai understanding build")
def build() -> None:
    """Fetch the weights of MiniLM, check them, and keep them, made smaller, in PUNAI_CACHE.

    It needs the network once, for 80 MB; what is kept has 23. With the weights there, PunAI understands
    messages by their meaning, without them by their words alone.
    """
    from punai.understanding import weights

    cache = read_settings().cache.expanduser()
    if not weights.are_in(cache):
        print("Fetching the weights of MiniLM: 80 MB, once", file=sys.stderr)
    print(weights.build(cache))


@understanding.command(epilog="Example: punai understanding train --for-lambda")
@click.option(
    "--for-lambda", is_flag=True, help="Into the packs, without embeddings: to be shipped with them."
)
def train(for_lambda: bool) -> None:
    """Train every business's classifier now, and say what would help it; else the first start does it."""
    from pathlib import Path

    from punai.understanding import advice, trained, weights

    desk, _ = open_desk(in_memory=True)
    cache = read_settings().cache.expanduser()
    encoder = None if for_lambda else weights.encoder(cache)
    rows = []
    for name, pipeline in desk.pipelines.items():
        business = pipeline.business
        intents = tuple(business.intents.values())
        if not intents:
            continue
        folder = Path(business.tenant.folder or "") / trained.BESIDE_THE_PACK
        with _bar(name) as bar:
            path = trained.train_into(
                intents, folder if for_lambda else cache / "trained", encoder, _moving(bar)
            )
        rows.append((name, "small" if encoder is None else "full", str(path)))
        for example, names in advice.shared_examples(intents):
            print(f"{name}: {example!r} is an example of {' and of '.join(names)}; keep one", file=sys.stderr)
        if few := advice.with_few_examples(intents):
            print(f"{name}: more examples would help {', '.join(few)}", file=sys.stderr)
    desk.store.close()
    if rows:
        print_table(rows)


def _bar(name: str) -> "ProgressBar[int]":
    return click.progressbar(length=100, label=name, file=sys.stderr, hidden=not sys.stderr.isatty())


def _moving(bar: "ProgressBar[int]") -> Callable[[float], None]:
    return lambda share: bar.update(int(100 * share) - bar.pos)
