"""A business's documents in an S3 bucket, found like those of its pack, by an index that lies beside them.

In the bucket, `documents/TENANT/` holds what the business uploads, and `index/TENANT.zip` what was read of
it: one object, replaced as one, so that nobody ever reads half an index.
"""

from collections.abc import Callable, Mapping, Sequence

from punai import KnowledgeSource, Passage, Tenant, hookimpl
from punai.builtin.bucket.objects import Objects
from punai.builtin.bucket.rereading import read_library, reread, within_bounds
from punai.builtin.bucket.shelf import Shelf
from punai.builtin.embeddings import embedder
from punai.knowledge.library import Library
from punai.ports import NotFound, PunaiError
from punai.sources import Document


@hookimpl
def register_knowledge(register: Callable[[str, KnowledgeSource], None]) -> None:
    """What a business keeps in the bucket that `PUNAI_DOCUMENTS` names."""
    register("bucket", BucketDocuments())


class BucketDocuments:
    """The source `bucket`. It is silent for a business that keeps no documents in one.

    Every method that looks into the bucket raises `BucketUnavailable` where S3 cannot be reached, or refuses.
    """

    def __init__(self) -> None:
        self._shelves: dict[tuple[str, str], Shelf] = {}

    def __call__(self, question: str, topic: str, tenant: Tenant) -> Sequence[Passage]:
        """The passages that may answer the question, best first, by the index that is to be had in time."""
        return self.search(question, topic, tenant)

    def search(self, question: str, topic: str, tenant: Tenant, limit: int = 5) -> Sequence[Passage]:
        """The same, of as many passages as are asked for."""
        shelf = self._shelf(tenant)
        library = shelf.library() if shelf else None
        return library.index.search(question, topic, embedder(tenant), limit) if library else ()

    def place(self, tenant: Tenant) -> str:
        """The folder in the bucket; empty where the business has none."""
        shelf = self._shelf(tenant)
        return shelf.objects.place if shelf else ""

    def refresh(self, tenant: Tenant) -> None:
        """Read what changed in the bucket, and answer from that; where it fails, the index is as it was."""
        self._reread(tenant)

    def documents(
        self, tenant: Tenant, progress: Callable[[int], None] | None = None
    ) -> Mapping[str, Document]:
        """Every document by its name, once what changed has been read; it is answered from that at once."""
        library = self._reread(tenant, progress)
        return library.documents() if library else {}

    def add(self, name: str, content: bytes, tenant: Tenant) -> None:
        """Upload a document, in the place of one of that name."""
        self._objects(tenant).put_document(name, content)

    def remove(self, name: str, tenant: Tenant) -> None:
        """Remove a document from the bucket.

        Raises:
            NotFound: there is none of that name.
        """
        objects = self._objects(tenant)
        if all(listed.name != name for listed in objects.documents()):
            raise NotFound(f"there is no {name} in {objects.place}")
        objects.remove_document(name)

    def check(self, tenant: Tenant) -> str:
        """How many documents there are, and whether they have been read.

        Raises:
            PunaiError: they have not, or S3 cannot be reached, or refuses.
        """
        shelf = self._shelf(tenant)
        if shelf is None:
            return ""
        place = shelf.objects.place
        listed = within_bounds(shelf.objects)
        if not listed:
            return f"nothing in {place} yet: upload documents there"
        library, _ = read_library(shelf.objects)
        read = library.catalogue.documents if library else {}
        missing = [
            each.name for each in listed if each.name not in read or read[each.name].stamp != each.etag
        ]
        if missing:
            what = f"{len(missing)} of {len(listed)} documents in {place} have not been read"
            who = "punai serve reads them within a minute, the function read_documents at once; see its log"
            raise PunaiError(f"{what}, such as {missing[0]}: {who}")
        return library.said(place) if library else ""

    def _reread(self, tenant: Tenant, progress: Callable[[int], None] | None = None) -> Library | None:
        shelf = self._shelf(tenant)
        if shelf is None:
            return None
        known, seen = shelf.held()
        library, etag = reread(shelf.objects, tenant.languages, embedder(tenant), progress, known, seen)
        shelf.put(library, etag)
        return library

    def _objects(self, tenant: Tenant) -> Objects:
        shelf = self._shelf(tenant)
        if shelf is None:
            raise PunaiError(f"{tenant.id} keeps no documents in a bucket: set PUNAI_DOCUMENTS")
        return shelf.objects

    def _shelf(self, tenant: Tenant) -> Shelf | None:
        bucket = tenant.setting("documents", "bucket", "")
        if not bucket:
            return None
        # One is made too many where two threads come first, and only one is kept: setdefault is atomic.
        return self._shelves.get((bucket, tenant.id)) or self._shelves.setdefault(
            (bucket, tenant.id), Shelf(Objects(bucket, tenant.id))
        )
