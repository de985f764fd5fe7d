"""`chalice deploy` makes what it says, makes nothing twice, and can be interrupted and run again.

moto keeps functions and APIs without running them; that the code runs is shown with the unpacked zip.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import app as entry
from punai.provision.names import Names, Place
from scripts.package import copy_project
from tests.aws.chalice_deploy import STAGE, Deployment
from tests.aws.events import stream_batch
from tests.aws.lambda_process import PYTHON, REGION, Function, running
from tests.aws.package import ROOT, unpack
from tests.aws.proxy import proxy
from tests.aws.test_web import say
from tests.faults.servers import moto

CONFIG = json.loads((ROOT / ".chalice/config.json").read_text())
FUNCTIONS = {"punai-dev" if name == "app" else f"punai-dev-{name}": f"app.{name}" for name in entry.__all__}
"""Handlers by the names that functions have in AWS."""
SETTINGS = Names(STAGE).settings(Place("ACCOUNT", REGION))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A business that sends e-mails, deployed for the first time."""
    project = tmp_path_factory.mktemp("projects") / "first"
    project.mkdir()
    copy_project(project)
    pack = project / "plugins/shop/business.toml"
    told = pack.read_text(encoding="utf-8")
    pack.write_text(told.replace('escalate_to = ["log"]', 'escalate_to = ["log", "sns_email"]'), "utf-8")
    # In a process of its own: what it warns of is not this project's affair.
    with moto(project.parent / "moto.log") as server, proxy(server) as between:
        deployment = Deployment(project, between, "111111111111")
        deployment.provision("--email", "support@example.com")
        deployment.deploy()
        yield deployment


@pytest.fixture(scope="module")
def undisturbed(deployed: Deployment) -> dict[str, Any]:
    """What there is after the first deploy."""
    return deployed.state()


def configured(function: str, key: str) -> Any:
    """A value of config.json, the most particular that there is for a function."""
    stage = CONFIG["stages"][STAGE]
    name = FUNCTIONS[function].removeprefix("app.")
    shared, own = (part.get("lambda_functions", {}).get(name, {}) for part in (CONFIG, stage))
    return {**CONFIG, **shared, **stage, **own}[key]


def test_every_function_is_there_as_configured(undisturbed: dict[str, Any]) -> None:
    found = undisturbed["functions"]
    assert {name: each["Handler"] for name, each in found.items()} == FUNCTIONS
    for name, each in found.items():
        assert each["Runtime"] == PYTHON
        assert each["MemorySize"] == configured(name, "lambda_memory_size")
        assert each["Timeout"] == configured(name, "lambda_timeout")
        assert each["Environment"] == SETTINGS


def test_every_function_may_do_what_the_policy_says_and_no_more(
    deployed: Deployment, undisturbed: dict[str, Any]
) -> None:
    policy = (deployed.project / ".chalice" / CONFIG["stages"][STAGE]["iam_policy_file"]).read_text()
    for function in undisturbed["functions"].values():
        _, policies = undisturbed["roles"][function["Role"].rpartition("/")[2]]
        assert list(policies.values()) == [json.loads(policy.replace(deployed.account, "ACCOUNT"))]


def test_schedule_invokes_its_function_every_minute(undisturbed: dict[str, Any]) -> None:
    [(expression, targets)] = undisturbed["rules"].values()
    assert (expression, [target.rpartition(":")[2] for target in targets]) == (
        "rate(1 minute)",
        ["punai-dev-every_minute"],
    )
    [invoker] = undisturbed["functions"]["punai-dev-every_minute"]["invoked by"]
    assert invoker.startswith("arn:aws:events:")


def test_every_route_is_at_the_address(undisturbed: dict[str, Any]) -> None:
    [(address, paths)] = undisturbed["addresses"].items()
    assert address == f"https://API/{CONFIG['stages'][STAGE]['api_gateway_stage']}"
    routes = {(method, path) for path, methods in entry.app.routes.items() for method in methods}
    assert {(method, path) for path, methods in paths.items() for method in methods} == routes


def test_second_deploy_updates_the_code_and_makes_nothing_twice(deployed: Deployment) -> None:
    before, code = deployed.state(), deployed.code()
    pack = deployed.project / "plugins/shop/business.toml"
    pack.write_text(pack.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    deployed.deploy()
    assert deployed.state() == before
    assert set(deployed.code().values()).isdisjoint(code.values())
    assert [call for call in deployed.calls if re.search("Create|POST .*/(functions|restapis)$", call)] == []


def test_interrupted_deploy_is_finished_by_the_next(
    deployed: Deployment, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """Killed again and again, each time later, when AWS has done what Chalice then never hears of."""
    deployment = deployed.twin(tmp_path / "twin", "222222222222")
    for call in (
        "iam:CreateRole",
        "lambda:POST .*/functions",
        "events:PutRule",
        "apigateway:POST /restapis",
    ):
        deployment.deploy(kill_at=call)
        assert not (deployment.project / f".chalice/deployed/{STAGE}.json").exists()
    deployment.deploy()
    assert deployment.state() == undisturbed


def test_what_was_deployed_brings_an_escalation_to_an_inbox(
    deployed: Deployment, runtime: Path, tmp_path: Path
) -> None:
    """To the end of the way: functions with the zip and the settings that Lambda was given."""
    functions, code = deployed.client("lambda"), deployed.code()["punai-dev"]
    zips = {digest(path): path for path in (deployed.project / ".chalice/deployments").glob("*.zip")}
    task = unpack(zips[code], tmp_path / "task")

    def start(name: str) -> AbstractContextManager[Function]:
        found = functions.get_function_configuration(FunctionName=name)
        settings = found["Environment"]["Variables"] | {"AWS_ENDPOINT_URL": deployed.address}
        return running(task, runtime, found["Handler"], settings)

    inbox = subscribed(deployed)
    with start("punai-dev") as web:
        assert say(web, "I want to talk to a person", user_id="jo")["escalation"]
    # Read before the stream is connected: what comes after that, moto takes away to run it in a container.
    records = stream_batch(deployed.client("dynamodbstreams"), "punai-dev")
    assert "Everything is connected" in deployed.provision()
    [mapping] = functions.list_event_source_mappings()["EventSourceMappings"]
    assert {record["eventSourceARN"] for record in records} == {mapping["EventSourceArn"]}
    with start(mapping["FunctionArn"].rpartition(":")[2]) as woken:
        assert woken.invoke({"Records": records}) == {"batchItemFailures": []}
    [mail] = inbox()
    assert mail["Subject"] == "[Brindlecup] person requested: jo"


def digest(path: Path) -> str:
    """As Lambda has it of a function's code."""
    return base64.b64encode(sha256(path.read_bytes()).digest()).decode()


def subscribed(deployed: Deployment) -> Callable[[], list[Any]]:
    """A queue in the place of somebody's inbox, which hears of the stage's topic: asks what has come."""
    queues, topics = deployed.client("sqs"), deployed.client("sns")
    queue = queues.create_queue(QueueName="inbox")["QueueUrl"]
    [topic] = [each["TopicArn"] for each in topics.list_topics()["Topics"]]
    endpoint = f"arn:aws:sqs:{REGION}:{deployed.account}:inbox"
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    return lambda: [
        json.loads(message["Body"]) for message in queues.receive_message(QueueUrl=queue).get("Messages", [])
    ]
