"""What tests of several parts share: a house to open desks in, and a model to ask."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from punai.testing import OpenAIServer
from tests.house import House


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of the session's own: without embeddings, whatever the machine has."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PUNAI_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house of the test's own, whatever the environment says."""
    for name in os.environ:
        if name.startswith(("PUNAI_", "OPENAI_")) and name != "PUNAI_CACHE":
            monkeypatch.delenv(name)
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def model(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    """A model server, which desks of this house with `model=MODEL` ask."""
    with OpenAIServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        yield server
