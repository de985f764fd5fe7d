"""What tests of several parts share: a house to open desks in, and a model to ask."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from punai.testing import OpenAIServer
from tests.house import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house of the test's own, whatever the environment says."""
    for name in os.environ:
        if name.startswith(("PUNAI_", "OPENAI_")):
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
