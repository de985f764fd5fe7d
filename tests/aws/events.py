"""The events that AWS invokes functions with."""

import base64
import json
from datetime import datetime
from typing import Any

from tests.aws.lambda_process import ACCOUNT, REGION


def request(method: str, path: str, body: Any = None, **fields: Any) -> dict[str, Any]:
    """What API Gateway's Lambda proxy integration sends for a request with a JSON body, or without one.

    As in https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html;
    a body that is a string goes as it is.
    """
    headers = {
        "Accept": "*/*",
        "CloudFront-Viewer-Country": "IE",
        "content-type": "application/json",
        "Host": f"x1y2z3.execute-api.{REGION}.amazonaws.com",
        "User-Agent": "Mozilla/5.0",
        "X-Forwarded-For": "192.0.2.1, 198.51.100.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "x1y2z3",
            "domainName": f"x1y2z3.execute-api.{REGION}.amazonaws.com",
            "extendedRequestId": "JKJaXmPLvHcESHA=",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "Mozilla/5.0"},
            "path": f"/dev{path}",
            "protocol": "HTTP/1.1",
            "requestId": "7b1b9a2e-0000-0000-0000-000000000000",
            "requestTimeEpoch": 1769860800000,
            "resourceId": "ab12cd",
            "resourcePath": path,
            "stage": "dev",
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        **fields,
    }


def in_base64(text: str) -> dict[str, Any]:
    """The fields of a request whose body API Gateway took for binary."""
    return {"body": base64.b64encode(text.encode()).decode(), "isBase64Encoded": True}


def tick() -> dict[str, Any]:
    """What an EventBridge rule with a schedule sends."""
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": "2026-01-31T12:00:00Z",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/punai-dev-every_minute-event"],
        "detail": {},
    }


def stream_batch(client: Any, table: str) -> list[dict[str, Any]]:
    """Every record of a table's stream, by a client of `dynamodbstreams`, as Lambda's poller sends them."""
    records: list[dict[str, Any]] = []
    for stream in client.list_streams(TableName=table)["Streams"]:
        arn = stream["StreamArn"]
        for shard in client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            start = client.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            found = client.get_records(ShardIterator=start["ShardIterator"])["Records"]
            records += [{**record, "eventSourceARN": arn} for record in found]
    # Lambda has times as seconds since 1970.
    whole = json.dumps(records, default=lambda moment: datetime.timestamp(moment))
    sent: list[dict[str, Any]] = json.loads(whole)
    return sent
