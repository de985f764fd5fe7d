"""Limits on an API that is deployed, on moto's API Gateway."""

import json
import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest

from punai.provision.aws import Account
from punai.provision.gateway import limit_deployed
from punai.provision.project import Project
from tests.builtin import conftest
from tests.provision.conftest import ROOT

aws, moto_server = conftest.aws, conftest.moto_server


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


def test_before_there_is_an_api_nothing_is_limited(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")  # where nobody deploys
    assert not limit_deployed(Account(), project, "dev")


def test_api_that_chalice_recorded_is_limited(project: Project) -> None:
    api, other = deploy("renamed", "dev"), deploy("renamed", "dev")
    record = project.folder / "deployed/dev.json"
    record.parent.mkdir()
    resources = [{"name": "rest_api", "resource_type": "rest_api", "rest_api_id": api}]
    record.write_text(json.dumps({"resources": resources, "schema_version": "2.0"}))
    assert limit_deployed(Account(), project, "dev")
    assert (limits(api, "dev"), limits(other, "dev")) == ({"*/*": (50.0, 100)}, {})


def test_without_a_record_it_is_found_by_name_and_stage(project: Project) -> None:
    dev, prod, other = deploy("punai", "dev"), deploy("punai", "_prod"), deploy("shop", "_prod")
    assert limit_deployed(Account(), project, "prod")
    assert limits(prod, "_prod") == {"*/*": (50.0, 100)}
    assert (limits(dev, "dev"), limits(other, "_prod")) == ({}, {})


def test_an_api_that_was_deleted_is_none(project: Project) -> None:
    record = project.folder / "deployed/dev.json"
    record.parent.mkdir()
    resources = [{"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "gone"}]
    record.write_text(json.dumps({"resources": resources, "schema_version": "2.0"}))
    assert not limit_deployed(Account(), project, "dev")
