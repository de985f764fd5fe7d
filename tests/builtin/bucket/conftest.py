"""A bucket in moto's S3, over HTTP, and what happens on the way to it."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from typing import Any
from uuid import uuid4

import pytest
from boto3.session import Session

from punai import Tenant
from punai.builtin.bucket import objects, shelf
from punai.builtin.bucket.objects import Objects
from punai.knowledge.library import Library
from punai.sources import Document

Hook = Callable[[], object]


class Bucket:
    """A bucket of the test's own, as the business sees it, beside the client that PunAI uses."""

    def __init__(self, client: Any) -> None:
        self.name = f"punai-{uuid4().hex}"
        self._client = client
        where = {"LocationConstraint": self._client.meta.region_name}
        self._client.create_bucket(Bucket=self.name, CreateBucketConfiguration=where)
        self._hooks = ExitStack()
        self.fetched: list[str] = []
        self._on_the_way(
            "GetObject", lambda request: self.fetched.append(request.url.partition(self.name)[2])
        )

    def upload(self, tenant: str = "acme", /, **documents: str | bytes) -> None:
        """Put documents there: `returns="..."` as `returns.md`."""
        for stem, content in documents.items():
            self.put(f"documents/{tenant}/{stem}.md", content)

    def put(self, key: str, content: str | bytes, **more: Any) -> None:
        """Put an object there, with what S3 may be told beside."""
        body = content.encode() if isinstance(content, str) else content
        self._client.put_object(Bucket=self.name, Key=key, Body=body, **more)

    def remove(self, key: str) -> None:
        """Delete an object."""
        self._client.delete_object(Bucket=self.name, Key=key)

    def index(self, tenant: str = "acme") -> dict[str, Document]:
        """The documents in the index, by name."""
        answer = self._client.get_object(Bucket=self.name, Key=f"index/{tenant}.zip")
        return Library.open(io.BytesIO(answer["Body"].read())).documents()

    def contents(self) -> list[str]:
        """The keys of everything that is there."""
        found = self._client.list_objects_v2(Bucket=self.name).get("Contents", ())
        return [each["Key"] for each in found]

    def objects(self, tenant: str = "acme") -> Objects:
        """The way to it."""
        return Objects(self.name, tenant)

    def tenant(self, name: str = "acme") -> Tenant:
        """A business whose documents are there."""
        return Tenant(id=name, name=name.title(), settings={"documents": {"bucket": self.name}})

    def once_before(self, operation: str, hook: Hook) -> None:
        """Call this when PunAI is about to send S3 the next such request."""
        hooks = [hook]

        def call_once(request: Any) -> None:
            if hooks:
                hooks.pop()()

        self._on_the_way(operation, call_once)

    def before(self, operation: str, hook: Hook) -> None:
        """Call this whenever PunAI is about to send S3 such a request."""
        self._on_the_way(operation, lambda request: hook())

    def pages_of(self, size: int) -> None:
        """Have S3 list so many objects at a time."""

        def ask_for_fewer(params: dict[str, Any], **_: object) -> None:
            params["MaxKeys"] = size

        self._hook("provide-client-params.s3.ListObjectsV2", ask_for_fewer)

    def _on_the_way(self, operation: str, hook: Callable[[Any], object]) -> None:
        def call(request: Any, **_: object) -> None:
            hook(request)  # what it returns would be taken for S3's answer

        self._hook(f"before-send.s3.{operation}", call)

    def _hook(self, event: str, call: Callable[..., None]) -> None:
        events = objects._client().meta.events
        events.register(event, call)
        self._hooks.callback(events.unregister, event, call)

    def leave(self) -> None:
        """Take the hooks off the client, which the next test uses too."""
        self._hooks.close()


@lru_cache
def _client_at(address: str) -> Any:
    return Session().client("s3", endpoint_url=address)


@pytest.fixture
def bucket(aws: None, moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    if objects._client().meta.endpoint_url != moto_server:
        objects._client.cache_clear()
    bucket = Bucket(_client_at(moto_server))
    yield bucket
    bucket.leave()


Connect = Callable[..., None]


@pytest.fixture
def connect(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Have PunAI find S3 in another environment: call it with variables, which None removes."""

    def connect(**variables: str | None) -> None:
        for name, value in variables.items():
            if value is None:
                monkeypatch.delenv(name)
            else:
                monkeypatch.setenv(name, value)
        objects._client.cache_clear()

    yield connect
    objects._client.cache_clear()


@pytest.fixture
def away(connect: Connect) -> Callable[[], None]:
    """Call it, and S3 is away."""
    return lambda: connect(AWS_ENDPOINT_URL="http://127.0.0.1:9")


def logged(caplog: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    """The fields of every line with this message."""
    lines = [record for record in caplog.records if record.getMessage() == message]
    return [vars(record)["fields"] for record in lines]


def left_out(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """Why documents were left out, by their names."""
    return {line["document"]: line["why"] for line in logged(caplog, "a document was left out")}


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """As much as a busy machine needs."""
    for name in ("PATIENCE", "FIRST_PATIENCE"):
        monkeypatch.setattr(shelf, name, 20)


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "punai")
