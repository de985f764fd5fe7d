"""Answers from the documents in a pack's folder `knowledge`, quoted as they stand."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from punai import KnowledgeSource, Passage, Tenant, hookimpl
from punai.builtin.embeddings import embedder
from punai.knowledge.folder import SHIPPED, Folder
from punai.knowledge.reading import is_hidden
from punai.ports import NotFound, PunaiError
from punai.sources import Document
from punai.whole_file import whole_file


@hookimpl
def register_knowledge(register: Callable[[str, KnowledgeSource], None]) -> None:
    """The pack's own documents."""
    register("documents", PackDocuments())


class PackDocuments:
    """The source `documents`. It is silent for a business without a folder."""

    def __init__(self) -> None:
        self._folders: dict[tuple[object, ...], Folder] = {}

    def __call__(self, question: str, topic: str, tenant: Tenant) -> Sequence[Passage]:
        """The passages that may answer the question, best first."""
        return self.search(question, topic, tenant)

    def search(self, question: str, topic: str, tenant: Tenant, limit: int = 5) -> Sequence[Passage]:
        """The same, of as many passages as are asked for."""
        folder = self._folder(tenant)
        library = folder.library() if folder else None  # held: its files go with it
        return library.index.search(question, topic, embedder(tenant), limit) if library else ()

    def place(self, tenant: Tenant) -> str:
        """The folder; empty where the business has none."""
        return str(_path(tenant)) if tenant.folder else ""

    def check(self, tenant: Tenant) -> str:
        """How many documents there are, and why some of them cannot be read."""
        folder = self._folder(tenant)
        library = folder.library() if folder else None
        return library.said(self.place(tenant)) if library and library.catalogue.documents else ""

    def refresh(self, tenant: Tenant) -> None:
        """Read what changed now."""
        if folder := self._folder(tenant):
            folder.refresh()

    def documents(
        self, tenant: Tenant, progress: Callable[[int], None] | None = None
    ) -> Mapping[str, Document]:
        """Every document by its name, once what changed has been read."""
        folder = self._folder(tenant)
        return folder.refresh(progress).documents() if folder else {}

    def add(self, name: str, content: bytes, tenant: Tenant) -> None:
        """Write a document into the folder, whole or not at all.

        Raises:
            PunaiError: the name leads out of the folder, or to what is not read.
            OSError: it cannot be written.
        """
        path = _within(tenant, name)
        with whole_file(path) as file:
            file.write(content)

    def remove(self, name: str, tenant: Tenant) -> None:
        """Remove a document from the folder.

        Raises:
            NotFound: there is none of that name.
        """
        path = _within(tenant, name)
        if not path.is_file():
            raise NotFound(f"there is no {name} in {_path(tenant)}")
        path.unlink()

    def _folder(self, tenant: Tenant) -> Folder | None:
        if not tenant.folder:
            return None
        cache = tenant.setting("punai", "cache", "")
        key = (tenant.folder, tenant.languages, cache, embedder(tenant))
        # One is made too many where two threads come first, and only one is kept: setdefault is atomic.
        return self._folders.get(key) or self._folders.setdefault(key, _opened(tenant, cache))


def _opened(tenant: Tenant, cache: str) -> Folder:
    path = _path(tenant)
    which = hashlib.sha256(str(path.resolve()).encode(errors="surrogateescape")).hexdigest()[:12]
    keep_at = Path(cache) / "knowledge" / f"{tenant.id}-{which}.zip" if cache else None
    return Folder(path, tenant.languages, embedder(tenant), keep_at, Path(tenant.folder or "") / SHIPPED)


def _path(tenant: Tenant) -> Path:
    return Path(tenant.folder or "") / "knowledge"


def _within(tenant: Tenant, name: str) -> Path:
    folder = _path(tenant)
    path = folder / name
    if is_hidden(name) or not path.resolve().is_relative_to(folder.resolve()) or path == folder:
        raise PunaiError(f"{name!r} is no name for a document: write one such as delivery.md")
    return path
