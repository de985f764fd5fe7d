"""A business's documents in a bucket answer its customers, beside those of its pack, and nobody else's."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from punai import KnowledgeSource, Tenant
from punai.builtin.bucket import BucketDocuments, register_knowledge
from punai.builtin.bucket.rereading import reread
from punai.cli.doctor import Finding, examine
from punai.desk import Desk
from punai.ports import Checkable, NotFound, PunaiError
from punai.sources import Refreshable
from punai.testing import OpenAIServer
from tests.builtin.bucket.conftest import Bucket, logged
from tests.house import DOCUMENTED, MODEL, TEASHOP, House, proposal, say

CUPS = "# Cups\n\nCups can be returned within ninety days."
ABOUT_CUPS = "within how many days can cups be returned?"


@pytest.fixture
def desk(house: House, bucket: Bucket) -> Desk:
    """The tea shop, with a bucket."""
    return house.open(documents=f"s3://{bucket.name}")


def test_source_is_registered_as_bucket_and_can_be_refreshed_and_checked() -> None:
    found: dict[str, KnowledgeSource] = {}
    register_knowledge(found.__setitem__)
    assert list(found) == ["bucket"]
    assert isinstance(found["bucket"], Refreshable)
    assert isinstance(found["bucket"], Checkable)


def test_customer_is_answered_from_a_document_in_the_bucket(bucket: Bucket, desk: Desk) -> None:
    bucket.upload("teashop", cups=CUPS)
    desk.pipelines["teashop"].refresh()
    answer = say(desk, ABOUT_CUPS)
    assert (answer.answered_by, answer.reply) == (
        "documents",
        "Cups\n\nCups can be returned within ninety days.",
    )
    [citation] = answer.citations
    assert (citation.title, citation.source, citation.quote) == (
        "Cups",
        "cups.md",
        "Cups can be returned within ninety days.",
    )


def test_documents_of_the_pack_and_of_the_bucket_both_answer(bucket: Bucket, desk: Desk) -> None:
    bucket.upload("teashop", cups=CUPS)
    desk.pipelines["teashop"].refresh()
    assert [citation.source for citation in say(desk, DOCUMENTED).citations] == ["storage.md"]
    assert [citation.source for citation in say(desk, ABOUT_CUPS).citations] == ["cups.md"]


def test_a_model_tells_documents_of_one_name_apart(house: House, bucket: Bucket, model: OpenAIServer) -> None:
    bucket.upload("teashop", storage="# Storage of cups\n\nCups stay fresh for ever.")
    desk = house.open(documents=f"s3://{bucket.name}", model=MODEL)
    desk.pipelines["teashop"].refresh()
    cups = {"passage_id": "s3:storage.md#storage-of-cups", "quote": "Cups stay fresh for ever."}
    model.script(proposal("They do.", citations=[cups]))
    [citation] = say(desk, "how long do cups and green tea stay fresh").citations
    assert citation.quote == "Cups stay fresh for ever."
    given = model.requests[0]["messages"][0]["content"]
    assert '<passage id="storage.md#keeping-tea-fresh" title="Keeping tea fresh">' in given
    assert '<passage id="s3:storage.md#storage-of-cups" title="Storage of cups">' in given


def test_a_new_desk_answers_from_what_another_read(house: House, bucket: Bucket) -> None:
    bucket.upload("teashop", cups=CUPS)
    reread(bucket.objects("teashop"))
    desk = house.open(documents=f"s3://{bucket.name}")
    desk.warm_up()
    bucket.fetched.clear()
    assert [citation.source for citation in say(desk, ABOUT_CUPS).citations] == ["cups.md"]
    assert bucket.fetched == []  # it was read while nobody waited


def test_businesses_never_see_each_others_documents(house: House, bucket: Bucket) -> None:
    house.write_pack("teahouse", TEASHOP, tea="# Tea\n\nTea is hot.")
    bucket.upload("teashop", cups=CUPS)
    bucket.upload("teahouse", cups="# Cups\n\nCups cannot be returned.")
    desk = house.open(documents=f"s3://{bucket.name}", business="teashop")
    for name in desk.pipelines:
        desk.pipelines[name].refresh()
    quotes = {}
    for name, pipeline in desk.pipelines.items():
        source = pipeline.business.knowledge["bucket"]
        for tenant in desk.tenants.values():
            found = [passage.text for passage in source(ABOUT_CUPS, "", tenant)]
            quotes[name, tenant.id] = found
    ours, theirs = ["Cups can be returned within ninety days."], ["Cups cannot be returned."]
    assert quotes == {
        ("teashop", "teashop"): ours,
        ("teahouse", "teashop"): ours,
        ("teashop", "teahouse"): theirs,
        ("teahouse", "teahouse"): theirs,
    }


def test_a_pack_may_name_a_bucket_of_its_own(house: House, bucket: Bucket) -> None:
    house.write_pack("teashop", f'{TEASHOP}\n[settings.documents]\nbucket = "{bucket.name}"\n')
    bucket.upload("teashop", cups=CUPS)
    desk = house.open(documents="s3://punai-nowhere")
    desk.pipelines["teashop"].refresh()
    assert [citation.source for citation in say(desk, ABOUT_CUPS).citations] == ["cups.md"]


def test_customer_is_answered_while_s3_is_away(
    house: House, bucket: Bucket, away: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    away()
    desk = house.open(documents=f"s3://{bucket.name}")
    assert [citation.source for citation in say(desk, DOCUMENTED).citations] == ["storage.md"]
    assert len(logged(caplog, "the index of documents was not read")) == 1


@pytest.mark.usefixtures("bucket")
def test_documents_that_cannot_be_read_are_an_error_that_says_why(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    desk = house.open(documents="s3://punai-nowhere")
    why = "the bucket 'punai-nowhere' does not exist: punai provision makes it, or check PUNAI_DOCUMENTS"
    with pytest.raises(PunaiError) as raised:
        desk.pipelines["teashop"].refresh()
    assert str(raised.value) == f"the knowledge of teashop was not refreshed: bucket: {why}"
    [line] = logged(caplog, "a knowledge source was not refreshed")
    assert line == {"tenant": "teashop", "source": "bucket", "why": why}


def test_without_a_bucket_it_is_silent_and_boto3_is_not_even_imported() -> None:
    check = (
        "import sys\n"
        "from punai import Tenant\n"
        "from punai.builtin.bucket import BucketDocuments\n"
        "source, tenant = BucketDocuments(), Tenant(id='acme', name='Acme')\n"
        "print(source('returns', '', tenant), source.refresh(tenant), repr(source.check(tenant)))\n"
        "print({'boto3', 'botocore'} & set(sys.modules))"
    )
    root = Path(__file__).parents[3]
    assert subprocess.check_output([sys.executable, "-c", check], cwd=root) == b"() None ''\nset()\n"


def checked(bucket: Bucket) -> str:
    return BucketDocuments().check(bucket.tenant())


def wrong(bucket: Bucket) -> str:
    with pytest.raises(PunaiError) as raised:
        checked(bucket)
    return str(raised.value)


def test_check_tells_how_many_documents_there_are(bucket: Bucket) -> None:
    place = f"s3://{bucket.name}/documents/acme/"
    assert checked(bucket) == f"nothing in {place} yet: upload documents there"
    bucket.upload(a="words", b="words")
    reread(bucket.objects())
    assert checked(bucket) == f"documents in {place}: 2"


def test_check_tells_what_has_not_been_read(bucket: Bucket) -> None:
    place = f"s3://{bucket.name}/documents/acme/"
    bucket.upload(a="words", b="words")
    assert wrong(bucket).startswith(f"2 of 2 documents in {place} have not been read, such as a.md: punai")
    reread(bucket.objects())
    bucket.upload(b="other words")
    assert wrong(bucket).startswith(f"1 of 2 documents in {place} have not been read, such as b.md: punai")
    reread(bucket.objects())
    bucket.put("index/acme.zip", "broken")
    assert wrong(bucket).startswith("2 of 2 documents")


def test_check_tells_what_cannot_be_read(bucket: Bucket) -> None:
    bucket.upload(a="words", b=b"\x7fELF\x00\x00")
    reread(bucket.objects())
    assert checked(bucket) == (
        f"documents in s3://{bucket.name}/documents/acme/: 2; 1 cannot be read: b.md: it is not text"
    )


@pytest.fixture
def doctor(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Finding]:
    """What `punai doctor` says of the tea shop's bucket, of this name."""

    def ask(bucket: str) -> Finding:
        monkeypatch.setenv("PUNAI_PLUGINS", str(house.plugins))
        monkeypatch.setenv("PUNAI_STORE", f"sqlite:///{house.database}")
        monkeypatch.setenv("PUNAI_MODEL", "local")
        monkeypatch.setenv("PUNAI_DOCUMENTS", f"s3://{bucket}")
        [found] = [each for each in examine(call_model=False) if each.about == "bucket of teashop"]
        return found

    return ask


def test_doctor_tells_how_it_is_with_the_bucket(bucket: Bucket, doctor: Callable[[str], Finding]) -> None:
    bucket.upload("teashop", cups=CUPS)
    reread(bucket.objects("teashop"))
    found = doctor(bucket.name)
    assert (found.level, found.text) == ("ok", f"documents in s3://{bucket.name}/documents/teashop/: 1")
    found = doctor("punai-nowhere")
    assert (found.level, found.text) == (
        "problem",
        "the bucket 'punai-nowhere' does not exist: punai provision makes it, or check PUNAI_DOCUMENTS",
    )


def test_an_owner_adds_and_removes_documents(bucket: Bucket) -> None:
    source, tenant = BucketDocuments(), bucket.tenant()
    assert source.place(tenant) == f"s3://{bucket.name}/documents/acme/"
    source.add("cups.md", CUPS.encode(), tenant)
    told: list[int] = []
    documents = source.documents(tenant, told.append)
    assert [passage.id for passage in documents["cups.md"].passages] == ["s3:cups.md#cups"]
    assert told[-1] == 1
    assert source(ABOUT_CUPS, "", tenant)[0].source == "cups.md"
    source.remove("cups.md", tenant)
    assert source.documents(tenant) == {}
    assert list(source(ABOUT_CUPS, "", tenant)) == []
    with pytest.raises(NotFound, match=r"there is no cups\.md in s3://"):
        source.remove("cups.md", tenant)


def test_a_business_without_a_bucket_is_told_how_to_have_one() -> None:
    nobody = Tenant(id="nobody", name="Nobody")
    source = BucketDocuments()
    assert (source.place(nobody), source.documents(nobody)) == ("", {})
    with pytest.raises(PunaiError, match="set PUNAI_DOCUMENTS"):
        source.add("cups.md", b"words", nobody)
