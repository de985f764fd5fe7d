"""What stands beside the functions in an account of moto's: a table with its stream, a topic, secrets."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from boto3.session import Session

from punai import Escalation
from punai.bootstrap import open_desk
from punai.desk import Desk
from punai.provision.wiring import DELIVERIES
from punai.settings import Settings
from tests.aws.events import stream_batch
from tests.aws.lambda_process import ACCOUNT, REGION

NOBODY = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""Credentials and a region that lead nowhere, whatever this machine has."""

PHONE, TOKEN = "+44 20 7946 0000", "s3cret-pager-token"
PAGER = '''
"""A plugin that keeps its settings in AWS: its reference shows that it got them."""

from punai import hookimpl


def page(escalation, tenant):
    if tenant.setting("pager", "token") != "{token}":
        raise PermissionError("wrong token")
    return "paged " + tenant.setting("pager", "phone")


@hookimpl
def register_escalation_handlers(register):
    register("pager", page)
'''
PAGER_SETTINGS = """
[settings.pager]
phone = "ssm:/{stage}/pager-phone"
token = "secretsmanager:{stage}/pager-token"
"""


class Stage:
    """One stage's resources, and the settings that bring the functions to them."""

    def __init__(self, name: str, address: str, packs: Path) -> None:
        self.name, self.address = name, address
        session = Session("nobody", "nothing", region_name=REGION)
        self._clients = {
            service: session.client(service, endpoint_url=address)
            for service in ("dynamodb", "dynamodbstreams", "secretsmanager", "sns", "sqs", "ssm")
        }
        self.settings = {
            "AWS_ENDPOINT_URL": address,
            "PUNAI_STORE": f"dynamodb://{name}",
            "PUNAI_TOPIC": self._make_topic(),
            "PUNAI_PLUGINS": str(packs),
        }
        self.desk = self._open_desk(packs)
        self._clients["dynamodb"].update_table(
            TableName=name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
        )
        self._clients["ssm"].put_parameter(Name=f"/{name}/pager-phone", Value=PHONE, Type="SecureString")
        self._clients["secretsmanager"].create_secret(Name=f"{name}/pager-token", SecretString=TOKEN)

    def escalation(self, conversation_id: str) -> Escalation:
        """The escalation of a conversation, with its deliveries."""
        every = self.desk.store.escalations(self.desk.tenants["shop"])
        [found] = [each for each in every if each.conversation_id == conversation_id]
        return found

    def deliveries(self, conversation_id: str) -> Mapping[str, tuple[str, str | None]]:
        """How its deliveries stand: status and reference, by handler."""
        found = self.escalation(conversation_id).deliveries
        return {each.handler: (each.status, each.reference) for each in found}

    def mails(self) -> list[dict[str, Any]]:
        """What those who are subscribed to the topic got since this was asked the last time."""
        found: list[dict[str, Any]] = []
        queue, queues = self._queue, self._clients["sqs"]
        while messages := queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                queues.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def new_deliveries(self) -> list[dict[str, Any]]:
        """The records of the table's stream that the filter in front of the function lets pass."""
        records = stream_batch(self._clients["dynamodbstreams"], self.name)
        pattern: dict[str, Any] = DELIVERIES
        [ending] = pattern["dynamodb"]["Keys"]["pk"]["S"]
        return [
            record
            for record in records
            if record["eventName"] in pattern["eventName"]
            and record["dynamodb"]["Keys"]["pk"]["S"].endswith(ending["suffix"])
        ]

    def _make_topic(self) -> str:
        topic: str = self._clients["sns"].create_topic(Name=f"{self.name}-escalations")["TopicArn"]
        self._queue = self._clients["sqs"].create_queue(QueueName=f"{self.name}-inbox")["QueueUrl"]
        inbox = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}-inbox"
        self._clients["sns"].subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox)
        return topic

    def _open_desk(self, packs: Path) -> Desk:
        """A desk of the test's own on the same table, which it makes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        with mock.patch.dict(os.environ, {**kept, **NOBODY, "AWS_ENDPOINT_URL": self.address}, clear=True):
            desk = open_desk(Settings(store=self.settings["PUNAI_STORE"], model="local", plugins=packs))
            desk.store.prepare()  # the client keeps what it found in the environment
        return desk


@contextmanager
def stage(name: str, address: str, sample: Path, folder: Path) -> Iterator[Stage]:
    """A stage whose business is the sample, `sample` with its `plugins`, and tells people in three ways."""
    packs = folder / "plugins"
    shutil.copytree(sample / "plugins", packs)
    pack = packs / "shop" / "business.toml"
    told = pack.read_text(encoding="utf-8")
    assert 'escalate_to = ["log"]' in told
    told = told.replace('escalate_to = ["log"]', 'escalate_to = ["log", "sns_email", "pager"]')
    pack.write_text(told + PAGER_SETTINGS.format(stage=name), encoding="utf-8")
    (packs / "pager.py").write_text(PAGER.format(token=TOKEN), encoding="utf-8")
    made = Stage(name, address, packs)
    yield made
    made.desk.store.close()
