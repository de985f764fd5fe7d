"""Escalations by e-mail, published to moto's SNS over HTTP and read back from a queue on the topic."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
import pytest

from punai import Escalation, EscalationHandler, Tenant
from punai.builtin import sns
from punai.builtin.service import ServiceError
from punai.builtin.sns import MESSAGE_LIMIT, EmailByTopic, register_escalation_handlers, send_email
from punai.models import Line

NOW = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)


class Inbox:
    """What a support person whose address is subscribed would get."""

    def __init__(self, name: str) -> None:
        self._queues = boto3.client("sqs")
        self._queue = self._queues.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:eu-west-1:123456789012:{name}"
        topics = boto3.client("sns")
        self.topic: str = topics.create_topic(Name=name)["TopicArn"]
        topics.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)

    def mails(self) -> list[dict[str, Any]]:
        received = self._queues.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in received.get("Messages", [])]


@pytest.fixture
def inbox(aws: None, moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    sns._client.cache_clear()  # a client of another test's would speak to that test's address
    yield Inbox(f"escalations-{uuid4().hex}")
    sns._client.cache_clear()


def acme(topic: str = "", name: str = "Acme Shop") -> Tenant:
    return Tenant(id="acme", name=name, settings={"sns_email": {"topic_arn": topic}} if topic else {})


def escalation(**fields: Any) -> Escalation:
    usual: dict[str, Any] = {
        "id": "esc_1",
        "conversation_id": "c-7",
        "user_id": "jo",
        "reason": "person_requested",
        "intent": "order_status",
        "at": NOW,
        "summary": "where is my order / let me talk to a human",
        "link": "https://desk.example/c-7",
        "transcript": (
            Line(role="customer", text="where is my order", at=NOW),
            Line(role="assistant", text="On its way.", at=NOW),
            Line(role="customer", text="let me talk to a human", at=NOW),
        ),
    }
    return Escalation(**{**usual, **fields})


def test_handler_is_registered_as_sns_email() -> None:
    found: dict[str, EscalationHandler] = {}
    register_escalation_handlers(found.__setitem__)
    assert list(found) == ["sns_email"]
    assert isinstance(found["sns_email"], EmailByTopic)


def test_mail_is_one_that_a_support_person_can_act_on(inbox: Inbox) -> None:
    given = escalation(name="Jo Bloggs", email="jo@example.com", note="Gift, please hurry.")
    reference = send_email(given, acme(inbox.topic))
    [mail] = inbox.mails()
    assert mail["MessageId"] == reference
    assert mail["Subject"] == "[Acme Shop] person requested: jo"
    assert mail["Message"] == (
        "A customer of Acme Shop needs a human.\n\n"
        "Customer: Jo Bloggs\nE-mail: jo@example.com\nUser id: jo\n"
        "Why: person requested\nAbout: order_status\nSince: 2026-01-31 12:05 UTC\n"
        "Open it: https://desk.example/c-7\nConversation: c-7\nEscalation: esc_1\n\n"
        "In short: where is my order / let me talk to a human\n\n"
        "The conversation:\n"
        "[12:05] customer: where is my order\n[12:05] assistant: On its way.\n"
        "[12:05] customer: let me talk to a human\n\n"
        "What came with the request:\nGift, please hurry.\n"
    )


def test_mail_leaves_out_what_is_not_known(inbox: Inbox) -> None:
    send_email(escalation(link=None, transcript=(), summary=""), acme(inbox.topic))
    [mail] = inbox.mails()
    for label in ("E-mail:", "Open it:", "What came with"):
        assert label not in mail["Message"]
    assert "Customer: jo\n" in mail["Message"]


@pytest.mark.parametrize(
    ("user_id", "name"),
    [
        ("jo\nBcc: all@example.com", "Acme"),
        ("日本語", "Café"),
        ("x" * 128, "Acme"),
        ("👍", "a\u2028b"),
        ("\x00\x1b", "A"),
    ],
)
def test_subject_is_one_line_that_sns_takes(inbox: Inbox, user_id: str, name: str) -> None:
    send_email(escalation(user_id=user_id), acme(inbox.topic, name))
    [mail] = inbox.mails()
    assert mail["Subject"].isascii()
    assert mail["Subject"].isprintable()
    assert 0 < len(mail["Subject"]) <= 100
    [named] = [line for line in mail["Message"].splitlines() if line.startswith("User id: ")]
    assert (
        named.removeprefix("User id: ").split()[:1] == user_id.replace("\x00\x1b", "\ufffd\ufffd").split()[:1]
    )
    assert not any(line.startswith("Bcc:") for line in mail["Message"].splitlines())


@pytest.mark.parametrize("letter", ["x", "é", "語", "👍"])
def test_longest_conversation_fits_whatever_its_letters(inbox: Inbox, letter: str) -> None:
    said = tuple(Line(role="customer", text=letter * 4000, at=NOW) for _ in range(40))
    send_email(escalation(transcript=said, note="the end"), acme(inbox.topic))
    [mail] = inbox.mails()
    assert len(mail["Message"].encode()) <= MESSAGE_LIMIT
    assert mail["Message"].count(letter * 4000) >= (40 if letter == "x" else 15)
    assert "In short: " in mail["Message"]


def test_topic_may_be_a_reference(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC", inbox.topic)
    send_email(escalation(), acme("env:TOPIC"))
    assert len(inbox.mails()) == 1


def test_topic_of_another_region_is_reached_there(inbox: Inbox) -> None:
    with pytest.raises(
        ServiceError, match="SNS knows no such topic"
    ):  # the topic is not there, and that is said by the region it names
        send_email(escalation(), acme(inbox.topic.replace("eu-west-1", "us-east-2")))
    assert sns._client("us-east-2").meta.region_name == "us-east-2"
    assert inbox.mails() == []


@pytest.mark.parametrize(
    "topic", ["arn:aws:sns:eu-west-1:123456789012:nowhere", "escalations", "arn:aws:sns"]
)
@pytest.mark.usefixtures("inbox")
def test_topic_that_is_not_there_is_an_error(topic: str) -> None:
    with pytest.raises(
        ServiceError, match=r"^SNS (knows no such topic|does not take topic_arn|refuses it with|cannot be)"
    ):
        send_email(escalation(), acme(topic))


def test_topic_that_is_not_set_is_asked_for() -> None:
    with pytest.raises(LookupError, match=r"set topic_arn under \[settings.sns_email\] in the business.toml"):
        send_email(escalation(), acme())


@pytest.mark.usefixtures("inbox")
def test_sns_out_of_reach_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ServiceError, match=r"cannot be reached \(EndpointConnectionError\): check region"):
        send_email(escalation(), acme("arn:aws:sns:eu-west-1:123456789012:escalations"))


def test_a_topic_with_a_subscriber_is_fine(inbox: Inbox) -> None:
    assert EmailByTopic().check(acme(inbox.topic)) == f"1 subscribed to {inbox.topic.split(':')[-1]}"


def test_a_topic_that_reaches_nobody_is_told(inbox: Inbox) -> None:
    topics = boto3.client("sns")
    [subscription] = topics.list_subscriptions_by_topic(TopicArn=inbox.topic)["Subscriptions"]
    topics.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    with pytest.raises(LookupError, match=r"no address gets the e-mails of arn:.*: subscribe one"):
        EmailByTopic().check(acme(inbox.topic))


@pytest.mark.parametrize(
    ("topic", "why"),
    [
        (
            "arn:aws:sns:eu-west-1:123456789012:gone",
            "arn:.*: SNS knows no such topic; punai provision makes it",
        ),
        ("", r"set topic_arn under \[settings.sns_email\]"),
    ],
)
def test_a_topic_that_is_not_there_is_told(inbox: Inbox, topic: str, why: str) -> None:
    with pytest.raises(LookupError, match=why):
        EmailByTopic().check(acme(topic))


def test_sns_out_of_reach_is_told(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    sns._client.cache_clear()
    with pytest.raises(LookupError, match=r"cannot be reached \(EndpointConnectionError\): check region"):
        EmailByTopic().check(acme(inbox.topic))
