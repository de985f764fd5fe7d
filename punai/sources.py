"""What the house asks of a source of knowledge: passages, and whatever else it can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from punai.models import Passage
from punai.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was read: its passages, or why it has none. `stamp` changes when the document does."""

    stamp: str
    passages: tuple[Passage, ...] = ()
    left_out: str = ""


@runtime_checkable
class Refreshable(Protocol):
    """A knowledge source that answers from an index of its own, and can be told that documents changed."""

    def refresh(self, tenant: Tenant) -> None:
        """Read what changed. Raise to say that it could not be: the index is then as it was."""


@runtime_checkable
class DocumentStore(Protocol):
    """A knowledge source whose documents can be listed, added and removed: `punai kb` does that.

    Every method raises `PunaiError` where the place cannot be reached, or refuses.
    """

    def place(self, tenant: Tenant) -> str:
        """Where the business's documents are, in words; empty where it keeps none here."""

    def documents(
        self, tenant: Tenant, progress: Callable[[int], None] | None = None
    ) -> Mapping[str, Document]:
        """Every document by its name, once what changed has been read and indexed; `progress` is told how
        many passages are."""

    def search(self, question: str, topic: str, tenant: Tenant, limit: int) -> Sequence[Passage]:
        """The passages that may answer, as the source itself gives them, of as many as are asked for."""

    def add(self, name: str, content: bytes, tenant: Tenant) -> None:
        """Put a document there, in the place of one of that name."""

    def remove(self, name: str, tenant: Tenant) -> None:
        """Take a document away.

        Raises:
            NotFound: there is none of that name.
        """


KnowledgeSource = Callable[[str, str, Tenant], Sequence[Passage]]
"""Search documents, `source(question, topic, tenant)`: passages, best first, each with a score in 0..1.
The topic is the description of the customer's intent, or empty: a hint what the question is about.
It may be an object that is `Refreshable` and `Checkable`, too."""
