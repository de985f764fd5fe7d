"""The template of `make package`: Chalice's, with the same resources laid over it."""

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chalice.package import TemplateDeepMerger
from samtranslator.translator.transform import transform

from punai.provision import gateway
from punai.provision.overlay import only_origin, overlay
from punai.provision.project import Project
from scripts.package import add_resources, copy_project
from tests.provision.conftest import ROOT, complaints
from tests.provision.test_template import costs_at_rest

LOGICAL_IDS = {
    "app": "APIHandler",
    "every_minute": "EveryMinute",
    "outbox": "Outbox",
    "read_documents": "ReadDocuments",
}


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `chalice package` writes; without the packages of requirements.txt, which would take minutes."""
    folder = tmp_path_factory.mktemp("project")
    copy_project(folder)
    (folder / "requirements.txt").write_text("")
    chalice = [str(Path(sys.executable).with_name("chalice")), "package", "--stage", "prod", "build"]
    subprocess.run(
        chalice,
        cwd=folder,
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1", "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
        timeout=120,
    )
    return folder / "build/sam.json"


@pytest.fixture
def sam(packaged: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(packaged, tmp_path / "sam.json"))


@pytest.fixture
def merged(sam: Path) -> dict[str, Any]:
    add_resources(sam, "prod")
    whole: dict[str, Any] = json.loads(sam.read_text())
    return whole


class NoManagedPolicies:
    """Policies of AWS's own, which nothing here asks for."""

    def load(self) -> dict[str, str]:
        return {}


def translated(template: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What AWS makes of the template, once the zip is uploaded."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    whole = copy.deepcopy(template)
    for resource in whole["Resources"].values():
        if "CodeUri" in resource["Properties"]:
            resource["Properties"]["CodeUri"] = "s3://bucket/deployment.zip"
    found: dict[str, Any] = transform(whole, {}, NoManagedPolicies())
    return found


def test_cfn_lint_has_nothing_to_say(merged: dict[str, Any]) -> None:
    assert merged["Transform"] == "AWS::Serverless-2016-10-31"
    assert complaints(merged) == []


def test_aws_translates_it_and_cfn_lint_has_nothing_to_say(
    merged: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = translated(merged, monkeypatch)
    assert "AWS::ApiGateway::Stage" in {resource["Type"] for resource in made["Resources"].values()}
    assert complaints(made) == []


def test_nothing_costs_while_nobody_is_talking(
    merged: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert costs_at_rest(translated(merged, monkeypatch)) == []


def test_functions_are_called_as_everywhere_and_told_where_everything_is(merged: dict[str, Any]) -> None:
    functions = {
        resource["Properties"]["Handler"]: resource["Properties"]
        for resource in merged["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert functions["app.app"]["FunctionName"] == "punai-prod"
    assert functions["app.every_minute"]["FunctionName"] == "punai-prod-every_minute"
    topic = "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:punai-prod-escalations"
    told = {
        "PUNAI_STORE": "dynamodb://punai-prod",
        "PUNAI_TOPIC": {"Fn::Sub": topic},
        "PUNAI_DOCUMENTS": {"Fn::Sub": "s3://punai-prod-documents-${AWS::AccountId}-${AWS::Region}"},
    }
    for function in functions.values():
        assert function["Environment"]["Variables"].items() >= told.items()


def test_functions_are_connected_and_their_logs_are_there_first() -> None:
    functions = {
        logical_id: {"Type": "AWS::Serverless::Function", "Properties": {"Handler": f"app.{name}"}}
        for name, logical_id in {**LOGICAL_IDS, "my_own": "MyOwn"}.items()
    }
    resources = overlay(Project(ROOT), "dev", {"Resources": functions})["Resources"]
    assert resources["OutboxStream"]["Properties"]["FunctionName"] == {"Ref": "Outbox"}
    assert resources["DocumentsPermission"]["Properties"]["FunctionName"] == {"Ref": "ReadDocuments"}
    assert resources["EveryMinuteFailures"]["Properties"]["FunctionName"] == {"Ref": "EveryMinute"}
    for logical_id in LOGICAL_IDS.values():
        [group] = resources[logical_id]["DependsOn"]
        name = resources[logical_id]["Properties"]["FunctionName"]
        assert resources[group]["Properties"]["LogGroupName"] == f"/aws/lambda/{name}"
    assert resources["MyOwn"]["Properties"]["FunctionName"] == "punai-dev-my_own"
    assert "DependsOn" not in resources["MyOwn"]


@pytest.mark.parametrize(
    ("origins", "header"),
    [("https://a.example", "'https://a.example'"), ("https://a.example,https://b.example", None)],
)
def test_only_one_origin_can_read_the_gateways_refusals(origins: str, header: str | None) -> None:
    refusals = gateway.sam_properties(only_origin(origins))["GatewayResponses"]
    headers = refusals["THROTTLED"]["ResponseParameters"]["Headers"]
    assert headers.get("Access-Control-Allow-Origin") == header


def test_permissions_are_for_where_the_stack_is(merged: dict[str, Any]) -> None:
    policies = [
        json.dumps(resource["Properties"]["Policies"])
        for resource in merged["Resources"].values()
        if resource["Type"] == "AWS::IAM::Role"
    ]
    assert len(policies) >= 2
    for policy in policies:
        assert ":*:*:" not in policy
        assert "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/punai-prod" in policy


def test_alarms_watch_the_gateway_that_there_is(merged: dict[str, Any]) -> None:
    api = merged["Resources"]["RestAPI"]["Properties"]
    [metric] = merged["Resources"]["ErrorsAlarm"]["Properties"]["Metrics"]
    assert metric["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "ApiName", "Value": api["DefinitionBody"]["info"]["title"]},
        {"Name": "Stage", "Value": api["StageName"]},
    ]


def test_gateway_is_limited_and_refuses_in_the_same_way_as_punai(
    merged: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = translated(merged, monkeypatch)["Resources"]
    [stage] = [one["Properties"] for one in made.values() if one["Type"] == "AWS::ApiGateway::Stage"]
    [limit] = stage["MethodSettings"]
    assert (limit["ThrottlingRateLimit"], limit["ThrottlingBurstLimit"]) == (50, 100)
    refusals = made["RestAPI"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    for name, status in {"THROTTLED": 429, "REQUEST_TOO_LARGE": 413, "INTEGRATION_TIMEOUT": 503}.items():
        problem = json.loads(refusals[name]["responseTemplates"]["application/json"])
        assert (problem["status"], int(refusals[name]["statusCode"])) == (status, status)
    assert refusals["THROTTLED"]["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"


def test_a_key_is_made_where_one_is_asked_for(
    packaged: Path, merged: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Key" not in merged["Resources"]
    shutil.copytree(ROOT / ".chalice", tmp_path / ".chalice")
    project = Project(tmp_path)
    project.set_environment("prod", {"PUNAI_REQUIRE_API_KEY": "true"})
    sam = json.loads(packaged.read_text())
    whole = TemplateDeepMerger().merge(overlay(project, "prod", sam), sam)
    made = translated(whole, monkeypatch)
    assert complaints(made) == []
    assert costs_at_rest(made) == []
    [plan] = [one for one in made["Resources"].values() if one["Type"] == "AWS::ApiGateway::UsagePlan"]
    [stage] = [name for name, one in made["Resources"].items() if one["Type"] == "AWS::ApiGateway::Stage"]
    assert plan["Properties"]["ApiStages"] == [{"ApiId": {"Ref": "RestAPI"}, "Stage": {"Ref": stage}}]


def test_what_is_laid_over_is_kept_beside_it(sam: Path) -> None:
    add_resources(sam, "prod")
    resources = json.loads(sam.with_name("resources.json").read_text())
    assert resources["Resources"]["Table"]["Properties"]["TableName"] == "punai-prod"
