"""What is uploaded to the bucket answers customers, by a function out of the zip that S3 tells of it."""

import json
from typing import Any
from uuid import uuid4

import pytest
from boto3.session import Session

from tests.aws.conftest import Start
from tests.aws.events import uploads
from tests.aws.lambda_process import REGION
from tests.aws.runtime_api import FunctionError
from tests.aws.stage import Stage
from tests.aws.test_web import say

KEY = "documents/shop/Räder & more/unicycles.md"
QUESTION = "When are unicycles serviced?"


@pytest.fixture(scope="module")
def s3(dev: Stage) -> Any:
    """A client of the bucket's owner."""
    return Session("nobody", "nothing", region_name=REGION).client("s3", endpoint_url=dev.address)


def test_customer_is_answered_from_what_was_uploaded(start: Start, s3: Any) -> None:
    bucket = f"punai-{uuid4().hex}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"# Unicycles\n\nUnicycles are serviced on Thursdays.")
    read_documents = start("app.read_documents", PUNAI_DOCUMENTS=f"s3://{bucket}")
    assert read_documents.invoke(uploads(KEY, "documents/nobody/a.md")) is None
    assert [(line["message"], line.get("tenant")) for line in read_documents.lines] == [
        ("an upload is no business's", None),
        ("documents read", "shop"),
    ]
    web = start(PUNAI_DOCUMENTS=f"s3://{bucket}")
    assert [citation["source"] for citation in say(web, QUESTION)["citations"]] == [
        "Räder & more/unicycles.md"
    ]


def test_bucket_that_is_gone_is_said_and_told_to_lambda_which_tries_again(start: Start) -> None:
    read_documents = start("app.read_documents", PUNAI_DOCUMENTS="s3://punai-never-made")
    why = "the bucket 'punai-never-made' does not exist: punai provision makes it, or check PUNAI_DOCUMENTS"
    with pytest.raises(FunctionError, match=why):
        read_documents.invoke(uploads(KEY))
    started = read_documents.log.splitlines()[0]
    assert json.loads(started)["why"] == why


def test_customer_is_answered_though_the_bucket_is_gone(start: Start) -> None:
    web = start(PUNAI_DOCUMENTS="s3://punai-never-made")
    assert say(web, "What are your opening hours?")["answered_by"] != "fallback"
