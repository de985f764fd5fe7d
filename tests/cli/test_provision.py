"""`punai provision` and `punai teardown`, the real commands against moto's AWS over HTTP."""

import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import boto3
import pytest
from botocore.exceptions import ClientError

from punai.builtin.dynamodb.store import open_store
from punai.provision.names import FUNCTIONS, Names
from punai.provision.project import Project
from tests.cli.conftest import Run, assert_one_line_error

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse|Unable to delete:UserWarning")  # moto's own
ROOT = Path(__file__).parents[2]
ACCOUNT, REGION = "123456789012", "eu-west-1"
TRUST = {
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
}


@pytest.fixture
def stage(
    aws: pytest.MonkeyPatch,
    moto_server: str,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    tmp_path: Path,
) -> str:
    """A stage of the test's own, in a project whose commands reach moto, as this process does."""
    name = f"t{uuid4().hex[:12]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    environment |= {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
    folder = tmp_path / ".chalice"
    folder.mkdir()
    for file in ("config.json", "policy-dev.json"):
        text = (ROOT / ".chalice" / file).read_text()
        text = text.replace("punai-dev", f"punai-{name}").replace('"dev"', f'"{name}"')
        (folder / file).write_text(text)
    return name


@pytest.fixture
def names(stage: str) -> Names:
    return Names(stage)


@pytest.fixture
def bucket(names: Names) -> str:
    return names.bucket(ACCOUNT, REGION)


@pytest.fixture
def provision(punai: Run, stage: str) -> Run:
    """Run `punai provision --stage STAGE ARGS...`."""

    def run(*args: str, **more: str) -> subprocess.CompletedProcess[str]:
        return punai("provision", "--stage", stage, *args, **more)

    return run


@pytest.fixture
def teardown(punai: Run, stage: str) -> Run:
    """Run `punai teardown --stage STAGE ARGS...`."""

    def run(*args: str, **more: str) -> subprocess.CompletedProcess[str]:
        return punai("teardown", "--stage", stage, *args, **more)

    return run


def good(done: subprocess.CompletedProcess[str]) -> str:
    """What a command printed that went well."""
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def deploy_functions(names: Names) -> None:
    """What `chalice deploy` leaves, as far as provisioning looks at it."""
    role = f"role-{names.stage}"
    boto3.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
    code = io.BytesIO()
    with ZipFile(code, "w") as package:
        package.writestr("app.py", "")
    for name in FUNCTIONS:
        boto3.client("lambda").create_function(
            FunctionName=names.function(name),
            Role=f"arn:aws:iam::{ACCOUNT}:role/{role}",
            Runtime="python3.12",
            Handler=f"app.{name}",
            Code={"ZipFile": code.getvalue()},
        )
    client = boto3.client("apigateway")
    api = client.create_rest_api(name="punai")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    client.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    client.create_deployment(restApiId=api, stageName=names.stage)


def delete_functions(names: Names) -> None:
    for name in FUNCTIONS:
        boto3.client("lambda").delete_function(FunctionName=names.function(name))


def mappings(names: Names) -> list[dict[str, Any]]:
    found = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return [one for one in found if one["FunctionArn"].endswith(f":{names.function('outbox')}")]


def put_item(names: Names) -> None:
    item = {"pk": {"S": "T#shop#U#ann"}, "sk": {"S": "CURRENT"}, "ttl": {"N": "4102444800"}}
    boto3.client("dynamodb").put_item(TableName=names.table, Item=item)


def count_items(names: Names) -> int:
    return int(boto3.client("dynamodb").scan(TableName=names.table, Select="COUNT")["Count"])


def stack_of(names: Names) -> dict[str, Any]:
    found: dict[str, Any] = boto3.client("cloudformation").describe_stacks(StackName=names.stack)["Stacks"][0]
    return found


def exists(client: str, operation: str, **of: str) -> bool:
    try:
        getattr(boto3.client(client), operation)(**of)
    except ClientError:
        return False
    return True


# Creating


def test_everything_is_made_and_written_down(
    provision: Run, names: Names, bucket: str, tmp_path: Path
) -> None:
    said = good(provision("--email", "help@example.com"))
    assert f"Stage {names.stage}, account {ACCOUNT}, region {REGION}" in said
    for resource in ("Table", "Topic", "AdminSubscription", "Documents", "Failed", "AppLogs", "Dashboard"):
        assert f"add  {resource} " in said
    assert "18 to add" in said
    assert f"create complete  {names.stack}" in said
    assert "help@example.com by e-mail to confirm" in said
    assert said.splitlines()[-1].startswith(
        f"Next: chalice deploy --stage {names.stage}, then punai provision"
    )

    table = boto3.client("dynamodb").describe_table(TableName=names.table)["Table"]
    assert table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{names.topic}"
    assert exists("sns", "get_topic_attributes", TopicArn=topic)
    queue = boto3.client("sqs").get_queue_url(QueueName=names.queue)["QueueUrl"]
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])[
        "Attributes"
    ]
    assert (attributes["MessageRetentionPeriod"], attributes["SqsManagedSseEnabled"]) == ("1209600", "true")
    rule = boto3.client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"][
        "Rules"
    ][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix=names.log_group("app"))["logGroups"]
    assert {group["logGroupName"]: group["retentionInDays"] for group in groups} == {
        names.log_group(name): 30 for name in FUNCTIONS
    }
    assert exists("cloudwatch", "get_dashboard", DashboardName=names.prefix)

    project = Project(tmp_path)
    written = {
        "POWERTOOLS_SERVICE_NAME": names.prefix,
        "PUNAI_STORE": f"dynamodb://{names.table}",
        "PUNAI_TOPIC": topic,
        "PUNAI_DOCUMENTS": f"s3://{bucket}",
    }
    assert project.environment(names.stage).items() >= written.items()
    policy = project.policy_file(names.stage).read_text()
    assert f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{names.table}" in policy
    assert ":*:*:" not in policy


def test_the_store_works_on_the_table(provision: Run, names: Names) -> None:
    good(provision())
    store = open_store(f"dynamodb://{names.table}")
    assert store
    store.check()
    store.prepare()  # finds nothing to complain about
    store.close()


def test_a_second_run_changes_nothing(provision: Run, tmp_path: Path) -> None:
    good(provision())
    before = {path: path.read_bytes() for path in (tmp_path / ".chalice").iterdir()}
    said = good(provision())
    assert "All resources are as they should be" in said
    assert "Wrote" not in said
    assert {path: path.read_bytes() for path in (tmp_path / ".chalice").iterdir()} == before


def test_options_change_what_is_there_and_stay(provision: Run, names: Names) -> None:
    good(provision("--email", "help@example.com"))
    good(provision("--cost-per-day", "12.5", "--log-days", "90"))
    good(provision())
    values = {one["ParameterKey"]: one["ParameterValue"] for one in stack_of(names)["Parameters"]}
    assert values == {"AdminEmail": "help@example.com", "LogRetentionDays": "90", "CostPerDay": "12.5"}
    assert stack_of(names)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_dry_run_shows_the_template_and_needs_no_aws(
    punai: Run, environment: dict[str, str], stage: str
) -> None:
    for name in [name for name in environment if name.startswith("AWS_")]:
        del environment[name]
    done = punai("provision", "--stage", stage, "--dry-run", AWS_EC2_METADATA_DISABLED="true")
    template = json.loads(good(done))
    assert template["Resources"]["Table"]["Properties"]["TableName"] == f"punai-{stage}"
    assert "OutboxStream" in template["Resources"]


# Connecting


def test_functions_are_connected_once_they_are_deployed(provision: Run, names: Names, bucket: str) -> None:
    good(provision())
    deploy_functions(names)
    said = good(provision())
    assert "5 to add, 1 to modify" in said
    assert "The gateway takes 50 requests a second, 100 at once" in said
    assert said.splitlines()[-1].startswith("Everything is connected")
    [mapping] = mappings(names)
    table = boto3.client("dynamodb").describe_table(TableName=names.table)["Table"]
    assert mapping["EventSourceArn"] == table["LatestStreamArn"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    permission = boto3.client("lambda").get_policy(FunctionName=names.function("read_documents"))["Policy"]
    assert f"arn:aws:s3:::{bucket}" in permission
    assert "All resources are as they should be" in good(provision())


def test_functions_that_are_gone_are_asked_about(provision: Run, names: Names) -> None:
    deploy_functions(names)
    good(provision())
    delete_functions(names)
    nobody = provision()
    assert nobody.returncode == 1
    assert nobody.stderr == "punai: nobody answers: --yes goes ahead without asking\n"
    no = provision(stdin="n\n")
    assert (no.returncode, no.stderr) == (1, "")
    assert "remove  OutboxStream " in no.stdout
    assert no.stdout.endswith("Nothing was changed\n")
    assert len(mappings(names)) == 1
    good(provision(stdin="y\n"))
    assert mappings(names) == []


def test_a_key_is_made_for_an_api_that_asks_for_one(provision: Run, names: Names, tmp_path: Path) -> None:
    deploy_functions(names)
    assert "asks for a key" not in good(provision())
    Project(tmp_path).set_environment(names.stage, {"PUNAI_REQUIRE_API_KEY": "true"})
    said = good(provision())
    assert "3 to add" in said
    assert f"aws apigateway get-api-keys --name-query {names.prefix} --include-values shows" in said


# What was there before


def test_a_table_that_punai_made_before_is_used_as_it_should_be(provision: Run, names: Names) -> None:
    store = open_store(f"dynamodb://{names.table}")
    assert store
    store.prepare()
    store.close()
    put_item(names)
    boto3.client("sns").create_topic(Name=names.topic)
    boto3.client("logs").create_log_group(logGroupName=names.log_group("app"))
    deploy_functions(names)
    said = good(provision("--log-days", "7"))
    assert "There already, and used: AppLogs, Table, Topic" in said
    assert f"Turning on the stream of the table {names.table}" in said
    assert f"Turning on point-in-time recovery of the table {names.table}" in said
    client = boto3.client("dynamodb")
    table = client.describe_table(TableName=names.table)["Table"]
    assert table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    backups = client.describe_continuous_backups(TableName=names.table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert mappings(names)[0]["EventSourceArn"] == table["LatestStreamArn"]
    [group] = boto3.client("logs").describe_log_groups(logGroupNamePrefix=names.log_group("app"), limit=1)[
        "logGroups"
    ]
    assert group["retentionInDays"] == 7
    assert count_items(names) == 1
    assert "Turning on" not in good(provision())


def test_somebody_elses_table_is_refused(provision: Run, names: Names) -> None:
    boto3.client("dynamodb").create_table(
        TableName=names.table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    done = provision()
    assert done.returncode == 1
    assert f"punai: the table {names.table} has not the keys and indexes that PunAI needs" in done.stderr
    assert not exists("cloudformation", "describe_stacks", StackName=names.stack)


def test_a_stage_deployed_from_make_package_is_left_alone(
    provision: Run, teardown: Run, names: Names
) -> None:
    template = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    boto3.client("cloudformation").create_stack(StackName=names.sam_stack, TemplateBody=json.dumps(template))
    for command in (provision, teardown):
        done = command("--yes")
        assert done.returncode == 1
        assert done.stderr.startswith(
            f"punai: the stack {names.sam_stack}, deployed from make package, holds"
        )


def test_a_run_that_was_interrupted_is_run_again(provision: Run, names: Names) -> None:
    boto3.client("cloudformation").create_change_set(
        StackName=names.stack,
        ChangeSetName="interrupted",
        ChangeSetType="CREATE",
        TemplateBody=json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}),
    )
    said = good(provision())
    assert "An earlier run did not finish (REVIEW_IN_PROGRESS)" in said
    assert stack_of(names)["StackStatus"] == "CREATE_COMPLETE"


# Removing


def test_data_is_kept_and_found_again(provision: Run, teardown: Run, names: Names, bucket: str) -> None:
    good(provision())
    put_item(names)
    boto3.client("s3").put_object(Bucket=bucket, Key="documents/shop/delivery.md", Body=b"# Delivery")
    said = good(teardown(stdin="y\n"))
    assert f"Keeping the table {names.table}\nKeeping the bucket {bucket}\n" in said
    assert not exists("cloudformation", "describe_stacks", StackName=names.stack)
    assert not exists("sqs", "get_queue_url", QueueName=names.queue)

    deploy_functions(names)
    again = good(provision())
    assert "There already, and used: Documents, Table" in again
    assert "AWS::DynamoDB::Table" not in again
    assert count_items(names) == 1
    assert mappings(names)
    calls = boto3.client("s3").get_bucket_notification_configuration(Bucket=bucket)
    [call] = calls["LambdaFunctionConfigurations"]
    assert call["LambdaFunctionArn"].endswith(names.function("read_documents"))
    assert call["Filter"]["Key"]["FilterRules"] == [{"Name": "prefix", "Value": "documents/"}]
    assert "All resources are as they should be" in good(provision())


def test_data_is_deleted_when_told(provision: Run, teardown: Run, names: Names, bucket: str) -> None:
    good(provision())
    put_item(names)
    boto3.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"old", b"new"):
        boto3.client("s3").put_object(Bucket=bucket, Key="documents/shop/delivery.md", Body=body)
    boto3.client("s3").delete_object(Bucket=bucket, Key="documents/shop/delivery.md")
    said = good(teardown("--yes", "--delete-data"))
    assert f"Deleting the table {names.table}, with all that is in it, for good" in said
    assert "  3 versions of documents deleted" in said
    assert not exists("dynamodb", "describe_table", TableName=names.table)
    assert not exists("s3", "head_bucket", Bucket=bucket)
    assert "There is no stack" in good(teardown("--yes", "--delete-data")), "and again"


def test_nothing_is_removed_unless_somebody_says_so(provision: Run, teardown: Run, names: Names) -> None:
    good(provision())
    deploy_functions(names)
    for typed, code in (("n\n", 1), ("\n", 1), ("", 1)):
        done = teardown("--delete-data", stdin=typed)
        assert done.returncode == code
        assert f"chalice delete --stage {names.stage} removes them" in done.stdout
    assert stack_of(names)["StackStatus"] == "CREATE_COMPLETE"
    assert count_items(names) == 0


# Bad conditions


@pytest.mark.parametrize("command", ["provision", "teardown"])
def test_elsewhere_than_in_the_project_it_says_so(command: str, punai: Run) -> None:
    assert_one_line_error(punai(command), 1, ".chalice/config.json is not there", "project's own folder")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--stage", "staging"], ["--stage", "staging", "dev, prod"]),
        (["--email", "nobody"], ["--email", "nobody"]),
        (["--email", "a@b c"], ["--email", "a@b c"]),
        (["--log-days", "31"], ["--log-days", "14, 30, 60"]),
        (["--cost-per-day", "-1"], ["--cost-per-day", "-1"]),
    ],
)
def test_wrong_usage_is_told_before_anything_is_done(
    args: list[str], words: list[str], punai: Run, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / ".chalice", tmp_path / ".chalice")
    assert_one_line_error(punai("provision", *args), 2, *words)


def test_a_stage_that_makes_no_name_of_a_bucket_is_refused(punai: Run, tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    config = {"app_name": "punai", "stages": {"Test_EU": {}}}
    (tmp_path / ".chalice/config.json").write_text(json.dumps(config))
    assert_one_line_error(punai("provision", "--stage", "Test_EU"), 2, "Test_EU", "small letters")
