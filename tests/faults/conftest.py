"""What the fault tests share: both databases, in reach of several processes, and a way to tell the counts."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from punai.testing import dynamodb_local
from tests.faults.servers import ROOT, moto

NOBODYS_AWS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""Credentials and a region that lead nowhere, whatever this machine has."""


@pytest.fixture(scope="session")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Amazon's own engine, by its address; moto's server, which is slower, where there is no Java."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(dynamodb_local.running(ROOT / ".cache"))
        except dynamodb_local.NotAvailable:
            address = stack.enter_context(moto(tmp_path_factory.mktemp("moto") / "log"))
        yield address


@pytest.fixture(params=["sqlite", "dynamodb"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database, as `PUNAI_STORE` names it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/punai.db"
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in NOBODYS_AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", request.getfixturevalue("dynamodb"))
    return f"dynamodb://punai-{uuid4().hex}"


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str, Mapping[str, object]], None]:
    """Print what was counted, whether or not the test passes."""

    def printed(what: str, counts: Mapping[str, object]) -> None:
        with capsys.disabled():
            print(f"\n{what}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))  # noqa: T201 - the counts are the result

    return printed
