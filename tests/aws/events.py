"""The events that AWS invokes functions with."""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

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


def uploads(*keys: str) -> dict[str, Any]:
    """What S3 sends when objects with these keys were put into a bucket.

    As in https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html: keys are
    written as in a URL's query.
    """
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": REGION,
                "eventTime": "2026-01-31T12:00:00.000Z",
                "eventName": "ObjectCreated:Put",
                "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
                "requestParameters": {"sourceIPAddress": "192.0.2.1"},
                "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810"},
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "documents",
                    "bucket": {
                        "name": "punai-dev-documents",
                        "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                        "arn": "arn:aws:s3:::punai-dev-documents",
                    },
                    "object": {
                        "key": quote_plus(key, safe="/"),
                        "size": 42,
                        "eTag": "0123456789abcdef0123456789abcdef",
                        "sequencer": "0055AED6DCD90281E5",
                    },
                },
            }
            for key in keys
        ]
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
