"""Secrets by reference, from the environment and from moto's AWS."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from punai import secrets
from punai.bootstrap import open_desk
from punai.ports import ConfigurationError
from punai.secrets import resolve, resolve_environment


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    secrets._from_aws.cache_clear()
    yield
    secrets._from_aws.cache_clear()


@pytest.fixture
def ssm(aws: None, moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    return boto3.client("ssm")


@pytest.fixture
def secrets_manager(ssm: Any) -> Any:
    return boto3.client("secretsmanager")


@pytest.mark.parametrize(
    "value", ["", "plain", "https://example.com/x:y", "ENV:HOME", "environment:HOME", ":", "postgres://u@h/d"]
)
def test_anything_but_a_reference_is_the_value_itself(value: str) -> None:
    assert resolve(value) == value


def test_environment_is_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", "one:two")
    assert resolve("env:SLACK_URL") == "one:two"
    monkeypatch.setenv("SLACK_URL", "")
    assert resolve("env:SLACK_URL") == ""


@pytest.mark.parametrize("name", ["NEVER_SET_ANYWHERE", ""])
def test_variable_that_is_not_set_is_named(name: str) -> None:
    with pytest.raises(LookupError, match=f"the environment variable {name} is not set"):
        resolve(f"env:{name}")


def test_parameter_is_decrypted(ssm: Any) -> None:
    ssm.put_parameter(Name="/punai/slack", Value="s3cret", Type="SecureString")
    assert resolve("ssm:/punai/slack") == "s3cret"


def test_secret_is_read_from_secrets_manager(secrets_manager: Any) -> None:
    secrets_manager.create_secret(Name="punai/crm", SecretString="s3cret:with:colons")
    assert resolve("secretsmanager:punai/crm") == "s3cret:with:colons"


def test_aws_is_asked_once_per_process(ssm: Any) -> None:
    ssm.put_parameter(Name="/punai/once", Value="first", Type="String")
    assert resolve("ssm:/punai/once") == "first"
    ssm.put_parameter(Name="/punai/once", Value="second", Type="String", Overwrite=True)
    assert resolve("ssm:/punai/once") == "first"


def test_failure_is_not_remembered(ssm: Any) -> None:
    with pytest.raises(LookupError):
        resolve("ssm:/punai/late")
    ssm.put_parameter(Name="/punai/late", Value="here now", Type="String")
    assert resolve("ssm:/punai/late") == "here now"


@pytest.mark.parametrize("reference", ["ssm:/punai/nowhere", "secretsmanager:punai/nowhere", "ssm:"])
@pytest.mark.usefixtures("ssm")
def test_reference_that_leads_nowhere_is_named(reference: str) -> None:
    with pytest.raises(LookupError, match=f"^{reference} could not be read: "):
        resolve(reference)


def test_binary_secret_is_refused_without_being_shown(secrets_manager: Any) -> None:
    secrets_manager.create_secret(Name="punai/binary", SecretBinary=b"s3cret")
    with pytest.raises(LookupError) as refused:
        resolve("secretsmanager:punai/binary")
    assert "s3cret" not in str(refused.value)


@pytest.mark.usefixtures("aws")
def test_aws_out_of_reach_is_a_lookup_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(LookupError, match="ssm:/punai/slack could not be read: EndpointConnectionError"):
        resolve("ssm:/punai/slack")


@pytest.mark.usefixtures("aws")
def test_aws_without_a_region_is_a_lookup_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(LookupError, match="NoRegionError"):
        resolve("ssm:/punai/slack")


def test_secrets_take_the_place_of_their_references_in_the_environment(
    ssm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssm.put_parameter(Name="/punai/model", Value="sk-s3cret", Type="SecureString")
    for name in ("SOME_API_KEY", "SOME_TOKEN", "SOME_ADDRESS"):
        monkeypatch.setenv(name, "ssm:/punai/model")
    resolve_environment()
    resolved = [os.environ[name] for name in ("SOME_API_KEY", "SOME_TOKEN", "SOME_ADDRESS")]
    assert resolved == ["sk-s3cret", "sk-s3cret", "ssm:/punai/model"]


def test_a_variable_whose_secret_is_not_there_is_named(ssm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "ssm:/punai/never")
    with pytest.raises(ConfigurationError, match=r"OPENAI_API_KEY is ssm:/punai/never: .*could not be read"):
        open_desk()
    assert os.environ["OPENAI_API_KEY"] == "ssm:/punai/never"
