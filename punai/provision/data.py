"""The data of a stage, and its end: what outlives the stack, unless somebody says that it shall not."""

from collections.abc import Callable

from punai.ports import PunaiError
from punai.provision.aws import Account
from punai.provision.names import Names

BATCH = 1000  # S3 deletes no more objects in one call


def delete_table(account: Account, names: Names) -> None:
    """Delete the table with every conversation in it, and wait until it is gone."""
    client = account.client("dynamodb")
    client.delete_table(TableName=names.table)
    client.get_waiter("table_not_exists").wait(TableName=names.table)


def delete_bucket(account: Account, names: Names, tell: Callable[[str], None]) -> None:
    """Delete the bucket with every version of every document in it.

    Raises:
        PunaiError: S3 keeps one of them, and why.
    """
    client = account.client("s3")
    bucket = names.bucket(account.place.account, account.place.region)
    removed = 0
    for page in client.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": BATCH}
    ):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        versions = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in found]
        if not versions:
            continue
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        for error in answer.get("Errors", []):
            raise PunaiError(f"S3 keeps {error['Key']} in {bucket}: {error['Code']}")
        removed += len(versions)
        tell(f"  {removed} versions of documents deleted")
    client.delete_bucket(Bucket=bucket)
