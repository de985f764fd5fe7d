"""The files in .chalice/: read strictly, written sparingly."""

import json
import re
import shutil
from pathlib import Path

import pytest

from punai.ports import ConfigurationError
from punai.provision.names import ANYWHERE, Names, Place
from punai.provision.project import Project, localised
from tests.provision.conftest import ROOT

HERE = Place("123456789012", "eu-west-1")
ELSEWHERE = Place("210987654321", "us-gov-west-1", "aws-us-gov")
POLICIES = [("dev", ".chalice/policy-dev.json"), ("prod", ".chalice/policy-prod.json")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / ".chalice", tmp_path / ".chalice")
    return tmp_path


def arns(policy: str) -> list[str]:
    return re.findall(r'"(arn:[^"]+)"', policy)


def test_stages_are_those_of_the_configuration(folder: Path) -> None:
    project = Project(folder)
    assert project.stages == ["dev", "prod"]
    assert (project.api_stage("dev"), project.api_stage("prod")) == ("dev", "_prod")


def test_settings_go_into_one_stage_and_nothing_else_changes(folder: Path) -> None:
    file = folder / ".chalice/config.json"
    file.write_text(file.read_text().replace('"automatic_layer": false', '"automatic_layer":   false'))
    before = file.read_text().splitlines()
    project = Project(folder)
    dev, prod = project.environment("dev"), project.environment("prod")
    assert project.set_environment("dev", Names("dev").settings(HERE)) == [
        "POWERTOOLS_SERVICE_NAME",
        "PUNAI_TOPIC",
        "PUNAI_DOCUMENTS",
    ]
    after = file.read_text().splitlines()
    assert [line for line in before if line not in after] == ['        "PUNAI_STORE": "dynamodb://punai-dev"']
    assert len(after) == len(before) + 3
    assert project.environment("dev") == {
        **dev,
        "POWERTOOLS_SERVICE_NAME": "punai-dev",
        "PUNAI_STORE": "dynamodb://punai-dev",
        "PUNAI_TOPIC": "arn:aws:sns:eu-west-1:123456789012:punai-dev-escalations",
        "PUNAI_DOCUMENTS": "s3://punai-dev-documents-123456789012-eu-west-1",
    }
    assert project.environment("prod") == prod
    assert project.set_environment("dev", Names("dev").settings(HERE)) == []
    assert sorted(path.name for path in file.parent.iterdir()) == sorted(
        path.name for path in (ROOT / ".chalice").iterdir()
    )


def test_ends_of_lines_and_permissions_of_a_file_stay(folder: Path) -> None:
    file = folder / ".chalice/config.json"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    file.chmod(0o640)
    Project(folder).set_environment("dev", {"PUNAI_TOPIC": "x"})
    assert file.read_bytes().count(b"\r\n") == file.read_bytes().count(b"\n")
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("stage", "path"), POLICIES)
def test_a_policy_gets_the_account_and_the_region_it_is_for(folder: Path, stage: str, path: str) -> None:
    project = Project(folder)
    assert project.set_policy(stage, HERE)
    assert not project.set_policy(stage, HERE)
    written = (folder / path).read_text()
    own = [arn for arn in arns(written) if ":s3:::" not in arn]
    assert own
    assert all(arn.split(":")[3:5] == ["eu-west-1", "123456789012"] for arn in own)
    assert f"arn:aws:s3:::punai-{stage}-documents-123456789012-eu-west-1/documents/*" in written
    assert "documents-*" not in written
    assert project.set_policy(stage, ELSEWHERE), "who moves to another account"
    assert all(arn.startswith("arn:aws-us-gov:") for arn in arns((folder / path).read_text()))


@pytest.mark.parametrize(("stage", "path"), POLICIES)
def test_committed_policies_leave_open_only_what_nobody_knows(stage: str, path: str) -> None:
    there = localised((ROOT / path).read_text(), Names(stage), HERE)
    tails = {re.sub(r".*[:/]", "", arn) for arn in arns(there) if "*" in arn}
    assert tails == {"*"}
    # Streams are named by when they were made, log streams and objects as they come, secrets by who keeps
    # them; and which of its addresses sends mail is the business's to say.
    open_ends = {arn.partition(f"punai-{stage}")[2] for arn in arns(there) if "*" in arn}
    bucket = "-documents-123456789012-eu-west-1"
    assert open_ends == {
        "",
        "/stream/*",
        "/*",
        ":*",
        "-every_minute:*",
        "-outbox:*",
        "-read_documents:*",
        f"{bucket}/documents/*",
        f"{bucket}/index/*",
    }
    assert "*" not in "".join(
        action
        for statement in json.loads(there)["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    )


def test_policies_of_the_stages_differ_in_nothing_but_their_names() -> None:
    dev, prod = ((ROOT / path).read_text() for _, path in POLICIES)
    assert dev.replace("punai-dev", "punai-prod") == prod


def test_what_is_not_the_stages_own_is_left_alone() -> None:
    others = '"arn:aws:kms:*:*:key/1" "arn:aws:sns:*:*:punai-develop" "arn:aws:s3:::punai-dev-other"'
    assert localised(others, Names("dev"), HERE) == others


def test_a_policy_for_anywhere_is_filled_in_by_cloudformation() -> None:
    assert (
        localised('"arn:aws:sns:*:*:punai-dev-escalations"', Names("dev"), ANYWHERE)
        == '"arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:punai-dev-escalations"'
    )


def test_api_is_the_one_that_chalice_recorded(folder: Path) -> None:
    assert Project(folder).deployed_api("dev") is None
    record = folder / ".chalice/deployed/dev.json"
    record.parent.mkdir()
    resources = [
        {"name": "outbox", "resource_type": "lambda_function", "lambda_arn": "arn:..."},
        {"name": "rest_api", "resource_type": "rest_api", "rest_api_id": "abc123"},
    ]
    record.write_text(json.dumps({"resources": resources, "schema_version": "2.0"}))
    assert Project(folder).deployed_api("dev") == "abc123"


def test_elsewhere_than_in_a_project_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"config\.json is not there: run this in the"):
        Project(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no JSON"),
        ("[]", "holds no JSON object"),
        ('{"app_name": "shop"}', "app_name is 'shop'; it has to be 'punai'"),
    ],
)
def test_a_wrong_configuration_is_told(folder: Path, text: str, words: str) -> None:
    (folder / ".chalice/config.json").write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        Project(folder)
