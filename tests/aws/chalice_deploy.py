"""`punai provision` and `chalice deploy` in a copy of the project, against moto, and what they made there."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from boto3.session import Session

from tests.aws.lambda_process import REGION
from tests.aws.proxy import Answer, Cut, Proxy, Request, with_body
from tests.aws.stage import NOBODY

SECONDS = 300
STAGE = "dev"


class Deployment:
    """A copy of the project, and an account of its own to deploy it to."""

    def __init__(self, project: Path, aws: Proxy, account: str) -> None:
        self.project, self.account, self._aws = project, account, aws
        self._killing: tuple[str, subprocess.Popen[str]] | None = None
        self.calls: list[str] = []
        """What the last command asked of AWS."""

    @property
    def address(self) -> str:
        """Where AWS is."""
        return self._aws.address

    def twin(self, project: Path, account: str) -> "Deployment":
        """The same project for another account, with the zip that was built for it; nothing is deployed."""
        shutil.copytree(self.project, project, symlinks=True, ignore=shutil.ignore_patterns("deployed"))
        for settings in (project / ".chalice").glob("*.json"):
            settings.write_text(settings.read_text().replace(self.account, account))
        return Deployment(project, self._aws, account)

    def deploy(self, *, kill_at: str = "") -> str:
        """`chalice deploy`: what it said. It is killed when AWS has done the call `kill_at`, if any.

        Raises:
            RuntimeError: it failed, or was not killed.
        """
        chalice = str(Path(sys.executable).with_name("chalice"))
        said = self._run([chalice, "deploy", "--stage", STAGE], kill_at)
        if "Could not" in said:  # put a dependency into the zip: Chalice exits with 0
            raise RuntimeError(said)
        return said

    def provision(self, *options: str) -> str:
        """`punai provision`: what it said.

        Raises:
            RuntimeError: it failed.
        """
        return self._run([sys.executable, "-m", "punai", "provision", "--stage", STAGE, "--yes", *options])

    def client(self, service: str) -> Any:
        """A client in this account, until another deployment uses the proxy."""
        # moto's own way to several accounts is by header; the proxy adds it.
        self._aws.look = self._look
        return Session("nobody", "nothing", region_name=REGION).client(
            service, endpoint_url=self._aws.address
        )

    def _run(self, command: list[str], kill_at: str = "") -> str:
        self._aws.look = self._look
        self._aws.calls.clear()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PUNAI_"))}
        settings = {"AWS_ENDPOINT_URL": self._aws.address, "PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen(
            command,
            cwd=self.project,
            env=kept | NOBODY | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            self._killing = (kill_at, process) if kill_at else None
            said, _ = process.communicate(timeout=SECONDS)
        self.calls = list(self._aws.calls)
        if bool(process.returncode) != bool(kill_at):
            raise RuntimeError(f"{command} ended with {process.returncode}:\n{said}")
        return said

    def state(self) -> dict[str, Any]:
        """What is in the account now, without what differs from one account to the next."""
        iam, rules = self.client("iam"), self.client("events")
        roles = {role["RoleName"]: role for role in iam.list_roles()["Roles"]}
        functions = {
            each["FunctionName"]: each for each in self.client("lambda").list_functions()["Functions"]
        }
        return self._anonymous(
            {
                "roles": {
                    name: [
                        role["AssumeRolePolicyDocument"],
                        {
                            policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
                        },
                    ]
                    for name, role in roles.items()
                },
                "functions": {
                    name: {
                        **{key: each[key] for key in ("Handler", "MemorySize", "Role", "Runtime", "Timeout")},
                        "Environment": each["Environment"]["Variables"],
                        "invoked by": self._invokers(name),
                    }
                    for name, each in functions.items()
                },
                "rules": {
                    rule["Name"]: [
                        rule["ScheduleExpression"],
                        [each["Arn"] for each in rules.list_targets_by_rule(Rule=rule["Name"])["Targets"]],
                    ]
                    for rule in rules.list_rules()["Rules"]
                },
                "addresses": self._addresses(),
            }
        )

    def code(self) -> dict[str, str]:
        """The digest of each function's zip."""
        functions = self.client("lambda").list_functions()["Functions"]
        return {each["FunctionName"]: each["CodeSha256"] for each in functions}

    def _addresses(self) -> dict[str, Any]:
        """Methods by path, of every API that has an address."""
        apis = self.client("apigateway")
        return {
            f"https://{api['id']}/{stage['stageName']}": {
                resource["path"]: sorted(resource.get("resourceMethods", {}))
                for resource in apis.get_resources(restApiId=api["id"])["items"]
            }
            for api in apis.get_rest_apis()["items"]
            for stage in apis.get_stages(restApiId=api["id"])["item"]
        }

    def _invokers(self, function: str) -> list[str]:
        """Who may invoke a function, but for APIs without an address."""
        functions = self.client("lambda")
        try:
            policy = json.loads(functions.get_policy(FunctionName=function)["Policy"])
        except functions.exceptions.ResourceNotFoundException:
            return []
        sources = [
            source
            for statement in policy["Statement"]
            for condition in statement["Condition"].values()
            for key, source in condition.items()
            if key.lower() == "aws:sourcearn"
        ]
        return [source for source in sources if "execute-api" not in source or self._api in source]

    @property
    def _api(self) -> str:
        """The id of the API that Chalice takes for the stage's."""
        recorded = json.loads((self.project / f".chalice/deployed/{STAGE}.json").read_text())["resources"]
        [api] = [each["rest_api_id"] for each in recorded if each["resource_type"] == "rest_api"]
        return str(api)

    def _anonymous(self, state: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            json.dumps(state).replace(self.account, "ACCOUNT").replace(self._api, "API")
        )
        return found

    def _look(self, request: Request) -> Request | Answer:
        headers = {**request.headers, "x-moto-account-id": self.account}
        request = as_openapi_3(replace(request, headers=headers))
        if self._killing and re.fullmatch(self._killing[0], request.name):
            self._aws.pass_on(request)
            self._killing[1].kill()
            raise Cut
        return request


def as_openapi_3(request: Request) -> Request:
    """A request with what moto takes, where Chalice sent Swagger 2.0; any other as it is."""
    if not re.fullmatch(r"apigateway:(POST /restapis|PUT /restapis/\w+)", request.name):
        return request
    swagger: Mapping[str, Any] = json.loads(request.body)
    assert swagger["swagger"] == "2.0"
    paths = {
        path: {method: {"responses": {}, **operation} for method, operation in operations.items()}
        for path, operations in swagger["paths"].items()
    }
    info = {"description": "", **swagger["info"]}
    return with_body(request, {"openapi": "3.0.1", "info": info, "paths": paths})
