"""Each stage's policy allows what the functions do in AWS, and nothing that they do not do."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import chalice.test
import pytest
from boto3.session import Session
from botocore.client import BaseClient

import app as function
from punai import Inbound, secrets
from punai.bootstrap import open_desk, shared_desk
from punai.builtin import ses, sns
from punai.desk import utc_now
from punai.reception import LEASE
from punai.web.desk import use
from tests import conftest
from tests.house import TEASHOP, House

aws = conftest.aws  # not that of the stages beside this module

BUCKET = "punai-dev-documents-123456789012-eu-west-1"
UPLOAD = "documents/teashop/gifts.md"
CHALICE = Path(__file__).parents[2] / ".chalice"
ACCOUNT, REGION = "123456789012", "eu-west-1"
PACK = f"""
escalate_to = ["sns_email", "ses_email", "help_desk"]
{TEASHOP}
[settings.ses_email]
from = "Teashop <bot@shop.example>"
to = "ann@shop.example"
configuration_set = "punai-dev"
[settings.help_desk]
address = "ssm:/punai-dev/help_desk"
token = "secretsmanager:punai-dev/help_desk"
"""
HELP_DESK = """
def tell(escalation, tenant):
    return tenant.setting("help_desk", "address") + tenant.setting("help_desk", "token")


@hookimpl
def register_escalation_handlers(register):
    register("help_desk", tell)
"""

BY_LAMBDA = {
    "dynamodb:DescribeStream": "the event source mapping reads the table's stream",
    "dynamodb:GetRecords": "the same",
    "dynamodb:GetShardIterator": "the same",
    "dynamodb:ListStreams": "the same",
    "logs:CreateLogStream": "the runtime writes what the functions print",
    "logs:PutLogEvents": "the same",
    "sqs:SendMessage": "Lambda sends what failed for good to the dead-letter queue",
    "xray:PutTelemetryRecords": "the runtime, where tracing is on",
    "xray:PutTraceSegments": "the same",
}
"""What the role is for besides the code: Lambda itself acts in it."""

IN_A_TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem"}
NAMED_OTHERWISE = {"s3:HeadObject": "s3:GetObject", "s3:ListObjectsV2": "s3:ListBucket"}


class Use(NamedTuple):
    """An action on a resource, as IAM names them."""

    action: str
    resource: str


def uses(service: str, operation: str, given: Mapping[str, Any]) -> Iterator[Use]:
    """What IAM asks for when a client makes this call."""
    arn = f"arn:aws:{service}:{REGION}:{ACCOUNT}:"
    match service:
        case "dynamodb" if operation == "TransactWriteItems":
            for [(kind, part)] in (part.items() for part in given["TransactItems"]):
                yield Use(f"dynamodb:{IN_A_TRANSACTION[kind]}", f"{arn}table/{part['TableName']}")
            return
        case "dynamodb":
            index = f"/index/{given['IndexName']}" if "IndexName" in given else ""
            resource = f"{arn}table/{given['TableName']}{index}"
        case "sns":
            resource = given["TopicArn"]
        case "sesv2":
            arn = arn.replace("sesv2", "ses")
            yield Use(f"ses:{operation}", f"{arn}configuration-set/{given['ConfigurationSetName']}")
            yield Use(f"ses:{operation}", f"{arn}identity/bot@shop.example")
            return
        case "ssm":
            resource = f"{arn}parameter{given['Name']}"
        case "secretsmanager":
            resource = f"{arn}secret:{given['SecretId']}-AbCdEf"  # AWS adds six characters to the name
        case "s3":
            assert given.get("Prefix", UPLOAD).startswith("documents/")  # the policy lists nothing else
            resource = "arn:aws:s3:::" + "/".join(
                [given["Bucket"], *([given["Key"]] if "Key" in given else [])]
            )
        case _:
            raise AssertionError(f"the functions call {service}, which no policy is checked for")
    action = f"{service}:{operation}"
    yield Use(NAMED_OTHERWISE.get(action, action), resource)


class Grant(NamedTuple):
    """One action that a policy allows on one resource, which may hold wildcards."""

    action: str
    resource: str

    def covers(self, use: Use) -> bool:
        """Whether this allows that."""
        pattern = re.escape(self.resource).replace(r"\*", ".*")
        return self.action == use.action and re.fullmatch(pattern, use.resource) is not None


def grants(stage: str) -> list[Grant]:
    """What a stage's policy allows."""
    found = []
    for statement in json.loads((CHALICE / f"policy-{stage}.json").read_text())["Statement"]:
        assert statement["Effect"] == "Allow"
        actions, resources = statement["Action"], statement["Resource"]
        found += [
            Grant(action, resource)
            for action in ([actions] if isinstance(actions, str) else actions)
            for resource in ([resources] if isinstance(resources, str) else resources)
        ]
    return found


@pytest.fixture
def used(
    house: House, aws: pytest.MonkeyPatch, moto_server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Use]]:
    """What the functions do in AWS in all that they can be asked for."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    topic = Session().client("sns").create_topic(Name="punai-dev-escalations")["TopicArn"]
    Session().client("ses").verify_email_identity(EmailAddress="bot@shop.example")
    s3 = Session().client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=BUCKET, Key=UPLOAD, Body=b"# Gift wrapping\n\nWe wrap any tea as a gift, for free.")
    Session().client("ssm").put_parameter(Name="/punai-dev/help_desk", Value="x", Type="SecureString")
    Session().client("secretsmanager").create_secret(Name="punai-dev/help_desk", SecretString="x")
    house.write_pack(text=PACK)
    house.write_plugin("help_desk", HELP_DESK)
    settings = {
        "STORE": "dynamodb://punai-dev",
        "TOPIC": topic,
        "DOCUMENTS": f"s3://{BUCKET}",
        "PLUGINS": str(house.plugins),
        "MODEL": "local",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"PUNAI_{name}", value)
    use(None)  # whatever server of another test was handed a desk
    open_desk().store.prepare()
    for remembered in (shared_desk, secrets._from_aws, sns._client, ses._client):
        remembered.cache_clear()
    made: list[Use] = []
    call = BaseClient._make_api_call

    def record(client: BaseClient, operation: str, given: Mapping[str, Any]) -> Any:
        made.extend(uses(client.meta.service_model.service_name, operation, given))
        return call(client, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", record)
    drive()
    yield made
    monkeypatch.undo()
    shared_desk.cache_clear()


def drive() -> None:
    """Everything that the functions are there for."""
    message = {"user_id": "ada", "conversation_id": "c", "message": "when are you open?", "message_id": "m1"}
    assert ask("/chat", message) == ask("/chat", message)
    ask("/chat", {"user_id": "ada", "message": "how long does green tea stay fresh?"})
    ask("/chat", {"user_id": "bob", "message": "when are you open?"})
    ask("/health", None, "GET")
    visitor = ask("/session", {})
    proof = {"authorization": f"Bearer {visitor['token']}"}
    own = {"user_id": visitor["user_id"], "conversation_id": "v"}
    ask("/chat", {**own, "message": "when are you open?", "message_id": "v1"}, headers=proof)
    ask("/feedback", {**own, "message_id": "v1", "value": "down"}, headers=proof)
    ask("/feedback", {**own, "rating": 2}, headers=proof)
    assert ask("/messages", None, "GET", proof)["rating"] == 2
    ask("/close", own, headers=proof)
    assert ask("/chat", {"user_id": "bob", "message": "let me talk to a person"})["escalation"]
    wish = {"userQuery": "a person, please", "conversationHistory": [], "userEmail": "c@example.com"}
    ask("/escalate", wish | {"userName": "Cy", "sessionId": "s"})
    ask("/escalate", wish | {"userName": "Cyril", "sessionId": "s"})
    said = {"userQuery": "hello", "botResponse": "Hi.", "confidenceScore": 0.9, "intentName": "greeting"}
    ask("/store-query", said | {"sessionId": "t", "timestamp": "2026-11-20T09:00:00Z"})
    desk = shared_desk()
    tenant = desk.tenants["teashop"]
    for left in ("left", "let me talk to a person"):
        inbound = Inbound(user_id="dan", conversation_id="d", text=left)
        long_ago = utc_now() - 2 * LEASE
        desk.store.accept(tenant, inbound, now=long_ago, lease=LEASE, history=10)
    [opened, *_] = desk.store.escalations(tenant)
    batch = [{"dynamodb": {"Keys": {"pk": {"S": "T#teashop#E"}, "sk": {"S": f"{opened.id}#sns_email"}}}}]
    assert function.outbox({"Records": batch}, None) == {"batchItemFailures": []}
    with chalice.test.Client(function.app) as client:
        tick = client.events.generate_cw_event("aws.events", "Scheduled Event", {}, [])
        client.lambda_.invoke("every_minute", tick)
    for asked in desk.store.escalations(tenant):
        assert {delivery.status for delivery in asked.deliveries} == {"delivered"}
    function.read_documents({"Records": [{"s3": {"object": {"key": UPLOAD}}}]}, None)
    wrapped = ask("/chat", {"user_id": "eve", "message": "is gift wrapping free?"})
    assert [citation["source"] for citation in wrapped["citations"]] == ["gifts.md"]
    desk.take_over("teashop", opened.conversation_id)
    desk.reply_as_agent("teashop", opened.conversation_id, "Cy here.")
    desk.hand_back("teashop", opened.conversation_id)
    desk.close("teashop", opened.conversation_id)
    ask("/chat", {"user_id": "bob", "message": "when are you open?"})


def ask(
    path: str,
    body: Mapping[str, Any] | None,
    method: str = "POST",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """What a front end gets from the web function."""
    sent = {"content-type": "application/json", **headers}
    event = {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {"resourcePath": path, "httpMethod": method, "identity": {}},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    response = function.app(event, SimpleNamespace(aws_request_id="request-1"))
    assert response["statusCode"] == 200, response
    return json.loads(response["body"])


def test_the_policy_allows_what_the_functions_do_and_nothing_more(used: list[Use]) -> None:
    allowed = grants("dev")
    refused = {use for use in used if not any(grant.covers(use) for grant in allowed)}
    assert not refused
    idle = {grant for grant in allowed if not any(grant.covers(use) for use in used)}
    assert {grant.action for grant in idle} <= BY_LAMBDA.keys(), idle


def test_stages_differ_in_their_names_alone() -> None:
    dev, prod = ((CHALICE / f"policy-{stage}.json").read_text() for stage in ("dev", "prod"))
    assert dev.replace("-dev", "-prod") == prod


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_no_grant_is_wider_than_its_names(stage: str) -> None:
    for grant in grants(stage):
        assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", grant.action), grant
        if grant.resource == "arn:aws:ses:*:*:identity/*":  # the sender is the business's: no name to expect
            assert grant.action == "ses:SendEmail"
            continue
        assert f"punai-{stage}" in grant.resource, grant
        # A bucket's name ends in account and region, since it is unlike any other in the world.
        named = grant.resource.split(":", 5)[5].replace("-documents-*-*", "-documents")
        assert re.fullmatch(r"[^*]+(?:[/:]\*)?", named), grant
