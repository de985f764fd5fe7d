"""The table's own stream, read as Lambda reads it, brings escalations to people."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest
from boto3.session import Session

from punai.builtin.dynamodb.store import DynamoDBStore
from punai.desk import Desk, utc_now
from punai.ports import ConfigurationError, StoreUnavailable
from punai.stream import deliver_changed
from tests.house import House, escalations_of, say, tenant_of

Record = Mapping[str, Any]
WANTS_A_PERSON = "I want to talk to a person"


@pytest.fixture(params=["moto_server", "dynamodb_local"])
def desk(
    request: pytest.FixtureRequest, house: House, aws: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A desk on a table with a stream."""
    address = request.getfixturevalue(request.param)
    for service in ("DYNAMODB", "DYNAMODB_STREAMS"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", address)
    house.clock.now = utc_now()  # the table deletes what is old by its own clock
    table = f"punai-{uuid4().hex}"
    desk = house.open(store=f"dynamodb://{table}")
    desk.store.prepare()
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    Session().client("dynamodb").update_table(TableName=table, StreamSpecification=stream)
    return desk


def streamed(desk: Desk) -> Sequence[Record]:
    """Every record of the desk's table."""
    client = Session().client("dynamodbstreams")
    assert isinstance(desk.store, DynamoDBStore)
    [stream] = [each["StreamArn"] for each in client.list_streams(TableName=desk.store.table.name)["Streams"]]
    records: list[Record] = []
    for shard in client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]:
        start = client.get_shard_iterator(
            StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        records += client.get_records(ShardIterator=start["ShardIterator"])["Records"]
    return records


def escalations(desk: Desk) -> Sequence[Record]:
    """Those that the filter in front of the function lets pass: what is new in a partition with this end."""
    passing = [each for each in streamed(desk) if each["dynamodb"]["Keys"]["pk"]["S"].endswith("#E")]
    return [record for record in passing if record["eventName"] == "INSERT"]


def statuses(desk: Desk) -> list[str]:
    return [delivery.status for asked in escalations_of(desk) for delivery in asked.deliveries]


def test_the_stream_tells_of_an_escalation_and_of_no_message(desk: Desk) -> None:
    say(desk, "hello")
    assert list(escalations(desk)) == []
    say(desk, WANTS_A_PERSON)
    assert len(escalations(desk)) == 1 + len(tenant_of(desk).escalate_to)


def test_an_escalation_is_delivered_when_the_stream_tells_of_it(desk: Desk) -> None:
    say(desk, WANTS_A_PERSON)
    batch = escalations(desk)
    assert deliver_changed(desk, batch) == {"batchItemFailures": []}
    assert statuses(desk) == ["delivered"]
    assert deliver_changed(desk, batch) == {"batchItemFailures": []}
    assert escalations_of(desk)[0].deliveries[0].attempts == 1


def test_a_poisoned_record_is_sent_again_and_costs_no_other(desk: Desk) -> None:
    say(desk, WANTS_A_PERSON)
    poisoned: list[Record] = [
        {"dynamodb": {"Keys": keys, "SequenceNumber": str(number)}}
        for number, keys in enumerate(
            (
                {"pk": {"S": "T#nobody#E"}, "sk": {"S": "esc_1#log"}},
                {"pk": {"S": "teashop"}, "sk": {"S": "esc_1#"}},
                {"pk": {"N": "1"}},
                {},
                None,
            )
        )
    ]
    failed = deliver_changed(desk, [*poisoned, *escalations(desk)])
    assert failed == {"batchItemFailures": [{"itemIdentifier": str(number)} for number in range(5)]}
    assert statuses(desk) == ["delivered"]


def test_a_conversation_whose_name_passes_the_filter_wakes_nobody(desk: Desk) -> None:
    say(desk, "hello", user_id="E", conversation_id="E")
    batch = escalations(desk)
    assert len(batch) > 2
    assert deliver_changed(desk, batch) == {"batchItemFailures": []}


def test_a_store_that_is_away_has_its_records_sent_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    say(desk, WANTS_A_PERSON)
    batch = escalations(desk)
    with monkeypatch.context() as away:
        away.setattr(desk.store, "claim_deliveries", lambda *_, **__: raise_unavailable())
        failed = deliver_changed(desk, batch)
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    assert failed == {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}
    assert deliver_changed(desk, batch) == {"batchItemFailures": []}
    assert statuses(desk) == ["delivered"]


def raise_unavailable() -> None:
    raise StoreUnavailable("away")


def test_a_store_without_a_stream_says_so(house: House) -> None:
    with pytest.raises(ConfigurationError, match="PUNAI_STORE: sqlite has no stream"):
        deliver_changed(house.open(), [])
