"""The index as this process knows it: a newer one is asked for now and then, and nobody waits long for it."""

import io
import logging
import time
from collections.abc import Callable
from threading import Lock, Thread

from punai.builtin.bucket.objects import Missing, NotChanged, Objects
from punai.knowledge.library import Library
from punai.ports import PunaiError

log = logging.getLogger("punai.documents")

ASK_EVERY = 60.0
"""Seconds from one look for a newer index to the next; what has not changed is not sent again."""
ASK_AGAIN = 5.0
"""Seconds to the next look for the first index, where it did not come."""
PATIENCE, FIRST_PATIENCE = 1.0, 2.5
"""Seconds that a customer waits for a newer index, and for the first: the pipeline gives a source three."""


class Shelf:
    """One business's index. Safe to use from several threads."""

    def __init__(self, objects: Objects, clock: Callable[[], float] = time.monotonic) -> None:
        """Hold what there is at `objects`; `clock` gives seconds and is at zero or above."""
        self.objects, self._clock = objects, clock
        self._lock = Lock()
        self._library: Library | None = None
        self._known = False
        self._etag = ""
        self._due = 0.0
        self._in_vain = False
        self._asking = Thread()

    def library(self) -> Library | None:
        """The newest index that is to be had in time, None where there is none.

        One customer waits for it. If that was in vain, the old one serves, and nobody waits again before S3
        has answered.
        """
        with self._lock:
            asks = self._clock() >= self._due and not self._asking.is_alive()
            if asks:
                self._asking = Thread(target=self._ask, args=(self._etag,), daemon=True, name="bucket")
                self._asking.start()
            asking, first = self._asking, not self._known
            waits = (asks or first) and not self._in_vain
        if waits:
            patience = FIRST_PATIENCE if first else PATIENCE
            asking.join(patience)
            if asks and asking.is_alive():  # it goes on, and what it brings is taken then
                self._in_vain = True
                self._warn(f"S3 did not answer within {patience:g} s")
        return self._library

    def held(self) -> tuple[Library | None, str]:
        """The index that is here by now, with its ETag."""
        with self._lock:
            return self._library, self._etag

    def put(self, library: Library, etag: str) -> None:
        """Hold this index from now on."""
        if etag != self._etag:
            self._take(library, etag, self._etag)

    def _ask(self, known: str) -> None:
        try:
            try:
                stored = self.objects.index(unless=known)
                self._take(Library.open(io.BytesIO(stored.content)), stored.etag, known)
            except Missing:
                self._take(None, "", known)
            except NotChanged:
                pass
            self._in_vain = False
        except Exception as error:
            self._warn(_reason(error))
        self._due = self._clock() + (ASK_EVERY if self._known else ASK_AGAIN)

    def _take(self, library: Library | None, etag: str, known: str) -> None:
        with self._lock:
            if self._etag == known:  # or somebody put a newer one here meanwhile
                self._library, self._etag, self._known = library, etag, True

    def _warn(self, why: str) -> None:
        fields = {"tenant": self.objects.tenant_id, "why": why}
        log.warning("the index of documents was not read", extra={"fields": fields})


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, PunaiError | ValueError) else type(error).__name__
