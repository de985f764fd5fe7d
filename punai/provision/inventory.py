"""What is on AWS under a stage's names: the functions that are deployed, and what is there outside the stack.

A stage's data outlives its stack, a table may have been made by `punai chat` or by hand, and so may a topic.
CloudFormation can import some of that, but neither queues and topics, nor anything whose name has an account
in it: so the template leaves out what exists, and adoption.py sees to it.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from punai.provision.aws import Account, code_of
from punai.provision.names import FUNCTIONS, Names
from punai.provision.template import BUCKET, QUEUE, TABLE, TOPIC, log_group_id

MISSING = {
    "404",
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
}
"""What the services say of something that is not there."""


def existing(account: Account, names: Names, owned: Collection[str] = ()) -> set[str]:
    """The logical ids of the resources that are there, but for those that the stack owns."""
    place = account.place
    bucket, topic = names.bucket(place.account, place.region), place.arn("sns", names.topic)
    checks = {
        TABLE: partial(account.client("dynamodb").describe_table, TableName=names.table),
        TOPIC: partial(account.client("sns").get_topic_attributes, TopicArn=topic),
        BUCKET: partial(account.client("s3").head_bucket, Bucket=bucket, ExpectedBucketOwner=place.account),
        QUEUE: partial(account.client("sqs").get_queue_url, QueueName=names.queue),
    }
    found = {name for name, check in checks.items() if name not in owned and _answers(check)}
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{names.prefix}")
    logging = {group["logGroupName"] for group in groups["logGroups"]}
    return found | {log_group_id(name) for name in FUNCTIONS if names.log_group(name) in logging} - set(owned)


def deployed(account: Account, names: Names) -> dict[str, str]:
    """The functions that are deployed: their names in app.py, and those on Lambda."""
    described = account.client("lambda").get_function_configuration
    wanted = {name: names.function(name) for name in FUNCTIONS}
    return {
        name: function
        for name, function in wanted.items()
        if _answers(partial(described, FunctionName=function))
    }


def _answers(check: Callable[[], Any]) -> bool:
    from botocore.exceptions import ClientError

    try:
        check()
    except ClientError as error:
        if code_of(error) in MISSING:
            return False
        raise
    return True
