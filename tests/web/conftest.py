from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.models import Inbound, Turn
from punai.settings import Settings
from punai.web.desk import use
from punai.web.local import running

PACK = """
name = "Lamp & Shade"

[[intents]]
name = "order_status"
description = "where an order is"
examples = ["where is my order", "my parcel has not arrived"]

[[intents]]
name = "gratitude"
description = "thanks"
examples = ["thank you", "cheers, that helped"]
reply = "You're welcome!"
"""


class FailingDesk(Desk):
    """A desk where every message fails in the same way."""

    def __init__(self, desk: Desk, error: Exception) -> None:
        self.__dict__.update(desk.__dict__)
        self.error = error

    def receive(self, tenant: str, inbound: Inbound, *, human: bool = False, request_id: str = "") -> Turn:
        raise self.error


@pytest.fixture(scope="session")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    knowledge = folder / "lamps" / "knowledge"
    knowledge.mkdir(parents=True)
    (folder / "lamps" / "business.toml").write_text(PACK)
    (knowledge / "delivery.md").write_text("# Delivery times\n\nAn order arrives within three days.\n")
    return folder


@pytest.fixture(scope="session")
def desk(packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    store = tmp_path_factory.mktemp("store") / "punai.db"
    desk = open_desk(Settings(store=f"sqlite:///{store}", model="local", plugins=packs))
    desk.store.prepare()
    yield desk
    desk.store.close()


@pytest.fixture(scope="session")
def address(desk: Desk) -> Iterator[str]:
    with running(desk, "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def server(address: str, desk: Desk) -> str:
    """The address of a server with the real desk, whatever another test put there."""
    use(desk)
    return address


@pytest.fixture
def http(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


@pytest.fixture
def failing(http: httpx.Client, desk: Desk) -> Iterator[Callable[[Exception], httpx.Response]]:
    """Send a message to a desk that raises this."""

    def send(error: Exception) -> httpx.Response:
        use(FailingDesk(desk, error))
        return http.post("/chat", json={"user_id": "ann", "message": "where is my order"})

    yield send
    use(desk)


@pytest.fixture
def stored(desk: Desk) -> Callable[[str], list[Any]]:
    """The turns that are kept of a person."""

    def turns(user_id: str) -> list[Any]:
        return list(desk.store.turns_of(desk.tenants[desk.default_tenant], user_id))

    return turns
