"""Limits on an API that is deployed, on moto's API Gateway."""

import json
import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest

from punai.provision.aws import Account
from punai.provision.gateway import deployed_api, limit
from punai.provision.project import Project
from tests.provision.conftest import ROOT


@pytest.fixture
def project(aws: None, moto_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Project:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    shutil.copytree(ROOT / ".chalice", tmp_path / ".chalice")
    return Project(tmp_path)


def deploy(name: str, stage: str) -> str:
    """An API with one method, on a stage; its id."""
    client = boto3.client("apigateway")
    api: str = client.create_rest_api(name=name)["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    client.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    client.create_deployment(restApiId=api, stageName=stage)
    return api


def limits(api: str, stage: str) -> Any:
    methods = boto3.client("apigateway").get_stage(restApiId=api, stageName=stage).get("methodSettings", {})
    return {name: (one["throttlingRateLimit"], one["throttlingBurstLimit"]) for name, one in methods.items()}


def record(project: Project, api: str) -> None:
    """What Chalice writes down after a deployment."""
    file = project.folder / "deployed/dev.json"
    file.parent.mkdir()
    resources = [{"name": "rest_api", "resource_type": "rest_api", "rest_api_id": api}]
    file.write_text(json.dumps({"resources": resources, "schema_version": "2.0"}))


def test_before_it_is_deployed_there_is_no_api(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")  # where nobody deploys
    assert deployed_api(Account(), project, "dev") is None


def test_api_is_the_one_that_chalice_recorded(project: Project) -> None:
    api, _ = deploy("renamed", "dev"), deploy("punai", "dev")
    record(project, api)
    assert deployed_api(Account(), project, "dev") == api


def test_without_a_record_it_is_found_by_name_and_stage(project: Project) -> None:
    deploy("punai", "dev")
    deploy("shop", "_prod")
    prod = deploy("punai", "_prod")
    assert deployed_api(Account(), project, "prod") == prod


def test_a_record_of_an_api_that_was_deleted_counts_for_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    record(project, "gone")
    assert deployed_api(Account(), project, "dev") is None


def test_only_that_api_is_limited(project: Project) -> None:
    api, other = deploy("punai", "dev"), deploy("punai", "dev")
    limit(Account(), api, "dev")
    assert (limits(api, "dev"), limits(other, "dev")) == ({"*/*": (50.0, 100)}, {})
