"""What wakes the functions up, and where goes what they fail at."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from punai import Answer, Conversation, Escalation, Tenant, Turn
from punai.builtin.dynamodb import items
from punai.builtin.dynamodb.items import Item
from punai.models import Delivery
from punai.provision.names import OUTBOX, READ_DOCUMENTS
from punai.provision.template import template
from tests.provision.conftest import DEPLOYED, NAMES, properties

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TENANT = Tenant(id="shop", name="Shop")


@pytest.fixture
def whole() -> dict[str, Any]:
    return template(NAMES, "dev", functions=DEPLOYED)


@pytest.fixture
def mapping(whole: dict[str, Any]) -> dict[str, Any]:
    return properties(whole, "AWS::Lambda::EventSourceMapping")


def matches(pattern: Any, value: Any) -> bool:
    """Whether Lambda would let a record pass; as far as is needed here."""
    if isinstance(pattern, dict):
        return all(key in value and matches(inner, value[key]) for key, inner in pattern.items())
    return any(
        str(value).endswith(rule["suffix"]) if isinstance(rule, dict) else rule == value for rule in pattern
    )


def record(item: Item, event: str) -> dict[str, Any]:
    """What the stream says of an item."""
    return {"eventName": event, "dynamodb": {"Keys": {"pk": item["pk"], "sk": item["sk"]}}}


def woken_for(mapping: dict[str, Any], item: Item, event: str = "INSERT") -> bool:
    [one] = mapping["FilterCriteria"]["Filters"]
    return matches(json.loads(one["Pattern"]), record(item, event))


def escalation_items() -> list[Item]:
    delivery = Delivery(handler="log", due_at=NOW)
    escalation = Escalation(
        id="c#1", conversation_id="c", user_id="u", reason="anger", at=NOW, deliveries=(delivery,)
    )
    return items.escalation_items(TENANT, escalation, 2_000_000_000)


def other_items() -> Iterator[Item]:
    conversation = Conversation(id="c", user_id="u", created_at=NOW)
    answer = Answer(reply="said", answered_by="reply")
    turn = Turn(conversation_id="c", message_id="m#E", user_id="u", text="hi", at=NOW, answer=answer)
    yield items.meta_item(TENANT, conversation, 2_000_000_000)
    yield items.current_item(TENANT, conversation, 2_000_000_000)
    yield items.listing_item(TENANT, conversation, 2_000_000_000)
    yield items.turn_item(TENANT, turn, after=None)


def test_outbox_is_woken_for_new_deliveries(mapping: dict[str, Any]) -> None:
    made = escalation_items()
    assert len(made) == 2
    assert all(woken_for(mapping, item) for item in made)


def test_outbox_is_not_woken_by_its_own_records_nor_by_turns(mapping: dict[str, Any]) -> None:
    for item in escalation_items():
        assert not woken_for(mapping, item, "MODIFY")
        assert not woken_for(mapping, item, "REMOVE")
    assert not any(woken_for(mapping, item) for item in other_items())


def test_a_poisoned_record_costs_itself_alone(mapping: dict[str, Any]) -> None:
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 3
    assert "punai-dev-failed" in json.dumps(mapping["DestinationConfig"]["OnFailure"])


def test_bucket_calls_the_reader_for_uploads_only(whole: dict[str, Any]) -> None:
    bucket = whole["Resources"]["Documents"]
    for call in bucket["Properties"]["NotificationConfiguration"]["LambdaConfigurations"]:
        assert call["Filter"] == {"S3Key": {"Rules": [{"Name": "prefix", "Value": "documents/"}]}}
        assert call["Function"]["Fn::Sub"].endswith(":function:punai-dev-read_documents")
    assert bucket["DependsOn"] == ["DocumentsPermission"]
    permission = properties(whole, "AWS::Lambda::Permission")
    assert permission["SourceArn"]["Fn::Sub"].endswith(
        ":s3:::" + bucket["Properties"]["BucketName"]["Fn::Sub"]
    )
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_what_nobody_waits_for_fails_into_the_queue(whole: dict[str, Any]) -> None:
    configs = [
        one["Properties"]
        for one in whole["Resources"].values()
        if one["Type"] == "AWS::Lambda::EventInvokeConfig"
    ]
    assert {config["FunctionName"] for config in configs} == {
        "punai-dev-every_minute",
        "punai-dev-read_documents",
    }
    assert all("punai-dev-failed" in json.dumps(config["DestinationConfig"]) for config in configs)


def test_only_deployed_functions_are_connected() -> None:
    bare = template(NAMES, "dev", functions={})
    assert not [name for name, one in bare["Resources"].items() if "AWS::Lambda" in one["Type"]]
    assert "NotificationConfiguration" not in bare["Resources"]["Documents"]["Properties"]
    with_outbox = template(NAMES, "dev", functions={OUTBOX: DEPLOYED[OUTBOX]})
    assert with_outbox["Resources"].keys() - bare["Resources"].keys() == {"OutboxStream"}
    with_reader = template(NAMES, "dev", functions={READ_DOCUMENTS: DEPLOYED[READ_DOCUMENTS]})
    assert with_reader["Resources"].keys() - bare["Resources"].keys() == {
        "DocumentsPermission",
        "ReadDocumentsFailures",
    }
