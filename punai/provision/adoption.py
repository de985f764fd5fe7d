"""What exists and is not the stack's, brought into the shape that the template would have given it."""

from collections.abc import Callable, Collection

from punai.ports import PunaiError
from punai.provision.aws import Account
from punai.provision.names import FUNCTIONS, READ_DOCUMENTS, UPLOADS, Names
from punai.provision.template import TABLE_PROPERTIES, log_group_id
from punai.provision.wiring import BUCKET_EVENTS


def adopt_table(account: Account, names: Names, tell: Callable[[str], None]) -> str:
    """Give the table its stream, its expiry and its recovery where it has none; the stream's ARN.

    Raises:
        PunaiError: it is none of PunAI's tables.
    """
    client, table = account.client("dynamodb"), names.table
    there = client.describe_table(TableName=table)["Table"]
    needed = {attribute["AttributeName"] for attribute in TABLE_PROPERTIES["AttributeDefinitions"]}
    if not needed <= {attribute["AttributeName"] for attribute in there["AttributeDefinitions"]}:
        raise PunaiError(
            f"the table {table} has not the keys and indexes that PunAI needs: an earlier PunAI made it, or"
            " somebody by hand; docs/deploying.md shows the right one"
        )
    if not there.get("StreamSpecification", {}).get("StreamEnabled"):
        tell(f"Turning on the stream of the table {table}")
        stream = {"StreamEnabled": True, **TABLE_PROPERTIES["StreamSpecification"]}
        there = client.update_table(TableName=table, StreamSpecification=stream)["TableDescription"]
        client.get_waiter("table_exists").wait(TableName=table)
    expiry = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if expiry["TimeToLiveStatus"] not in ("ENABLED", "ENABLING"):
        tell(f"Turning on the expiry of the table {table}")
        specification = TABLE_PROPERTIES["TimeToLiveSpecification"]
        client.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
    backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    if backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
        tell(f"Turning on point-in-time recovery of the table {table}")
        recovery = TABLE_PROPERTIES["PointInTimeRecoverySpecification"]
        client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    return str(there["LatestStreamArn"])


def adopt_bucket(account: Account, names: Names) -> None:
    """Have the bucket call the function that reads documents, which the stack's permission lets it."""
    place = account.place
    function = place.arn("lambda", f"function:{names.function(READ_DOCUMENTS)}")
    uploads = {"Key": {"FilterRules": [{"Name": "prefix", "Value": UPLOADS}]}}
    calls = [{"LambdaFunctionArn": function, "Events": list(BUCKET_EVENTS), "Filter": uploads}]
    account.client("s3").put_bucket_notification_configuration(
        Bucket=names.bucket(place.account, place.region),
        NotificationConfiguration={"LambdaFunctionConfigurations": calls},
    )


def adopt_logs(account: Account, names: Names, groups: Collection[str], days: int) -> None:
    """Limit how long logs are kept, in those of these groups (logical ids) that are functions' logs."""
    for name in FUNCTIONS:
        if log_group_id(name) in groups:
            group = names.log_group(name)
            account.client("logs").put_retention_policy(logGroupName=group, retentionInDays=days)
