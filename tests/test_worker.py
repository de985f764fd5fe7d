"""The worker: what happens beside a server."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest

from punai.desk import Desk
from punai.ports import PunaiError
from punai.worker import Worker

SOON = timedelta(milliseconds=5)


class Counted:
    """A desk that counts what the worker asks of it."""

    def __init__(self, deliver: Callable[[], int] = lambda: 0) -> None:
        self.deliveries = self.recoveries = 0
        self.expired: list[str] = []
        self.enough = threading.Event()
        self.tenants: Mapping[str, Any] = {name: SimpleNamespace(id=name) for name in ("a", "b")}
        self.pipelines = {name: SimpleNamespace(refresh=partial(self._refresh, name)) for name in ("a", "b")}
        self.refreshed: list[str] = []
        self.store = self
        self._deliver = deliver

    def deliver_due(self, pool: Executor) -> int:
        self.deliveries += 1
        if self.deliveries == 3:
            self.enough.set()
        return self._deliver()

    def _refresh(self, name: str) -> None:
        self.refreshed.append(name)
        raise PunaiError("the bucket is away")

    def recover(self) -> int:
        self.recoveries += 1
        return 0

    def expire(self, tenant: Any, *, now: datetime) -> int:
        assert now.tzinfo is not None
        self.expired.append(tenant.id)
        return 0


def test_it_delivers_again_and_again_and_recovers_and_expires_now_and_then() -> None:
    desk = Counted()
    with Worker(cast(Desk, desk), pause=SOON):
        assert desk.enough.wait(10)
    assert desk.expired == ["a", "b"]
    assert desk.recoveries == 1


def test_documents_are_read_again_now_and_then_though_it_fails_for_a_business(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Counted()
    with Worker(cast(Desk, desk), pause=SOON):
        assert desk.enough.wait(10)
    assert desk.refreshed == ["a", "b"]
    assert caplog.messages == []


def test_it_delivers_at_once_and_once_more_when_it_is_stopped() -> None:
    desk = Counted()
    with Worker(cast(Desk, desk), pause=timedelta(hours=1)):
        pass
    assert desk.deliveries == 2
    assert not [thread for thread in threading.enumerate() if thread.name == "punai-worker"]


def test_a_failure_is_logged_and_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> int:
        raise ConnectionError("the store is away")

    desk = Counted(fail)
    with Worker(cast(Desk, desk), pause=SOON):
        assert desk.enough.wait(10)
    assert "the worker failed and goes on" in caplog.messages
    assert desk.expired == ["a", "b"]
