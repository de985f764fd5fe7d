"""The way to a business's objects in S3: time-outs, and errors a person can act on.

boto3 takes 0.1 s to import, so it is imported where it is used: who keeps nothing in S3 never waits for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from punai.builtin.aws import BAD_CREDENTIALS, refused_credentials, unreachable
from punai.knowledge.reading import LeftOut
from punai.ports import PunaiError

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

CONNECT_TIMEOUT, READ_TIMEOUT = 5, 10  # seconds; a customer waits for less, see shelf.py
LARGEST_INDEX = 100_000_000
"""Bytes. What is larger was not written by PunAI."""


class BucketUnavailable(PunaiError):
    """S3 cannot be reached in time, or refuses; `code` is S3's own word for why it does."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NotChanged(Exception):
    """The object is the one that is known already."""


class Changed(Exception):
    """Somebody changed the object since it was looked at."""


class Missing(Changed):
    """There is no such object, or not any more."""


OUTCOMES: dict[str, type[Exception]] = {
    "304": NotChanged,
    "ConditionalRequestConflict": Changed,
    "PreconditionFailed": Changed,
    "NoSuchKey": Missing,
}


class Listed(NamedTuple):
    """A document as the bucket lists it; `size` in bytes."""

    name: str
    etag: str
    size: int


class Stored(NamedTuple):
    """An object that was read."""

    content: bytes
    etag: str


class Objects:
    """One business's objects in a bucket: its documents, and the index of them.

    Every method raises `BucketUnavailable` where S3 cannot be reached, or refuses.
    """

    def __init__(self, bucket: str, tenant_id: str) -> None:
        self.bucket, self.tenant_id = bucket, tenant_id
        self._folder, self._index = f"documents/{tenant_id}/", f"index/{tenant_id}.zip"
        self.place = f"s3://{bucket}/{self._folder}"
        self.left_out = LeftOut(tenant=tenant_id)

    def documents(self) -> Iterator[Listed]:
        """What the business uploaded, in the order of the names, asked for a thousand at a time."""
        more: dict[str, str] = {}
        while True:
            with self._explained("s3:ListBucket on the bucket"):
                page = _client().list_objects_v2(Bucket=self.bucket, Prefix=self._folder, **more)
            for found in page.get("Contents", ()):
                yield Listed(found["Key"].removeprefix(self._folder), found["ETag"], found["Size"])
            if not page["IsTruncated"]:
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def document(self, listed: Listed) -> bytes:
        """The document as it was listed.

        Raises:
            Changed: it is another one now, or gone.
        """
        with self._explained("s3:GetObject on documents/*"):
            key = self._folder + listed.name
            answer = _client().get_object(Bucket=self.bucket, Key=key, IfMatch=listed.etag)
            return bytes(answer["Body"].read())

    def put_document(self, name: str, content: bytes) -> None:
        """Upload a document, in the place of one of that name."""
        with self._explained("s3:PutObject on documents/*"):
            _client().put_object(Bucket=self.bucket, Key=self._folder + name, Body=content)

    def remove_document(self, name: str) -> None:
        """Remove a document, if it is there."""
        with self._explained("s3:DeleteObject on documents/*"):
            _client().delete_object(Bucket=self.bucket, Key=self._folder + name)

    def index(self, *, unless: str = "") -> Stored:
        """The index as it is now.

        Args:
            unless: an ETag; what has it still is not sent again.

        Raises:
            NotChanged: it has that ETag still.
            Missing: there is none.
        """
        # Who may not list is told by S3 that it may not read what is not there.
        with self._explained("s3:GetObject on index/* and s3:ListBucket on the bucket"):
            condition = {"IfNoneMatch": unless} if unless else {}
            answer = _client().get_object(Bucket=self.bucket, Key=self._index, **condition)
            if answer["ContentLength"] > LARGEST_INDEX:
                raise BucketUnavailable(f"s3://{self.bucket}/{self._index} is not PunAI's: remove it")
            return Stored(bytes(answer["Body"].read()), answer["ETag"])

    def replace_index(self, content: bytes, *, seen: str) -> str:
        """Put an index in the place of the one with the ETag `seen`, or of none where that is empty.

        Returns:
            The new one's ETag.

        Raises:
            Changed: there is another one by now; nothing is written.
            BucketUnavailable: it is larger than what would be read; nothing is written, too.
        """
        if len(content) > LARGEST_INDEX:
            raise BucketUnavailable(
                f"the index of {self.place} would have {len(content):,} bytes, at most {LARGEST_INDEX:,} are"
                " read: remove documents; those of before are answered from until then"
            )
        condition = {"IfMatch": seen} if seen else {"IfNoneMatch": "*"}
        with self._explained("s3:PutObject on index/*"):
            answer = _client().put_object(
                Bucket=self.bucket,
                Key=self._index,
                Body=content,
                ContentType="application/zip",
                **condition,
            )
            return str(answer["ETag"])

    @contextmanager
    def _explained(self, needed: str) -> Iterator[None]:
        """What goes wrong within, as what it means; `needed` is the permission to ask for."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            if code in OUTCOMES:
                raise OUTCOMES[code] from None
            raise BucketUnavailable(self._why_refused(error, code, needed), code) from error
        except BotoCoreError as error:
            raise BucketUnavailable(self._why_silent(error)) from error

    def _why_refused(self, error: "ClientError", code: str, needed: str) -> str:
        bucket = f"the bucket {self.bucket!r}"
        if code == "NoSuchBucket":
            return f"{bucket} does not exist: punai provision makes it, or check PUNAI_DOCUMENTS"
        if code == "AccessDenied":
            return f"access to {bucket} is denied: allow {needed}"
        if code in BAD_CREDENTIALS:
            return refused_credentials(bucket)
        return f"{bucket} refuses {error.operation_name}: {code}"

    def _why_silent(self, error: "BotoCoreError") -> str:
        bucket = f"the bucket {self.bucket!r}"
        if type(error).__name__ == "ParamValidationError":
            return f"{bucket} cannot be called that: check PUNAI_DOCUMENTS"
        return unreachable(bucket, error)


@lru_cache(maxsize=1)
def _client() -> Any:
    """boto3's client, made when it is first needed; threads may share it."""
    from boto3.session import Session
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    try:
        return Session().client("s3", config=config)
    except ValueError as error:  # what boto3 says of an endpoint such as "localhost:8000"
        raise BucketUnavailable(
            "AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is no address: write http://host:port"
        ) from error
