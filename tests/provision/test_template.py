"""The resources of a stage: private, kept, and free while nobody is talking."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from punai.builtin.dynamodb.table import DEFINITION
from punai.provision.names import Names
from punai.provision.template import BUCKET, QUEUE, TABLE, TOPIC, log_group_id, template
from tests.provision.conftest import DEPLOYED, NAMES, complaints, properties

LARGEST = 51_200
"""Bytes that CloudFormation takes in one call; more would have to go through a bucket."""
STREAM = "arn:aws:dynamodb:eu-west-1:123456789012:table/punai-dev/stream/2026-11-20T12:00:00.000"
FREE_AT_REST = {
    "AWS::ApiGateway::ApiKey": "a word",
    "AWS::ApiGateway::Deployment": "a snapshot of the API",
    "AWS::ApiGateway::RestApi": "billed by the request",
    "AWS::ApiGateway::Stage": "billed by the request, without a cache",
    "AWS::ApiGateway::UsagePlan": "a limit",
    "AWS::ApiGateway::UsagePlanKey": "a limit",
    "AWS::CloudWatch::Alarm": "ten metrics of an account's alarms are free, and a stage has no more",
    "AWS::CloudWatch::Dashboard": "three of an account are free, up to 50 metrics each",
    "AWS::DynamoDB::Table": "billed by the request; storage and its recovery by what is in it",
    "AWS::Events::Rule": "a schedule costs nothing but the calls that it makes",
    "AWS::IAM::Role": "free",
    "AWS::Lambda::EventInvokeConfig": "a setting",
    "AWS::Lambda::EventSourceMapping": "free for a table's stream, without provisioned pollers",
    "AWS::Lambda::Function": "billed by the millisecond, without provisioned concurrency",
    "AWS::Lambda::Permission": "a setting",
    "AWS::Logs::LogGroup": "billed by what is in it, for as long as it is kept",
    "AWS::S3::Bucket": "billed by what is in it",
    "AWS::S3::BucketPolicy": "a setting",
    "AWS::SNS::Subscription": "e-mails are billed when sent, a thousand a month are free",
    "AWS::SNS::Topic": "billed by the message",
    "AWS::SQS::Queue": "billed by the request",
}
"""The types of resources that there may be, with why they cost nothing while nothing happens."""
ALWAYS_ON = (
    "CacheClusterEnabled",
    "ProvisionedConcurrencyConfig",
    "ProvisionedPollerConfig",
    "ProvisionedThroughput",
    "KmsMasterKeyId",
    "KmsKeyId",
)
"""Properties that make one of those cost by the hour, or a key by the month."""


def costs_at_rest(whole: Mapping[str, Any]) -> list[str]:
    """What of a template would be billed while nobody is talking."""
    found = [name for name, one in whole["Resources"].items() if one["Type"] not in FREE_AT_REST]
    return found + [setting for setting in ALWAYS_ON if f'"{setting}"' in json.dumps(whole)]


@pytest.fixture
def whole() -> dict[str, Any]:
    return template(NAMES, "dev", functions=DEPLOYED)


@pytest.mark.parametrize(
    "made",
    [
        template(NAMES, "dev", functions={}),
        template(Names("prod"), "_prod", functions=DEPLOYED),
        template(NAMES, "dev", functions=DEPLOYED, present={TABLE}, stream=STREAM),
        template(NAMES, "dev", functions={}, present={BUCKET, QUEUE, TOPIC, log_group_id("app")}),
    ],
    ids=["before the functions", "with them", "with a table that was there", "with much that was there"],
)
def test_cfn_lint_has_nothing_to_say(made: dict[str, Any]) -> None:
    assert complaints(made) == []


def test_cfn_lint_would_have_something_to_say(whole: dict[str, Any]) -> None:
    whole["Resources"]["Table"]["Properties"]["BillingMode"] = "FREE"
    whole["Resources"]["OutboxStream"]["Properties"]["Filter"] = []
    found = " ".join(complaints(whole))
    assert "'FREE' is not one of" in found
    assert "'Filter' was unexpected" in found


def test_nothing_costs_while_nobody_is_talking(whole: dict[str, Any]) -> None:
    assert costs_at_rest(whole) == []


def test_what_would_cost_is_noticed(whole: dict[str, Any]) -> None:
    whole["Resources"]["Gateway"] = {"Type": "AWS::EC2::NatGateway"}
    whole["Resources"]["Table"]["Properties"]["ProvisionedThroughput"] = {}
    assert costs_at_rest(whole) == ["Gateway", "ProvisionedThroughput"]


def test_it_goes_through_in_one_call(whole: dict[str, Any]) -> None:
    assert len(json.dumps(whole, separators=(",", ":")).encode()) < LARGEST


def test_table_is_the_one_the_store_uses_with_stream_and_recovery(whole: dict[str, Any]) -> None:
    table = properties(whole, "AWS::DynamoDB::Table")
    assert {name: table[name] for name in DEFINITION} == DEFINITION
    assert {name: value for name, value in table.items() if name not in DEFINITION} == {
        "TableName": "punai-dev",
        "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }


def test_data_outlives_the_stack_and_its_updates(whole: dict[str, Any]) -> None:
    kept = {
        name
        for name, resource in whole["Resources"].items()
        if (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) == ("Retain", "Retain")
    }
    assert kept == {TABLE, BUCKET}


def test_documents_are_private_encrypted_and_versioned(whole: dict[str, Any]) -> None:
    bucket = properties(whole, "AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert "AES256" in json.dumps(bucket["BucketEncryption"])
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["LifecycleConfiguration"]["Rules"][0]["NoncurrentVersionExpiration"] == {
        "NoncurrentDays": 30
    }
    [statement] = properties(whole, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_dead_letters_are_encrypted_and_kept_for_two_weeks(whole: dict[str, Any]) -> None:
    queue = properties(whole, "AWS::SQS::Queue")
    assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 86_400)


def test_every_function_has_logs_that_end(whole: dict[str, Any]) -> None:
    groups = {
        resource["Properties"]["LogGroupName"]: resource["Properties"]["RetentionInDays"]
        for resource in whole["Resources"].values()
        if resource["Type"] == "AWS::Logs::LogGroup"
    }
    assert groups == {
        f"/aws/lambda/{function}": {"Ref": "LogRetentionDays"} for function in DEPLOYED.values()
    }


def test_nobody_is_subscribed_unless_an_address_is_given(whole: dict[str, Any]) -> None:
    assert whole["Parameters"]["AdminEmail"]["Default"] == ""
    assert whole["Resources"]["AdminSubscription"]["Condition"] == "HasAdmin"
    assert properties(whole, "AWS::SNS::Subscription")["Endpoint"] == {"Ref": "AdminEmail"}


def test_what_is_there_already_is_left_out_and_not_waited_for() -> None:
    present = {TABLE, TOPIC, BUCKET, QUEUE, log_group_id("app")}
    made = template(NAMES, "dev", functions=DEPLOYED, present=present, stream=STREAM)
    assert not present & made["Resources"].keys()
    awaited = {name for one in made["Resources"].values() for name in one.get("DependsOn", ())}
    assert awaited <= made["Resources"].keys()
    assert properties(made, "AWS::Lambda::EventSourceMapping")["EventSourceArn"] == STREAM
    assert made["Outputs"]["StreamArn"]["Value"] == STREAM


def test_outputs_say_where_everything_is(whole: dict[str, Any]) -> None:
    assert set(whole["Outputs"]) == {"TableName", "TopicArn", "DocumentsBucket", "QueueUrl", "StreamArn"}
    assert whole["Outputs"]["TableName"]["Value"] == "punai-dev"
