"""What connects deployed functions: the table's stream to the outbox, the bucket's events to the reader.

Chalice can declare such connections too, but neither which records a function is woken for, nor how often it
is tried again, nor where what failed goes.
"""

import json
from collections.abc import Mapping
from typing import Any

from punai.provision.names import ANYWHERE, EVERY_MINUTE, OUTBOX, READ_DOCUMENTS, UPLOADS, Names

PERMISSION = "DocumentsPermission"
BUCKET_EVENTS = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
DELIVERIES = {
    # The keys are told in builtin/dynamodb/items.py. The partition of a business's escalations ends so, as
    # does that of a user or a conversation called "E": then the outbox wakes up once too often.
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {"pk": {"S": [{"suffix": "#E"}]}}},
}
"""Of the stream, what the outbox is woken for: new escalations and their deliveries."""


def connections(names: Names, functions: Mapping[str, Any], stream: Any) -> dict[str, Any]:
    """The resources that connect those of the functions that are deployed."""
    found: dict[str, Any] = {}
    if OUTBOX in functions:
        found["OutboxStream"] = _stream(names, functions[OUTBOX], stream)
    if READ_DOCUMENTS in functions:
        found[PERMISSION] = _permission(names, functions[READ_DOCUMENTS])
        found["ReadDocumentsFailures"] = _failures(names, functions[READ_DOCUMENTS], tries=2, seconds=3600)
    if EVERY_MINUTE in functions:
        # Not again, and not late: the next minute does the same.
        found["EveryMinuteFailures"] = _failures(names, functions[EVERY_MINUTE], tries=0, seconds=60)
    return found


def notification(names: Names, functions: Mapping[str, Any]) -> dict[str, Any] | None:
    """The bucket's `NotificationConfiguration`; None without the function that reads documents."""
    if READ_DOCUMENTS not in functions:
        return None
    function = {"Fn::Sub": ANYWHERE.arn("lambda", f"function:{names.function(READ_DOCUMENTS)}")}
    uploads = {"S3Key": {"Rules": [{"Name": "prefix", "Value": UPLOADS}]}}
    return {
        "LambdaConfigurations": [
            {"Event": event, "Function": function, "Filter": uploads} for event in BUCKET_EVENTS
        ]
    }


def _stream(names: Names, function: Any, stream: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "DependsOn": ["Failed"],
        "Properties": {
            "FunctionName": function,
            "EventSourceArn": stream,
            "FilterCriteria": {"Filters": [{"Pattern": json.dumps(DELIVERIES)}]},
            # From the oldest record on: LATEST can miss some while the mapping is made or changed, and to be
            # woken for a delivery that was made already costs a query.
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 10,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 3,  # the schedule comes by every minute
            "ParallelizationFactor": 4,  # one business's slow handler holds up no other's
            "DestinationConfig": _to_queue(names),
        },
    }


def _permission(names: Names, function: Any) -> dict[str, Any]:
    bucket = names.bucket(ANYWHERE.account, ANYWHERE.region)
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": function,
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
            # By name, since the bucket waits for this permission; and of this account, since a name may be
            # somebody else's one day.
            "SourceArn": {"Fn::Sub": ANYWHERE.bucket_arn(bucket)},
            "SourceAccount": {"Ref": "AWS::AccountId"},
        },
    }


def _failures(names: Names, function: Any, *, tries: int, seconds: int) -> dict[str, Any]:
    """How often an event that nobody waits for is tried again, how old it may get, and where it goes then."""
    return {
        "Type": "AWS::Lambda::EventInvokeConfig",
        "DependsOn": ["Failed"],
        "Properties": {
            "FunctionName": function,
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": tries,
            "MaximumEventAgeInSeconds": seconds,
            "DestinationConfig": _to_queue(names),
        },
    }


def _to_queue(names: Names) -> dict[str, Any]:
    return {"OnFailure": {"Destination": {"Fn::Sub": ANYWHERE.arn("sqs", names.queue)}}}
