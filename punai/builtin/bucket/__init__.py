"""A business's documents in an S3 bucket, found like those of its pack, by an index that lies beside them.

In the bucket, `documents/TENANT/` holds what the business uploads, and `index/TENANT.json` what was read of
it: one object, replaced as one, so that nobody ever reads half an index.
"""

from collections.abc import Callable, Sequence

from punai import KnowledgeSource, Passage, Tenant, hookimpl
from punai.builtin.bucket.objects import Objects
from punai.builtin.bucket.rereading import read_catalogue, reread, within_bounds
from punai.builtin.bucket.shelf import Shelf
from punai.ports import PunaiError


@hookimpl
def register_knowledge(register: Callable[[str, KnowledgeSource], None]) -> None:
    """What a business keeps in the bucket that `PUNAI_DOCUMENTS` names."""
    register("bucket", BucketDocuments())


class BucketDocuments:
    """The source `bucket`. It is silent for a business that keeps no documents in one."""

    def __init__(self) -> None:
        self._shelves: dict[tuple[str, str], Shelf] = {}

    def __call__(self, question: str, topic: str, tenant: Tenant) -> Sequence[Passage]:
        """The sections that share words with the question or its topic, best first."""
        shelf = self._shelf(tenant)
        return shelf.index().search(question, topic) if shelf else ()

    def refresh(self, tenant: Tenant) -> None:
        """Read what changed in the bucket, and answer from that.

        Raises:
            BucketUnavailable: S3 cannot be reached, or refuses; the index is as it was.
        """
        if shelf := self._shelf(tenant):
            shelf.put(*reread(shelf.objects))

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
        catalogue, _ = read_catalogue(shelf.objects)
        read = catalogue.documents if catalogue else {}
        missing = [each.name for each in listed if each.name not in read or read[each.name].etag != each.etag]
        if missing:
            what = f"{len(missing)} of {len(listed)} documents in {place} have not been read"
            who = "punai serve reads them within a minute, the function read_documents at once; see its log"
            raise PunaiError(f"{what}, such as {missing[0]}: {who}")
        found = f"documents in {place}: {len(listed)}"
        left_out = [f"{name}: {document.left_out}" for name, document in read.items() if document.left_out]
        return f"{found}; {len(left_out)} cannot be read, such as {left_out[0]}" if left_out else found

    def _shelf(self, tenant: Tenant) -> Shelf | None:
        bucket = tenant.setting("documents", "bucket", "")
        if not bucket:
            return None
        # One is made too many where two threads come first, and only one is kept: setdefault is atomic.
        return self._shelves.get((bucket, tenant.id)) or self._shelves.setdefault(
            (bucket, tenant.id), Shelf(Objects(bucket, tenant.id))
        )
