"""What S3 refuses is told in one line with what to do, and these are the rights that are needed."""

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from boto3.session import Session

from punai.builtin.bucket.objects import BucketUnavailable, Listed, Missing, NotChanged, Objects
from punai.builtin.bucket.rereading import reread
from tests.builtin.bucket.conftest import Bucket, Connect


def wrong(found: Objects) -> str:
    """What is said when the documents are read again."""
    with pytest.raises(BucketUnavailable) as raised:
        reread(found)
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_a_bucket_that_is_not_there_is_asked_for(bucket: Bucket) -> None:
    message = "the bucket 'punai-nowhere' does not exist: punai provision makes it, or check PUNAI_DOCUMENTS"
    assert wrong(Objects("punai-nowhere", "acme")) == message


@pytest.mark.parametrize("name", ["", "no spaces", "no/slashes"])
def test_a_name_that_no_bucket_can_have_is_told(bucket: Bucket, name: str) -> None:
    assert wrong(Objects(name, "acme")) == f"the bucket {name!r} cannot be called that: check PUNAI_DOCUMENTS"


def test_an_endpoint_that_nobody_answers_at_is_told(bucket: Bucket, away: Callable[[], None]) -> None:
    away()
    said = "cannot be reached (EndpointConnectionError): check the network, the region and the endpoint"
    assert wrong(bucket.objects()) == f"the bucket {bucket.name!r} {said}"


def test_an_endpoint_that_is_no_address_is_told(bucket: Bucket, connect: Connect) -> None:
    connect(AWS_ENDPOINT_URL="localhost")
    assert wrong(bucket.objects()).startswith("AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL is no address")


def test_credentials_that_are_missing_are_told(bucket: Bucket, connect: Connect) -> None:
    connect(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert wrong(bucket.objects()).startswith(f"there are no AWS credentials for the bucket {bucket.name!r}")


def test_what_is_not_there_and_what_has_not_changed_is_told_apart(bucket: Bucket) -> None:
    found = bucket.objects()
    with pytest.raises(Missing):
        found.index()
    with pytest.raises(Missing):
        found.document(Listed("gone.md", '"etag"', 1))
    etag = found.replace_index(b"{}", seen="")
    assert found.index() == (b"{}", etag)
    assert found.index(unless='"another"') == (b"{}", etag)
    with pytest.raises(NotChanged):
        found.index(unless=etag)


NEEDED = {
    "s3:ListBucket": "arn:aws:s3:::{bucket}",
    "s3:GetObject documents": "arn:aws:s3:::{bucket}/documents/*",
    "s3:GetObject index": "arn:aws:s3:::{bucket}/index/*",
    "s3:PutObject": "arn:aws:s3:::{bucket}/index/*",
}
"""The rights that docs/operations.md names."""


class Guarded:
    """A bucket that moto gives nobody without the rights for it."""

    def __init__(self, bucket: Bucket, server: str, connect: Connect) -> None:
        self.bucket, self._server, self._connect = bucket, server, connect

    def allow(self, *rights: str) -> None:
        """From now on PunAI may do this and no more."""
        people = Session().client("iam")
        name = self.bucket.name
        people.create_user(UserName=name)
        statements = [
            {
                "Effect": "Allow",
                "Action": right.partition(" ")[0],
                "Resource": NEEDED[right].format(bucket=name),
            }
            for right in rights
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        people.put_user_policy(UserName=name, PolicyName="documents", PolicyDocument=policy)
        key = people.create_access_key(UserName=name)["AccessKey"]
        self._connect(AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])
        self.demand(rights=True)

    def demand(self, *, rights: bool) -> None:
        """Whether moto looks at rights at all."""
        count = "0" if rights else "inf"
        httpx.post(f"{self._server}/moto-api/reset-auth", content=count).raise_for_status()


@pytest.fixture
def guarded(bucket: Bucket, moto_server: str, connect: Connect) -> Iterator[Guarded]:
    guarded = Guarded(bucket, moto_server, connect)
    yield guarded
    guarded.demand(rights=False)


def test_these_rights_are_enough(guarded: Guarded) -> None:
    guarded.bucket.upload(returns="Thirty days.")
    guarded.allow(*NEEDED)
    library, etag = reread(guarded.bucket.objects())
    assert list(library.documents()) == ["returns.md"]
    with pytest.raises(NotChanged):
        guarded.bucket.objects().index(unless=etag)


@pytest.mark.parametrize(
    ("without", "advice"),
    [
        ("s3:ListBucket", "s3:ListBucket on the bucket"),
        ("s3:GetObject index", "s3:GetObject on index/* and s3:ListBucket on the bucket"),
        ("s3:PutObject", "s3:PutObject on index/*"),
    ],
)
def test_a_right_that_is_missing_is_named(guarded: Guarded, without: str, advice: str) -> None:
    guarded.bucket.upload(returns="Thirty days.")
    guarded.allow(*(right for right in NEEDED if right != without))
    assert wrong(guarded.bucket.objects()) == (
        f"access to the bucket {guarded.bucket.name!r} is denied: allow {advice}"
    )


def test_a_document_without_the_right_to_it_is_left_out(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    guarded.bucket.upload(returns="Thirty days.")
    guarded.allow(*(right for right in NEEDED if right != "s3:GetObject documents"))
    library, _ = reread(guarded.bucket.objects())
    assert library.documents() == {}
    [why] = [vars(record)["fields"]["why"] for record in caplog.records if "left out" in record.message]
    assert why.endswith("is denied: allow s3:GetObject on documents/*")


def test_credentials_that_are_wrong_are_told(guarded: Guarded, connect: Connect) -> None:
    guarded.allow(*NEEDED)
    connect(AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE")
    assert wrong(guarded.bucket.objects()).startswith(
        f"AWS refuses the credentials for the bucket {guarded.bucket.name!r}: set AWS_PROFILE"
    )
