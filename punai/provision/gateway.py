"""Limits at API Gateway: how many requests a second reach the functions, and what the others are told.

The gateway itself takes bodies of up to 10 MB, which cannot be set; the function refuses those over 128 KB.
A model of the body at the gateway would count the characters of fields instead of bytes, refuse what the
function takes (it trims), and say less.
"""

import json
from typing import Any

from punai.provision.aws import Account, code_of
from punai.provision.names import APP, Names
from punai.provision.project import Project

RATE = 50
"""Requests a second that a stage takes for long."""
BURST = 100
"""Requests that it takes at once."""
REFUSALS = {
    "THROTTLED": (429, "Too many requests: try again in a moment."),
    "INVALID_API_KEY": (403, "The header X-Api-Key holds no key that is valid here."),
    "REQUEST_TOO_LARGE": (413, "The body is too large."),
    "INTEGRATION_TIMEOUT": (503, "This took too long: send it again with the same message_id."),
    "INTEGRATION_FAILURE": (503, "This did not work: send it again with the same message_id."),
}
"""What the gateway itself answers, as status and detail, by API Gateway's names."""
TITLES = {403: "Forbidden", 413: "Content Too Large", 429: "Too Many Requests", 503: "Service Unavailable"}


def deployed_api(account: Account, project: Project, stage: str) -> str | None:
    """The id of the API that `chalice deploy` made for the stage, by Chalice's record or else by its name."""
    client, api_stage = account.client("apigateway"), project.api_stage(stage)
    recorded = project.deployed_api(stage)
    if recorded and _has_stage(client, recorded, api_stage):
        return recorded
    for page in client.get_paginator("get_rest_apis").paginate():
        for api in page["items"]:
            if api["name"] == APP and _has_stage(client, api["id"], api_stage):
                return str(api["id"])
    return None


def limit(account: Account, api: str, api_stage: str) -> None:
    """Limit how much an API that is deployed takes."""
    changes = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": str(value)}
        for name, value in (("rateLimit", RATE), ("burstLimit", BURST))
    ]
    account.client("apigateway").update_stage(restApiId=api, stageName=api_stage, patchOperations=changes)


def _has_stage(client: Any, api: str, api_stage: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        client.get_stage(restApiId=api, stageName=api_stage)
    except ClientError as error:
        if code_of(error) == "NotFoundException":
            return False
        raise
    return True


def key(names: Names, api: Any, api_stage: Any) -> dict[str, Any]:
    """A key and the plan that it counts in, for an API whose routes want one (`PUNAI_REQUIRE_API_KEY`)."""
    plan = {
        "UsagePlanName": names.prefix,
        "ApiStages": [{"ApiId": api, "Stage": api_stage}],
        "Throttle": {"RateLimit": RATE, "BurstLimit": BURST},
    }
    belongs = {"KeyId": {"Ref": "Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "KeyPlan"}}
    named = {"Name": names.prefix, "Enabled": True}
    return {
        "Key": {"Type": "AWS::ApiGateway::ApiKey", "Properties": named},
        "KeyPlan": {"Type": "AWS::ApiGateway::UsagePlan", "Properties": plan},
        "KeyInPlan": {"Type": "AWS::ApiGateway::UsagePlanKey", "Properties": belongs},
    }


def sam_properties(origin: str = "") -> dict[str, Any]:
    """The same limits for an `AWS::Serverless::Api`, and refusals as problems (RFC 9457).

    `origin` is the only site whose browsers may read them; a gateway's header cannot name several.
    """
    everywhere = {"HttpMethod": "*", "ResourcePath": "/*"}
    return {
        "MethodSettings": [{**everywhere, "ThrottlingRateLimit": RATE, "ThrottlingBurstLimit": BURST}],
        "GatewayResponses": {
            name: _refusal(status, detail, origin) for name, (status, detail) in REFUSALS.items()
        },
    }


def _refusal(status: int, detail: str, origin: str) -> dict[str, Any]:
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = "'1'"
    if origin:
        headers["Access-Control-Allow-Origin"] = f"'{origin}'"
    problem = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}
    response = {"StatusCode": status, "ResponseTemplates": {"application/json": json.dumps(problem)}}
    return {**response, "ResponseParameters": {"Headers": headers}} if headers else response
