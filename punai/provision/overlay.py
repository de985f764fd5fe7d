"""What is laid over the SAM template of `chalice package`: the same resources, in the functions' stack."""

import json
from collections.abc import Mapping
from typing import Any

from punai.provision import gateway
from punai.provision.names import ANYWHERE, FUNCTIONS, Names
from punai.provision.project import Project
from punai.provision.template import log_group_id, sub, template


def overlay(project: Project, stage: str, sam: dict[str, Any]) -> dict[str, Any]:
    """The template to merge into the one that Chalice wrote, for the functions in it.

    The functions get their names, so that permissions, alarms and logs can say them; their settings; and
    permissions for the account and region that the stack is deployed to.
    """
    names = Names(stage)
    functions = {
        resource["Properties"]["Handler"].rpartition(".")[2]: logical_id
        for logical_id, resource in sam["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    roles = [name for name, found in sam["Resources"].items() if found["Type"] == "AWS::IAM::Role"]
    called = {name: {"Ref": logical_id} for name, logical_id in functions.items()}
    whole = template(names, project.api_stage(stage), functions=called)
    whole["Resources"] |= {
        **{logical_id: _function(names, name) for name, logical_id in functions.items()},
        **{role: {"Properties": {"Policies": [_policy(project, names)]}} for role in roles},
    }
    if "RestAPI" in sam["Resources"]:
        origin = only_origin(project.environment(stage).get("PUNAI_CORS", ""))
        whole["Resources"]["RestAPI"] = {"Properties": gateway.sam_properties(origin)}
        if project.requires_key(stage):
            whole["Resources"] |= gateway.key(names, {"Ref": "RestAPI"}, {"Ref": "RestAPI.Stage"})
    return whole


def _function(names: Names, name: str) -> dict[str, Any]:
    variables = _filled_in(names.settings(ANYWHERE))
    named = {
        "Properties": {"FunctionName": names.function(name), "Environment": {"Variables": variables}},
    }
    # The group of its logs first: its role may write into one, and not make it.
    return {"DependsOn": [log_group_id(name)], **named} if name in FUNCTIONS else named


def _policy(project: Project, names: Names) -> dict[str, Any]:
    document = json.loads(project.policy(names.stage, ANYWHERE), object_hook=_filled_in)
    return {"PolicyName": names.prefix, "PolicyDocument": document}


def _filled_in(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same, with account, region and partition for CloudFormation to fill in."""
    return {key: _text_filled_in(value) for key, value in values.items()}


def _text_filled_in(value: Any) -> Any:
    if isinstance(value, list):
        return [_text_filled_in(item) for item in value]
    return sub(value) if isinstance(value, str) and "${" in value else value


def only_origin(origins: str) -> str:
    """The origin in a list of one, separated by commas or spaces; nothing where there are several."""
    found = origins.replace(",", " ").split()
    return found[0] if len(found) == 1 else ""
