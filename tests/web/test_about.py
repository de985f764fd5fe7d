from pathlib import Path

import httpx
import pytest

import punai
from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.settings import Settings
from punai.web.desk import use


@pytest.fixture
def lost_store(packs: Path, tmp_path: Path) -> Desk:
    """A desk whose database is a folder, which no database is."""
    return open_desk(Settings(store=f"sqlite:///{tmp_path}", model="local", plugins=packs))


def test_health_names_the_parts(http: httpx.Client, desk: Desk) -> None:
    response = http.get("/health")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "store": "sqlite",
        "model": "local",
        "plugins": len(desk.plugins.loaded()),
        "version": punai.__version__,
    }


def test_health_fails_without_the_store(http: httpx.Client, lost_store: Desk) -> None:
    use(lost_store)
    response = http.get("/health")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "2"
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_message_that_cannot_be_stored_is_to_be_sent_again(http: httpx.Client, lost_store: Desk) -> None:
    use(lost_store)
    response = http.post("/chat", json={"user_id": "ann", "message": "hello"})
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "2"
