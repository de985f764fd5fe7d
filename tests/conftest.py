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


@pytest.fixture(scope="class")
def aws() -> Iterator[pytest.MonkeyPatch]:
    """An environment whose credentials and region lead nowhere, whatever this machine has."""
    with pytest.MonkeyPatch.context() as environment:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            environment.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            environment.setenv(name, os.devnull)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        environment.setenv("AWS_ACCESS_KEY_ID", "nobody")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        yield environment


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of moto's server."""
    from tests.moto_server import running  # half a second that few tests need

    with running() as address:
        yield address
