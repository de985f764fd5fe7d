"""Limits at API Gateway: how many requests a second reach the functions, and what the others are told.

The gateway itself takes bodies of up to 10 MB, which cannot be set; the function refuses those over 128 KB.
A model of the body at the gateway would count the characters of fields instead of bytes, refuse what the
function takes (it trims), and say less.
"""

import json
from typing import Any

from punai.provision.aws import Account, code_of
from punai.provision.names import APP
from punai.provision.project import Project

RATE = 50
"""Requests a second that a stage takes for long."""
BURST = 100
"""Requests that it takes at once."""
REFUSALS = {
    "THROTTLED": (429, "Too many requests: try again in a moment."),
    "REQUEST_TOO_LARGE": (413, "The body is too large."),
    "INTEGRATION_TIMEOUT": (503, "This took too long: send it again with the same message_id."),
    "INTEGRATION_FAILURE": (503, "This did not work: send it again with the same message_id."),
}
"""What the gateway itself answers, as status and detail, by API Gateway's names."""
TITLES = {413: "Content Too Large", 429: "Too Many Requests", 503: "Service Unavailable"}


def limit_deployed(account: Account, project: Project, stage: str) -> bool:
    """Set the limits on the API that `chalice deploy` made for the stage; False where there is none."""
    from botocore.exceptions import ClientError

    client = account.client("apigateway")
    api = project.deployed_api(stage) or _api_by_name(client, project.api_stage(stage))
    if api is None:
        return False
    values = {"rateLimit": RATE, "burstLimit": BURST}
    changes = [
        {"op": "replace", "path": f"/*/*/throttling/{name}", "value": str(value)}
        for name, value in values.items()
    ]
    try:
        client.update_stage(restApiId=api, stageName=project.api_stage(stage), patchOperations=changes)
    except ClientError as error:
        if code_of(error) == "NotFoundException":
            return False
        raise
    return True


def _api_by_name(client: Any, api_stage: str) -> str | None:
    """The id of the application's API that has this stage."""
    for page in client.get_paginator("get_rest_apis").paginate():
        for api in page["items"]:
            if api["name"] == APP:
                stages = client.get_stages(restApiId=api["id"])["item"]
                if api_stage in [stage["stageName"] for stage in stages]:
                    return str(api["id"])
    return None


def sam_properties(origin: str = "", *, api_key: bool = False) -> dict[str, Any]:
    """The same limits for an `AWS::Serverless::Api`, and refusals as problems (RFC 9457).

    `origin` is the only site whose browsers may read them; a gateway's header cannot name several.
    `api_key` lets in nobody without the key that is made.
    """
    limits = {"HttpMethod": "*", "ResourcePath": "/*"}
    limits |= {"ThrottlingRateLimit": RATE, "ThrottlingBurstLimit": BURST}  # type: ignore[dict-item]
    properties: dict[str, Any] = {
        "MethodSettings": [limits],
        "GatewayResponses": {
            name: _refusal(status, detail, origin) for name, (status, detail) in REFUSALS.items()
        },
    }
    if api_key:
        plan = {"CreateUsagePlan": "PER_API", "Throttle": {"RateLimit": RATE, "BurstLimit": BURST}}
        properties["Auth"] = {"ApiKeyRequired": True, "UsagePlan": plan}
    return properties


def _refusal(status: int, detail: str, origin: str) -> dict[str, Any]:
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = "'1'"
    if origin:
        headers["Access-Control-Allow-Origin"] = f"'{origin}'"
    problem = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail}
    response = {"StatusCode": status, "ResponseTemplates": {"application/json": json.dumps(problem)}}
    return {**response, "ResponseParameters": {"Headers": headers}} if headers else response
