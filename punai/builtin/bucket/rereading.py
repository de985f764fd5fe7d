"""Bring a business's index up to date: what changed is read, what was deleted goes, the rest is kept."""

import io
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from punai.builtin.bucket.objects import BucketUnavailable, Changed, Listed, Missing, NotChanged, Objects
from punai.knowledge import library
from punai.knowledge.index import Embedder
from punai.knowledge.library import Library
from punai.knowledge.reading import LARGEST, is_hidden
from punai.logs import event
from punai.sources import Document

MOST, TOGETHER = 2000, 100_000_000
"""Documents of a business, and their bytes."""
AT_ONCE = 4
ATTEMPTS = 10
OF_ONE_DOCUMENT = {"AccessDenied", "InvalidObjectState", "KMS.DisabledException"}
"""Why S3 refuses a document and may still give the next: rights or a key of its own, or an archive."""


def reread(
    objects: Objects,
    languages: Sequence[str] = ("en",),
    embedder: Embedder | None = None,
    progress: Callable[[int], None] | None = None,
    known: Library | None = None,
    seen: str = "",
) -> tuple[Library, str]:
    """Have the index in the bucket say what the business's documents say; the index, with its ETag.

    Several may do this at once, each going by a list of documents of another moment. So nobody replaces an
    index that he has not seen, and nobody ends before he has seen that the index and the list are one: if the
    last to write went by an older list, he finds out. What was read is not read again for that.

    Args:
        objects: the business's.
        languages: the business's.
        embedder: what makes vectors, if anything does.
        progress: told how many passages are indexed.
        known: the index as it was before, which is not sent again if it still is.
        seen: its ETag.

    Raises:
        BucketUnavailable: S3 cannot be reached, or refuses; the index that is there is whole.
    """
    read: dict[Listed, Document | None] = {}
    for attempt in range(ATTEMPTS):
        known, seen = read_library(
            objects, known, seen
        )  # before the list, so that it cannot be newer than that
        try:
            documents = _documents(objects, known.documents() if known else {}, read)
            stamps = {name: document.stamp for name, document in documents.items()}
            if known and known.is_of(stamps, languages, embedder):
                return known, seen
            made = Library.compile(documents, languages, embedder, known, progress)
            seen = objects.replace_index(_content(made), seen=seen)
            known = made
        except Changed:
            time.sleep(random.uniform(0, 0.1 * attempt))  # noqa: S311 - spreads load, guards nothing
            continue
        left_out = sum(bool(document.left_out) for document in documents.values())
        event("documents read", tenant=objects.tenant_id, documents=len(documents), left_out=left_out)
    raise BucketUnavailable(f"{objects.place} changes too often to be read; try again later")


def read_library(
    objects: Objects, known: Library | None = None, seen: str = ""
) -> tuple[Library | None, str]:
    """The index, None where there is none that can be read, and the ETag of what is there, if anything.

    Args:
        objects: the business's.
        known: one that was there before, which is not sent again if it still is.
        seen: its ETag.

    Raises:
        BucketUnavailable: S3 cannot be reached, or refuses.
    """
    try:
        stored = objects.index(unless=seen if known else "")
    except NotChanged:
        return known, seen
    except Missing:
        return None, ""
    try:
        return Library.open(io.BytesIO(stored.content)), stored.etag
    except ValueError:  # of another version of PunAI, or not PunAI's at all
        return None, stored.etag


def _content(library: Library) -> bytes:
    archive = io.BytesIO()
    library.write(archive)
    return archive.getvalue()


def _documents(
    objects: Objects, known: Mapping[str, Document], read: dict[Listed, Document | None]
) -> dict[str, Document]:
    """What is to be known of every document now; adds to `read` what had to be read for it."""

    def look_at(listed: Listed) -> Document | None:
        before = known.get(listed.name)
        if before and before.stamp == listed.etag:
            return before
        if listed not in read:
            read[listed] = _read(objects, listed, before)
        return read[listed]

    listed = within_bounds(objects)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="read") as pool:
        found = pool.map(look_at, listed)
        return {each.name: document for each, document in zip(listed, found, strict=True) if document}


def _read(objects: Objects, listed: Listed, before: Document | None) -> Document | None:
    """The document; what was known of it before, if anything, where S3 refuses this one alone."""

    try:
        return library.read(
            listed.name,
            listed.etag,
            listed.size,
            lambda: objects.document(listed),
            prefix="s3:",
            tenant=objects.tenant_id,
        )
    except BucketUnavailable as error:
        if error.code not in OF_ONE_DOCUMENT:
            raise
        objects.left_out.tell(listed.name, str(error))
        return before  # under its old ETag, so that it is tried again the next time


def within_bounds(objects: Objects) -> list[Listed]:
    """The documents that are looked at: the first by name, as many as one business may have.

    Raises:
        BucketUnavailable: S3 cannot be reached, or refuses.
    """
    found: list[Listed] = []
    size = 0
    for listed in objects.documents():
        if is_hidden(listed.name) or not listed.name or listed.name.endswith("/"):
            continue  # the last are what the console of S3 makes for a folder
        size += listed.size if listed.size <= LARGEST else 0
        if len(found) == MOST or size > TOGETHER:
            why = f"a business may have {MOST:,} documents of {TOGETHER:,} bytes; no later one is read either"
            objects.left_out.tell(listed.name, why)
            break
        found.append(listed)
    return found
