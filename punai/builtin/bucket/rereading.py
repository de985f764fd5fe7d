"""Bring a business's index up to date: what changed is read, what was deleted goes, the rest is kept."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

from pydantic import ValidationError

from punai.builtin.bucket.catalogue import Catalogue, Document
from punai.builtin.bucket.objects import BucketUnavailable, Changed, Listed, Missing, Objects
from punai.knowledge.reading import Unreadable, is_hidden, leave_out, read_document
from punai.logs import event

LARGEST = 5_000_000
"""Bytes of a document."""
MOST, TOGETHER = 2000, 10_000_000
"""Documents of a business, and their bytes: 10 MB take 2 s and 140 MB to index, and 0.07 s to search."""
AT_ONCE = 8
ATTEMPTS = 10
OF_ONE_DOCUMENT = {"AccessDenied", "InvalidObjectState", "KMS.DisabledException"}
"""Why S3 refuses a document and may still give the next: rights or a key of its own, or an archive."""


def reread(objects: Objects) -> tuple[Catalogue, str]:
    """Have the index in the bucket say what the business's documents say; the index, with its ETag.

    Several may do this at once, each going by a list of documents of another moment. So nobody replaces an
    index that he has not seen, and nobody ends before he has seen that the index and the list are one: if the
    last to write went by an older list, he finds out. What was read is not read again for that.

    Raises:
        BucketUnavailable: S3 cannot be reached, or refuses; the index that is there is whole.
    """
    read: dict[Listed, Document | None] = {}
    for attempt in range(ATTEMPTS):
        known, seen = read_catalogue(objects)  # before the list, so that it cannot be newer than that
        try:
            documents = _documents(objects, known or Catalogue(), read)
            if known and known.documents == documents:
                return known, seen
            objects.replace_index(Catalogue(documents=documents).model_dump_json().encode(), seen=seen)
        except Changed:
            time.sleep(random.uniform(0, 0.1 * attempt))  # noqa: S311 - spreads load, guards nothing
            continue
        left_out = sum(bool(document.left_out) for document in documents.values())
        event("documents read", tenant=objects.tenant_id, documents=len(documents), left_out=left_out)
    raise BucketUnavailable(f"{objects.place} changes too often to be read; try again later")


def read_catalogue(objects: Objects) -> tuple[Catalogue | None, str]:
    """The index, None where there is none that can be read, and the ETag of what is there, if anything.

    Raises:
        BucketUnavailable: S3 cannot be reached, or refuses.
    """
    try:
        stored = objects.index()
    except Missing:
        return None, ""
    try:
        return Catalogue.model_validate_json(stored.content), stored.etag
    except ValidationError:  # of another version of PunAI, or not PunAI's at all
        return None, stored.etag


def _documents(
    objects: Objects, known: Catalogue, read: dict[Listed, Document | None]
) -> dict[str, Document]:
    """What is to be known of every document now; adds to `read` what had to be read for it."""

    def look_at(listed: Listed) -> Document | None:
        before = known.documents.get(listed.name)
        if before and before.etag == listed.etag:
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

    def load() -> bytes:
        if listed.size > LARGEST:
            raise Unreadable(f"it has {listed.size:,} bytes; at most {LARGEST:,} are read")
        return objects.document(listed)

    try:
        return Document(etag=listed.etag, sections=tuple(read_document(listed.name, load)))
    except Unreadable as error:
        leave_out(listed.name, str(error), tenant=objects.tenant_id)
        return Document(etag=listed.etag, left_out=str(error))
    except BucketUnavailable as error:
        if error.code not in OF_ONE_DOCUMENT:
            raise
        leave_out(listed.name, str(error), tenant=objects.tenant_id)
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
            leave_out(listed.name, why, tenant=objects.tenant_id)
            break
        found.append(listed)
    return found
