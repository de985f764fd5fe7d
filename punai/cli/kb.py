"""The business's documents: `punai kb add`, `list`, `remove`, `search` and `build`."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from punai.cli.kb_review import check, gaps
from punai.cli.output import print_json, print_table, printable, progress
from punai.cli.session import business_option, open_desk
from punai.knowledge.reading import LARGEST, is_hidden
from punai.models import Passage
from punai.ports import NotFound, PunaiError
from punai.sources import Document, DocumentStore
from punai.tenant import Tenant

if TYPE_CHECKING:
    from punai.pipeline import Pipeline

SHOWN = 160
"""Characters of a passage in a list."""


class Place(NamedTuple):
    """A source that keeps documents of this business, by the name it is registered under."""

    name: str
    store: DocumentStore
    tenant: Tenant

    def read(self) -> Mapping[str, Document]:
        """Every document, once what changed has been read, with a bar while it is indexed."""
        with _counting(f"Indexing {self.name}") as count:
            return self.store.documents(self.tenant, count)


@click.group(epilog="Example: punai kb add handbook.pdf faq.csv")
def kb() -> None:
    """Look after the documents that customers are answered from."""


def to_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--to SOURCE`."""
    return click.option(
        "--to",
        metavar="SOURCE",
        help="documents (the pack's folder) or bucket (in S3: the default where PUNAI_DOCUMENTS is set).",
    )(command)


@kb.command(epilog="Example: punai kb add handbook.pdf faq.csv --business acme_shop")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@to_option
@business_option
def add(files: Sequence[Path], to: str | None, business: str | None) -> None:
    """Add documents, or newer versions of them, and read them at once.

    FILES are Markdown, text, HTML, PDF, DOCX, or CSV with questions and answers; of a folder, all that is in
    it. What cannot be read is said, a line each, and everything else is added all the same.
    """
    with _place(business, to) as place:
        found = list(_documents_of(files))
        twice = [name for name, times in Counter(name for name, _ in found).items() if times > 1]
        if twice:
            raise PunaiError(f"two files would both be called {twice[0]}: add the folder above them")
        if not found:
            raise PunaiError(f"there are no files in {', '.join(map(str, files))}")
        refused = 0
        with progress(found, "Adding") as watched:
            for name, path in watched:
                try:
                    if path.stat().st_size > LARGEST:
                        raise PunaiError(f"it is larger than {LARGEST:,} bytes: nothing was added")
                    place.store.add(name, path.read_bytes(), place.tenant)
                except (OSError, PunaiError) as error:
                    why = error.strerror if isinstance(error, OSError) else error
                    print(f"{path}: {why}", file=sys.stderr)
                    refused += 1
        documents = place.read()
        added = {name: documents[name] for name, _ in found if name in documents}
        _print_documents({place.name: added}, place.store.place(place.tenant))
        refused += sum(bool(document.left_out) for document in added.values())
    if refused:
        raise PunaiError(f"{refused} of {len(found)} files are not answered from, for the reasons above")


@kb.command("list", epilog="Example: punai kb list --json")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@business_option
def list_(as_json: bool, business: str | None) -> None:
    """List every document with its number of passages, or why it is not answered from."""
    with _pipeline(business) as pipeline:
        found = {place.name: place.read() for place in _places(pipeline)}
        where = ", ".join(place.store.place(place.tenant) for place in _places(pipeline))
    if as_json:
        print_json([line for name in found for line in _as_json(name, found[name])], indent=2)
    else:
        _print_documents(found, where)


@kb.command(epilog="Example: punai kb remove old-prices.pdf")
@click.argument("names", nargs=-1, required=True)
@to_option
@business_option
def remove(names: Sequence[str], to: str | None, business: str | None) -> None:
    """Remove documents, by their names as punai kb list shows them: nothing of them is answered any more."""
    with _place(business, to) as place:
        missing = []
        for name in names:
            try:
                place.store.remove(name, place.tenant)
            except NotFound as error:
                missing.append(str(error))
        place.read()
    if missing:
        raise PunaiError("; ".join(missing))
    print(f"removed {', '.join(names)}")


@kb.command(epilog='Example: punai kb search "how long does delivery take?"')
@click.argument("question")
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@business_option
def search(question: str, limit: int, as_json: bool, business: str | None) -> None:
    """Show which passages a question finds, how sure each is to answer, and whether it would be quoted."""
    if not question.strip():
        raise click.BadParameter("write what a customer would ask.", param_hint="'QUESTION'")
    with _pipeline(business) as pipeline:
        for place in _places(pipeline):
            place.read()
        least = pipeline.tenant.thresholds.passage
        found = pipeline.look_up(question, limit)[:limit]
    if as_json:
        print_json({"question": question, "threshold": least, "passages": list(map(_shown, found))}, indent=2)
    elif not found:
        print("nothing found")
    else:
        print_table([("SCORE", "ID", "TITLE", "TEXT"), *map(_row, found)])
        quoted = found[0].score >= least
        print(
            f"\nThe first one is {'quoted' if quoted else 'not quoted'}: [thresholds] passage is {least:g}."
        )


@kb.command(epilog="Example: punai kb build --for-lambda")
@click.option(
    "--for-lambda", is_flag=True, help="Into the packs, without embeddings: to be shipped with them."
)
def build(for_lambda: bool) -> None:
    """Index every business's documents now; else the first start does it."""
    from punai.knowledge.folder import SHIPPED, ship

    desk, _ = open_desk(in_memory=True)
    rows = []
    for name, pipeline in desk.pipelines.items():
        if for_lambda and pipeline.tenant.folder:
            path = Path(pipeline.tenant.folder)
            passages = ship(path / "knowledge", pipeline.tenant.languages, path / SHIPPED)
            rows.append((name, "documents", str(passages)))
        elif not for_lambda:
            rows += [(name, p.name, str(_passages(p.read().values()))) for p in _places(pipeline)]
    desk.store.close()
    if rows:
        print_table([("BUSINESS", "SOURCE", "PASSAGES"), *rows])


kb.add_command(check)
kb.add_command(gaps)


@contextmanager
def _pipeline(business: str | None) -> "Iterator[Pipeline]":
    desk, tenant = open_desk(business, in_memory=True)
    try:
        yield desk.pipelines[tenant.id]
    finally:
        desk.store.close()


@contextmanager
def _place(business: str | None, name: str | None) -> Iterator[Place]:
    """The source of that name, or else the bucket if there is one, or else the pack's folder."""
    with _pipeline(business) as pipeline:
        places = {place.name: place for place in _places(pipeline)}
        if name is not None and name not in places:
            raise click.BadParameter(
                f"{name!r} keeps no documents of {pipeline.tenant.id}; there are: {', '.join(places)}.",
                param_hint="'--to'",
            )
        yield places[name or ("bucket" if "bucket" in places else "documents")]


def _places(pipeline: "Pipeline") -> list[Place]:
    sources: Mapping[str, object] = pipeline.business.knowledge
    return [
        Place(name, source, pipeline.tenant)
        for name, source in sources.items()
        if isinstance(source, DocumentStore) and source.place(pipeline.tenant)
    ]


def _documents_of(files: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Each file with the name it is to have: its own, or for what lies in a folder, its path below that."""
    for path in files:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file())
            names = [(each.relative_to(path).as_posix(), each) for each in inside]
            yield from [(name, each) for name, each in names if not is_hidden(name)]
        else:
            yield path.name, path


@contextmanager
def _counting(label: str) -> Iterator[Callable[[int], None]]:
    """What is told how many are done shows it, on one line of a terminal."""
    shown = sys.stderr.isatty()

    def count(done: int) -> None:
        if shown:
            print(f"\r{label}: {done:,} passages", end="", file=sys.stderr, flush=True)

    yield count
    if shown:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _print_documents(found: Mapping[str, Mapping[str, Document]], where: str) -> None:
    rows = [
        (name, str(len(document.passages)), source, document.left_out or "read")
        for source, documents in found.items()
        for name, document in sorted(documents.items())
    ]
    if rows:
        print_table([("DOCUMENT", "PASSAGES", "SOURCE", "STATE"), *rows])
    else:
        print(f"no documents in {printable(where)}; add some with: punai kb add FILE")


def _as_json(source: str, documents: Mapping[str, Document]) -> Iterator[dict[str, object]]:
    for name, document in sorted(documents.items()):
        yield {
            "source": source,
            "name": name,
            "passages": len(document.passages),
            "left_out": document.left_out or None,
        }


def _passages(documents: Iterable[Document]) -> int:
    return sum(len(document.passages) for document in documents)


def _shown(passage: Passage) -> dict[str, object]:
    return passage.model_dump(mode="json")


def _row(passage: Passage) -> tuple[str, ...]:
    text = " ".join(passage.text.split())
    page = f", page {passage.page}" if passage.page else ""
    title = " > ".join((*passage.path, passage.title))
    return (
        f"{passage.score:.2f}",
        f"{passage.id}{page}",
        title,
        text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…",
    )
