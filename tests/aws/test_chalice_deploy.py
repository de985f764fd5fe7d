"""`chalice deploy` makes what it says, makes nothing twice, and can be interrupted and run again.

moto keeps functions and APIs without running them; that the code runs is shown with the unpacked zip.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import app as entry
from punai.web import PARTS
from tests.aws.chalice_deploy import STAGE, Deployment
from tests.aws.lambda_process import PYTHON
from tests.aws.package import ROOT
from tests.aws.proxy import proxy

CONFIG = json.loads((ROOT / ".chalice/config.json").read_text())
FUNCTIONS = {"punai-dev" if name == "app" else f"punai-dev-{name}": f"app.{name}" for name in entry.__all__}
"""Handlers by the names that functions have in AWS."""


@pytest.fixture(scope="module")
def account(
    moto_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Deployment]]:
    """Gives copies of the project, each with an account of the number given."""
    with proxy(moto_server) as between:
        yield lambda number: Deployment(tmp_path_factory.mktemp("project"), between, number)


@pytest.fixture(scope="module")
def deployed(account: Callable[[str], Deployment]) -> Deployment:
    """Deployed for the first time."""
    deployment = account("111111111111")
    deployment.run()
    return deployment


def configured(function: str, key: str) -> Any:
    """A value of config.json, the most particular that there is for a function."""
    stage = CONFIG["stages"][STAGE]
    name = FUNCTIONS[function].removeprefix("app.")
    shared, own = (part.get("lambda_functions", {}).get(name, {}) for part in (CONFIG, stage))
    return {**CONFIG, **shared, **stage, **own}[key]


def test_every_function_is_there_as_configured(deployed: Deployment) -> None:
    found = deployed.state()["functions"]
    assert {name: each["Handler"] for name, each in found.items()} == FUNCTIONS
    for name, each in found.items():
        assert each["Runtime"] == PYTHON
        assert each["MemorySize"] == configured(name, "lambda_memory_size")
        assert each["Timeout"] == configured(name, "lambda_timeout")
        assert each["Environment"].items() >= configured(name, "environment_variables").items()


def test_every_function_may_do_what_the_policy_says_and_no_more(deployed: Deployment) -> None:
    policy = json.loads((ROOT / ".chalice" / CONFIG["stages"][STAGE]["iam_policy_file"]).read_text())
    state = deployed.state()
    for function in state["functions"].values():
        _, policies = state["roles"][function["Role"].rpartition("/")[2]]
        assert list(policies.values()) == [policy]


def test_schedule_invokes_its_function_every_minute(deployed: Deployment) -> None:
    state = deployed.state()
    [(expression, targets)] = state["rules"].values()
    assert (expression, [target.rpartition(":")[2] for target in targets]) == (
        "rate(1 minute)",
        ["punai-dev-every_minute"],
    )
    [invoker] = state["functions"]["punai-dev-every_minute"]["invoked by"]
    assert invoker.startswith("arn:aws:events:")


def test_every_route_is_at_the_address(deployed: Deployment) -> None:
    [(address, paths)] = deployed.state()["addresses"].items()
    assert address == f"https://API/{CONFIG['stages'][STAGE]['api_gateway_stage']}"
    routes = {(each.method, each.path) for part in PARTS for each in part.operations}
    assert {(method, path) for path, methods in paths.items() for method in methods} == routes


def test_second_deploy_updates_the_code_and_makes_nothing_twice(deployed: Deployment) -> None:
    before, code = deployed.state(), deployed.code()
    pack = deployed.project / "plugins/shop/business.toml"
    pack.write_text(pack.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    deployed.run()
    assert deployed.state() == before
    assert set(deployed.code().values()).isdisjoint(code.values())
    assert [call for call in deployed.calls if re.search("Create|POST .*/(functions|restapis)$", call)] == []


def test_interrupted_deploy_is_finished_by_the_next(
    account: Callable[[str], Deployment], deployed: Deployment
) -> None:
    """Killed again and again, each time later, when AWS has done what Chalice then never hears of."""
    undisturbed = deployed.state()
    deployment = account("222222222222")
    # The zip is as good as the one that was built for the other copy, which is quicker.
    shutil.copytree(deployed.project / ".chalice/deployments", deployment.project / ".chalice/deployments")
    for call in (
        "iam:CreateRole",
        "lambda:POST .*/functions",
        "events:PutRule",
        "apigateway:POST /restapis",
    ):
        deployment.run(kill_at=call)
        assert not (deployment.project / f".chalice/deployed/{STAGE}.json").exists()
    deployment.run()
    assert deployment.state() == undisturbed
