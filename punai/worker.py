"""The worker beside a server: delivers what is due, expires what is old."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Self

from punai.desk import Desk
from punai.logs import log

PAUSE = timedelta(seconds=1)
EXPIRE_EVERY = timedelta(hours=1)
PATIENCE = timedelta(seconds=10)
"""How long a stop waits for a delivery that is under way; the store's lease covers one that is cut off."""


class Worker:
    """A thread that redelivers until the `with` block around the server ends, and once more then.

    Nothing that fails in it ends it: a store that is away comes back, and each handler has its own retries.
    On Lambda there is no such thread; a schedule calls `Desk.deliver_due` instead.
    """

    def __init__(self, desk: Desk, *, pause: timedelta = PAUSE) -> None:
        self._desk = desk
        self._pause = pause
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="punai-worker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._stopped.set()
        self._thread.join(PATIENCE.total_seconds())

    def _run(self) -> None:
        expire_at = datetime.now(UTC)
        stopping = False
        while not stopping:
            stopping = self._stopped.wait(self._pause.total_seconds())
            self._attempt(self._desk.deliver_due)
            if datetime.now(UTC) >= expire_at:
                self._attempt(self._expire)
                expire_at = datetime.now(UTC) + EXPIRE_EVERY

    def _expire(self) -> None:
        for tenant in self._desk.tenants.values():
            self._desk.store.expire(tenant, now=datetime.now(UTC))

    def _attempt(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            log.exception("the worker failed and goes on")
