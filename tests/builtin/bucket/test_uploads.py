"""What S3 tells of uploads brings the documents of the businesses concerned up to date, and no others."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest

from punai.desk import Desk
from punai.ports import PunaiError
from punai.uploads import read_changed
from tests.builtin.bucket.conftest import Bucket, logged
from tests.house import TEASHOP, House, say

CUPS = "# Cups\n\nCups can be returned within ninety days."
ABOUT_CUPS = "within how many days can cups be returned?"


@pytest.fixture
def desk(house: House, bucket: Bucket) -> Desk:
    """Two businesses with one bucket."""
    house.write_pack("teahouse", TEASHOP, tea="# Tea\n\nTea is hot.")
    return house.open(documents=f"s3://{bucket.name}", business="teashop")


def event(*keys: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    """What S3 sends, with keys as it writes them."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "eu-west-1",
                "eventTime": "2026-01-05T09:00:00.000Z",
                "eventName": name,
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "bucket": {"name": "punai-dev-documents", "arn": "arn:aws:s3:::punai-dev-documents"},
                    "object": {"key": quote_plus(key, safe="/"), "size": 42, "eTag": "d41d8cd98f"},
                },
            }
            for key in keys
        ]
    }


def indexes(bucket: Bucket) -> list[str]:
    return [key for key in bucket.contents() if key.startswith("index/")]


def test_what_was_uploaded_is_answered_from(bucket: Bucket, desk: Desk) -> None:
    desk.warm_up()
    bucket.upload("teashop", cups=CUPS)
    read_changed(desk, event("documents/teashop/cups.md"))
    assert [citation.source for citation in say(desk, ABOUT_CUPS).citations] == ["cups.md"]
    assert indexes(bucket) == ["index/teashop.zip"]


def test_what_was_deleted_is_answered_from_no_more(bucket: Bucket, desk: Desk) -> None:
    bucket.upload("teashop", cups=CUPS)
    read_changed(desk, event("documents/teashop/cups.md"))
    bucket.remove("documents/teashop/cups.md")
    read_changed(desk, event("documents/teashop/cups.md", name="ObjectRemoved:Delete"))
    assert say(desk, ABOUT_CUPS).citations == ()


@pytest.mark.parametrize("name", ["Rück gabe.md", "100% +sure.md", "返品/faq.md", "a&b=c?.md"])
def test_names_are_read_as_s3_writes_them(bucket: Bucket, desk: Desk, name: str) -> None:
    bucket.put(f"documents/teashop/{name}", CUPS)
    read_changed(desk, event(f"documents/teashop/{name}"))
    assert [citation.source for citation in say(desk, ABOUT_CUPS).citations] == [name]


def test_a_business_is_read_once_however_much_was_uploaded(bucket: Bucket, desk: Desk) -> None:
    lists: list[None] = []
    bucket.before("ListObjectsV2", lambda: lists.append(None))
    bucket.upload("teashop", a="words", b="words")
    reread_alone = len(lists)
    read_changed(desk, event("documents/teashop/a.md"))
    alone = len(lists) - reread_alone
    bucket.upload("teashop", a="other words", b="other words")
    read_changed(desk, event(*(f"documents/teashop/{name}.md" for name in "abababab")))
    assert len(lists) == 2 * alone


def test_uploads_of_several_businesses_are_read_for_each(bucket: Bucket, desk: Desk) -> None:
    bucket.upload("teashop", cups=CUPS)
    bucket.upload("teahouse", mugs="Mugs.")
    read_changed(desk, event("documents/teashop/cups.md", "documents/teahouse/mugs.md"))
    assert (list(bucket.index("teashop")), list(bucket.index("teahouse"))) == (["cups.md"], ["mugs.md"])


@pytest.mark.parametrize(
    "key",
    [
        "documents/nobody/cups.md",
        "documents/teashop",
        "documents/teashop2/cups.md",
        "documents//cups.md",
        "Documents/teashop/cups.md",
        "index/teashop.zip",
        "cups.md",
        "",
        "other/documents/teashop/cups.md",
    ],
)
def test_an_upload_that_is_no_business_s_is_logged_and_costs_no_other(
    bucket: Bucket, desk: Desk, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    bucket.upload("teashop", cups=CUPS)
    read_changed(desk, event(key, "documents/teashop/cups.md"))
    assert indexes(bucket) == ["index/teashop.zip"]
    assert logged(caplog, "an upload is no business's") == [{"document": key}]


def test_what_could_not_be_read_is_an_error_and_the_others_were_read(bucket: Bucket, desk: Desk) -> None:
    bucket.upload("teashop", cups=CUPS)
    bucket.upload("teahouse", mugs="Mugs.")
    fails = [OSError()]

    def fail_once() -> None:
        if fails:
            raise fails.pop()

    bucket.before("PutObject", fail_once)
    uploads = event("documents/teashop/cups.md", "documents/teahouse/mugs.md")
    with pytest.raises(PunaiError, match=r"^the knowledge of teashop was not refreshed: bucket: "):
        read_changed(desk, uploads)
    assert indexes(bucket) == ["index/teahouse.zip"]
    read_changed(desk, uploads)  # as Lambda does
    assert indexes(bucket) == ["index/teahouse.zip", "index/teashop.zip"]


def test_s3_being_away_is_an_error_and_the_old_documents_answer(
    bucket: Bucket, desk: Desk, away: Callable[[], None]
) -> None:
    bucket.upload("teashop", cups=CUPS)
    read_changed(desk, event("documents/teashop/cups.md"))
    away()
    with pytest.raises(PunaiError, match="cannot be reached"):
        read_changed(desk, event("documents/teashop/cups.md"))
    assert [citation.source for citation in say(desk, ABOUT_CUPS).citations] == ["cups.md"]


def test_the_test_that_s3_makes_of_a_connection_is_no_error(bucket: Bucket, desk: Desk) -> None:
    read_changed(desk, {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "punai-dev-documents"})
    assert bucket.contents() == []


def test_businesses_without_a_bucket_have_nothing_to_read(house: House) -> None:
    read_changed(house.open(), event("documents/teashop/cups.md"))
