"""The resources of a stage as a CloudFormation template: where its data is, and who hears of trouble.

Resources refer to each other by their names. So any of them can be left out where it is there already: a
table that an earlier stack left behind, a topic that was made by hand, the logs of a function.
"""

from collections.abc import Collection, Mapping
from typing import Any

from punai.builtin.dynamodb.table import DEFINITION
from punai.provision import gateway, monitoring, wiring
from punai.provision.names import ANYWHERE, FUNCTIONS, Names

Resources = dict[str, Any]
"""Resources in CloudFormation's notation, by their logical ids."""

RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557)
"""How long CloudWatch can be told to keep logs; it also takes some longer times."""
PARAMETERS: dict[str, Any] = {
    "AdminEmail": {
        "Type": "String",
        "Default": "",
        "AllowedPattern": r"^$|^[^@\s]+@[^@\s]+$",
        "Description": "Who gets escalations and alarms by e-mail; empty for nobody",
    },
    "LogRetentionDays": {
        "Type": "Number",
        "Default": 30,
        "AllowedValues": RETENTION_DAYS,
        "Description": "How many days logs are kept",
    },
    "CostPerDay": {
        "Type": "Number",
        "Default": 5,
        "MinValue": 0,
        "Description": "US dollars that models may cost in a day before the admin hears of it",
    },
}
TABLE_PROPERTIES: dict[str, Any] = {
    **DEFINITION,
    # Keys are enough to wake up for: the words stay in the table.
    "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
}
"""All of the table but its name."""
TABLE, TOPIC, BUCKET, QUEUE = "Table", "Topic", "Documents", "Failed"
KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
REMOVED = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
QUEUE_SECONDS = 14 * 24 * 60 * 60  # the longest that SQS keeps a message
OLD_VERSIONS_DAYS = 30


def template(
    names: Names,
    api_stage: str,
    *,
    functions: Mapping[str, Any],
    present: Collection[str] = (),
    stream: Any = None,
    keyed_api: str | None = None,
) -> dict[str, Any]:
    """The whole template.

    `functions` are those that are deployed, by their names in app.py, with what CloudFormation calls them: a
    name, or a `Ref`. They are connected to the stream and to the bucket. `present` are the logical ids of
    what exists outside the stack and is left out; without the table, `stream` is the ARN of its stream.
    `keyed_api` is the id of the API, if a key is to be made for it.
    """
    stream = stream or {"Fn::GetAtt": [TABLE, "StreamArn"]}
    everything: Resources = {
        TABLE: _table(names),
        TOPIC: _topic(names),
        "AdminSubscription": _subscription(names),
        QUEUE: _queue(names),
        BUCKET: _bucket(names, functions),
        "DocumentsPolicy": _bucket_policy(names),
        **{log_group_id(name): _log_group(names, name) for name in FUNCTIONS},
        **wiring.connections(names, functions, stream),
        **monitoring.alarms(names, api_stage, functions),
        "Dashboard": monitoring.dashboard(names, api_stage),
        **(gateway.key(names, keyed_api, api_stage) if keyed_api else {}),
    }
    owned = {name: resource for name, resource in everything.items() if name not in present}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"PunAI, stage {names.stage}: what its functions need",
        "Parameters": PARAMETERS,
        "Conditions": {"HasAdmin": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AdminEmail"}, ""]}]}},
        "Resources": {name: _without(resource, present) for name, resource in owned.items()},
        "Outputs": _outputs(names, stream),
    }


def log_group_id(function: str) -> str:
    """The logical id of a function's log group."""
    return f"{function.title().replace('_', '')}Logs"


def sub(text: str) -> dict[str, str]:
    """A text in which CloudFormation fills in account, region and partition."""
    return {"Fn::Sub": text}


def _table(names: Names) -> dict[str, Any]:
    properties = {"TableName": names.table, **TABLE_PROPERTIES}
    return {"Type": "AWS::DynamoDB::Table", **KEPT, "Properties": properties}


def _topic(names: Names) -> dict[str, Any]:
    # Not encrypted with a key: alarms may not use AWS's own one, and one of the account's own costs at rest.
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": names.topic}}


def _subscription(names: Names) -> dict[str, Any]:
    return {
        "Type": "AWS::SNS::Subscription",
        "Condition": "HasAdmin",
        "DependsOn": [TOPIC],
        "Properties": {
            "TopicArn": sub(ANYWHERE.arn("sns", names.topic)),
            "Protocol": "email",
            "Endpoint": {"Ref": "AdminEmail"},
        },
    }


def _queue(names: Names) -> dict[str, Any]:
    properties = {
        "QueueName": names.queue,
        "MessageRetentionPeriod": QUEUE_SECONDS,
        "SqsManagedSseEnabled": True,
    }
    return {"Type": "AWS::SQS::Queue", **REMOVED, "Properties": properties}


def _bucket(names: Names, functions: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "Type": "AWS::S3::Bucket",
        **KEPT,
        "Properties": {
            "BucketName": sub(names.bucket(ANYWHERE.account, ANYWHERE.region)),
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "OldVersions",
                        "Status": "Enabled",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSIONS_DAYS},
                        "ExpiredObjectDeleteMarker": True,
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
        },
    }
    notification = wiring.notification(names, functions)
    if notification:
        whole["DependsOn"] = [wiring.PERMISSION]  # S3 asks for it before it takes the notification
        whole["Properties"]["NotificationConfiguration"] = notification
    return whole


def _bucket_policy(names: Names) -> dict[str, Any]:
    bucket = names.bucket(ANYWHERE.account, ANYWHERE.region)
    arn = ANYWHERE.bucket_arn(bucket)
    refusal = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [sub(arn), sub(f"{arn}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {
        "Type": "AWS::S3::BucketPolicy",
        "DependsOn": [BUCKET],
        "Properties": {
            "Bucket": sub(bucket),
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [refusal]},
        },
    }


def _log_group(names: Names, function: str) -> dict[str, Any]:
    properties = {
        "LogGroupName": names.log_group(function),
        "RetentionInDays": {"Ref": "LogRetentionDays"},
    }
    return {"Type": "AWS::Logs::LogGroup", **REMOVED, "Properties": properties}


def _outputs(names: Names, stream: Any) -> dict[str, Any]:
    values = {
        "TableName": names.table,
        "TopicArn": sub(ANYWHERE.arn("sns", names.topic)),
        "DocumentsBucket": sub(names.bucket(ANYWHERE.account, ANYWHERE.region)),
        "QueueUrl": sub(
            f"https://sqs.${{AWS::Region}}.${{AWS::URLSuffix}}/${{AWS::AccountId}}/{names.queue}"
        ),
        "StreamArn": stream,
    }
    return {name: {"Value": value} for name, value in values.items()}


def _without(resource: dict[str, Any], present: Collection[str]) -> dict[str, Any]:
    """The resource, not waiting for those that are left out."""
    if "DependsOn" not in resource:
        return resource
    awaited = [name for name in resource["DependsOn"] if name not in present]
    rest = {name: value for name, value in resource.items() if name != "DependsOn"}
    return {**rest, "DependsOn": awaited} if awaited else rest
