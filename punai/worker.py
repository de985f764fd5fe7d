"""The worker beside a server: delivers what is due, answers what was left, reads what is new, expires."""

import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self

from punai.desk import Desk
from punai.logs import log
from punai.ports import PunaiError

PAUSE = timedelta(seconds=1)
RECOVER_EVERY = timedelta(seconds=5)
REFRESH_EVERY = timedelta(minutes=1)
EXPIRE_EVERY = timedelta(hours=1)
PATIENCE = timedelta(seconds=10)
"""How long a stop waits for a delivery that is under way; the store's lease covers one that is cut off."""
AT_ONCE = 8
"""How many deliveries of one handler; each has threads of its own."""


class Worker:
    """Threads that work until the `with` block around the server ends; what is due is begun once more then.

    Nothing that fails in them ends them: a store that is away comes back, and each handler has its own
    retries. On Lambda there are no such threads; a schedule and events call the same methods instead.
    """

    def __init__(self, desk: Desk, *, pause: timedelta = PAUSE) -> None:
        self._desk = desk
        self._stopped = threading.Event()
        self._pools: defaultdict[tuple[str, str], Executor] = defaultdict(
            partial(ThreadPoolExecutor, AT_ONCE, thread_name_prefix="deliver")
        )
        # Each its own thread: an escalation does not wait for a model that answers what was left.
        self._threads = [
            self._repeating(self._deliver, pause, finally_once=True),
            self._repeating(desk.recover, max(pause, RECOVER_EVERY)),
            self._repeating(self._refresh, REFRESH_EVERY),
            self._repeating(self._expire, EXPIRE_EVERY),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._stopped.set()
        finishing = threading.Thread(target=self._finish, daemon=True)
        finishing.start()
        finishing.join(PATIENCE.total_seconds())
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)  # what was not begun is due again after its lease

    def _finish(self) -> None:
        for thread in self._threads:
            thread.join()
        for pool in self._pools.values():
            pool.shutdown()

    def _deliver(self) -> None:
        self._desk.deliver_due(self._pools)

    def _refresh(self) -> None:
        for pipeline in self._desk.pipelines.values():
            with suppress(PunaiError):  # which the log tells of already
                pipeline.refresh()

    def _expire(self) -> None:
        for tenant in self._desk.tenants.values():
            self._desk.store.expire(tenant, now=datetime.now(UTC))

    def _repeating(
        self, work: Callable[[], object], pause: timedelta, *, finally_once: bool = False
    ) -> threading.Thread:
        def attempt() -> None:
            try:
                work()
            except Exception:
                log.exception("the worker failed and goes on")

        def repeat() -> None:
            attempt()
            while not self._stopped.wait(pause.total_seconds()):
                attempt()
            if finally_once:
                attempt()

        return threading.Thread(target=repeat, name="punai-worker", daemon=True)
