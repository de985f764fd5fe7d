"""A stack on moto's CloudFormation: what fails is told, and what was left behind is put right."""

import time
from collections.abc import Iterator
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Event, cloudformation_backends
from moto.cloudformation.models import Stack as MotoStack

from punai.ports import PunaiError
from punai.provision import stack as stacks
from punai.provision.aws import Account
from punai.provision.stack import Change, Stack

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Days": {"Type": "String", "Default": "3"}},
    "Resources": {
        "Failed": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "failed"}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "escalations"}},
    },
}


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def stack(aws: None, moto_server: str, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> Iterator[Stack]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    monkeypatch.setattr(stacks, "PAUSE", 0.01)
    made = Stack(Account(), f"stack-{uuid4().hex}", told.append)
    yield made
    made.delete()


def named(text: str, **change: Any) -> dict[str, Any]:
    """A template whose queue is called so."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": text}, **change}
    return {**TEMPLATE, "Resources": {**TEMPLATE["Resources"], "Failed": queue}}


def on_moto(stack: Stack) -> MotoStack:
    return cloudformation_backends["123456789012"]["eu-west-1"].get_stack(stack.name)


def event(of: MotoStack, name: str, status: str, reason: str | None = None) -> None:
    """Have something happen to a resource, or to the stack itself."""
    identity = of.stack_id if name == of.name else name
    of.events.append(Event(of.stack_id, of.name, name, identity, "AWS::Some::Thing", status, reason, None))


def make(stack: Stack, **parameters: str) -> None:
    plan = stack.plan(TEMPLATE, parameters)
    assert plan
    stack.apply(plan)


def test_a_new_stack_is_planned_and_made(stack: Stack, told: list[str]) -> None:
    plan = stack.plan(TEMPLATE, {})
    assert plan
    assert set(plan.changes) == {
        Change("Add", "Failed", "AWS::SQS::Queue"),
        Change("Add", "Topic", "AWS::SNS::Topic"),
    }
    assert not any(change.loses for change in plan.changes)
    stack.apply(plan)
    assert stack.owned() == {"Failed", "Topic"}
    assert told == [f"  create complete  {stack.name}"]


def test_the_same_again_is_no_change(stack: Stack) -> None:
    make(stack, Days="7")
    assert stack.plan(TEMPLATE, {"Days": "7"}) is None
    assert stack.plan(TEMPLATE, {}) is None, "what is not given stays as it is"
    assert stack.parameter("Days") == "7"


def test_a_changed_parameter_is_a_change(stack: Stack) -> None:
    make(stack)
    make(stack, Days="30")
    assert stack.parameter("Days") == "30"


def test_what_would_go_away_is_known(stack: Stack) -> None:
    make(stack)
    plan = stack.plan({**TEMPLATE, "Resources": {"Failed": TEMPLATE["Resources"]["Failed"]}}, {})
    assert plan
    assert plan.changes == (Change("Remove", "Topic", "AWS::SNS::Topic"),)
    assert plan.changes[0].loses
    stack.discard(plan)
    assert stack.owned() == {"Failed", "Topic"}


@pytest.mark.parametrize(
    ("replacement", "action"), [("True", "Replace"), ("Conditional", "Replace"), ("False", "Modify")]
)
def test_a_replacement_is_told_from_a_change(
    stack: Stack, replacement: str, action: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(stack)
    usual = ChangeSet.diff

    def as_aws_does(change_set: ChangeSet) -> list[Any]:
        found = usual(change_set)
        for change in found:
            vars(change)["replacement"] = replacement  # moto leaves it out
        return found

    monkeypatch.setattr(ChangeSet, "diff", as_aws_does)
    plan = stack.plan(named("failed-2"), {})
    assert plan
    assert [change.action for change in plan.changes] == [action]


def test_a_plan_that_is_dropped_leaves_no_stack(stack: Stack) -> None:
    plan = stack.plan(TEMPLATE, {})
    assert plan
    stack.discard(plan)
    assert stack.described() is None


def test_a_failure_is_told_with_its_first_reason(
    stack: Stack, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(backend: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
        of = on_moto(stack)
        event(of, of.name, "CREATE_IN_PROGRESS", "User Initiated")
        event(of, "Topic", "CREATE_COMPLETE")
        event(of, "Failed", "CREATE_FAILED", "You may not create queues")
        event(of, "Documents", "CREATE_FAILED", "Resource creation cancelled")
        event(of, of.name, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [Failed]")
        event(of, "Topic", "DELETE_COMPLETE")
        event(of, of.name, "ROLLBACK_COMPLETE")
        of.status = "ROLLBACK_COMPLETE"

    plan = stack.plan(TEMPLATE, {})
    assert plan
    monkeypatch.setattr(CloudFormationBackend, "execute_change_set", fail)
    with pytest.raises(PunaiError, match="is ROLLBACK_COMPLETE: Failed: You may not create queues"):
        stack.apply(plan)
    assert told == [
        "  create complete  Topic",
        "  create failed  Failed: You may not create queues",
        "  create failed  Documents: Resource creation cancelled",
        "  delete complete  Topic",
        f"  rollback complete  {stack.name}",
    ]


def test_a_template_that_is_not_taken_is_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = CloudFormationBackend.create_change_set

    def refuse(backend: CloudFormationBackend, **given: Any) -> tuple[str, str]:
        made, of = usual(backend, **given)
        backend.change_sets[made].status = "FAILED"
        backend.change_sets[made].status_reason = "Template is too strange"
        return made, of

    monkeypatch.setattr(CloudFormationBackend, "create_change_set", refuse)
    with pytest.raises(PunaiError, match="does not take the template: Template is too strange"):
        stack.plan(TEMPLATE, {})


@pytest.mark.parametrize("state", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"])
def test_a_stack_that_was_never_finished_is_made_anew(stack: Stack, told: list[str], state: str) -> None:
    make(stack)
    on_moto(stack).status = state
    stack.settle()
    assert stack.described() is None
    assert told[1] == f"An earlier run did not finish ({state}): its stack is removed, and made anew"
    make(stack)


def test_a_stack_whose_change_was_never_executed_is_made_anew(stack: Stack) -> None:
    assert stack.plan(TEMPLATE, {})  # and there the run ended
    stack.settle()
    assert stack.described() is None
    make(stack)


def test_a_finished_stack_is_left_alone(stack: Stack, told: list[str]) -> None:
    stack.settle()
    make(stack)
    told.clear()
    stack.settle()
    assert stack.owned() == {"Failed", "Topic"}
    assert told == []


def test_what_another_run_began_is_waited_for(stack: Stack, told: list[str]) -> None:
    make(stack)
    of = on_moto(stack)
    of.status = "UPDATE_IN_PROGRESS"
    event(of, of.name, "UPDATE_IN_PROGRESS", "User Initiated")

    def go_on() -> None:
        time.sleep(0.3)
        event(of, "Topic", "UPDATE_COMPLETE")
        event(of, of.name, "UPDATE_COMPLETE")
        of.status = "UPDATE_COMPLETE"

    other = Thread(target=go_on)
    other.start()
    stack.settle()
    other.join()
    assert told[1:] == [
        f"The stack {stack.name} is UPDATE_IN_PROGRESS: waiting until it is done",
        "  update complete  Topic",
        f"  update complete  {stack.name}",
    ]


def test_waiting_has_an_end(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    make(stack)
    on_moto(stack).status = "UPDATE_IN_PROGRESS"
    monkeypatch.setattr(stacks, "PATIENCE", 0.1)
    with pytest.raises(PunaiError, match="still not done after 0 minutes: run this again"):
        stack.settle()
    on_moto(stack).status = "UPDATE_COMPLETE"
