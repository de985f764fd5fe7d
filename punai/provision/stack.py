"""A CloudFormation stack: what a template would change, that change, and what an interruption left of it."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from punai.ports import PunaiError
from punai.provision.aws import Account, code_of

PAUSE = 2.0  # seconds between two looks
PATIENCE = 1800.0  # seconds for one change: a table and some alarms take a minute or two
NEVER_FINISHED = (
    "REVIEW_IN_PROGRESS",
    "CREATE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "DELETE_FAILED",
)
"""States of a stack that holds nothing to build on: it is removed and made anew. What is kept of it stays."""

Tell = Callable[[str], None]


class Change(NamedTuple):
    """What becomes of one resource: `Add`, `Modify`, `Replace` or `Remove`."""

    action: str
    name: str
    type: str

    @property
    def loses(self) -> bool:
        """Whether something that is there goes away."""
        return self.action in ("Remove", "Replace")


class Plan(NamedTuple):
    """A change set that is ready to be executed."""

    id: str
    stack: str
    changes: tuple[Change, ...]


class Stack:
    """The stack of that name. `tell` hears of every step."""

    def __init__(self, account: Account, name: str, tell: Tell) -> None:
        self.name = name
        self._aws = account.client("cloudformation")
        self._tell = tell

    def described(self) -> dict[str, Any] | None:
        """What CloudFormation says of the stack; None where there is none."""
        return self._describe(self.name)

    def settle(self) -> None:
        """Wait for what is under way, and clear away what an interrupted or failed run left.

        Raises:
            PunaiError: it takes too long, or what was left cannot be removed.
        """
        state = self._awaited()
        if state == "UPDATE_ROLLBACK_FAILED":
            self._tell(f"The stack {self.name} got stuck on its way back: it is helped on")
            self._aws.continue_update_rollback(StackName=self.name)
            state = self._awaited()
        if state in NEVER_FINISHED:
            self._tell(f"An earlier run did not finish ({state}): its stack is removed, and made anew")
            self.delete()

    def plan(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> Plan | None:
        """What the template would change; None when nothing. Parameters not given stay as they are."""
        from botocore.exceptions import ClientError

        there = self.described()
        known = {parameter["ParameterKey"] for parameter in (there or {}).get("Parameters", [])}
        try:
            made = self._aws.create_change_set(
                StackName=self.name,
                ChangeSetName=f"punai-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}",
                ChangeSetType="UPDATE" if there else "CREATE",
                TemplateBody=json.dumps(template, separators=(",", ":")),
                Parameters=[
                    _parameter(name, parameters, known)
                    for name in template["Parameters"]
                    if name in parameters or name in known
                ],
            )
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return None
            raise
        changes = self._changes(made["Id"])
        if changes is None:
            self._aws.delete_change_set(ChangeSetName=made["Id"])
            return None
        return Plan(made["Id"], made["StackId"], tuple(changes))

    def apply(self, plan: Plan) -> None:
        """Make the change, and tell of every resource when it is done.

        Raises:
            PunaiError: it failed, with CloudFormation's first reason; or it takes too long.
        """
        before = self._newest_event(plan.stack)
        self._aws.execute_change_set(ChangeSetName=plan.id)
        state = self._follow(plan.stack, before)
        if state not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise PunaiError(f"the stack {self.name} is {state}: {self._reason(plan.stack)}")

    def discard(self, plan: Plan) -> None:
        """Leave everything as it was."""
        self._aws.delete_change_set(ChangeSetName=plan.id)
        if (self.described() or {}).get("StackStatus") == "REVIEW_IN_PROGRESS":
            self._aws.delete_stack(StackName=self.name)

    def delete(self) -> None:
        """Remove the stack with all that is in it, but for what its template keeps.

        Raises:
            PunaiError: something could not be removed, and why.
        """
        self._awaited()
        there = self.described()
        if there is None:
            return
        identity = there["StackId"]  # by its name it cannot be asked for any more
        before = self._newest_event(identity)
        self._aws.delete_stack(StackName=identity)
        state = self._follow(identity, before)
        if state != "DELETE_COMPLETE":
            raise PunaiError(f"the stack {self.name} is {state}: {self._reason(identity)}")

    def parameter(self, name: str) -> str:
        """What a parameter of the stack is."""
        given = (self.described() or {}).get("Parameters", [])
        return next(str(found["ParameterValue"]) for found in given if found["ParameterKey"] == name)

    def owned(self) -> set[str]:
        """The logical ids of what is in the stack, by the template that it was last brought to."""
        if self.described() is None:
            return set()
        # JSON, since only this module writes it: botocore has parsed it.
        return set(self._aws.get_template(StackName=self.name)["TemplateBody"]["Resources"])

    def _describe(self, identity: str) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            found: dict[str, Any] = self._aws.describe_stacks(StackName=identity)["Stacks"][0]
        except ClientError as error:
            if code_of(error) == "ValidationError" and "does not exist" in str(error):
                return None
            raise
        return found

    def _changes(self, change_set: str) -> list[Change] | None:
        """What a change set would do; None when it has nothing to do."""
        for _ in _looks(self.name):
            answer = self._aws.describe_change_set(ChangeSetName=change_set)
            if answer["Status"] == "FAILED":
                reason = answer.get("StatusReason", "")
                if "didn't contain changes" in reason or "No updates are to be performed" in reason:
                    return None
                raise PunaiError(f"CloudFormation does not take the template: {reason}")
            if answer["Status"] == "CREATE_COMPLETE":
                break
        changes = answer.get("Changes", [])
        while "NextToken" in answer:
            answer = self._aws.describe_change_set(ChangeSetName=change_set, NextToken=answer["NextToken"])
            changes += answer.get("Changes", [])
        return [_change(change["ResourceChange"]) for change in changes]

    def _awaited(self) -> str | None:
        """The stack's state, once nothing is under way that an earlier run began; None without a stack."""
        there = self.described()
        if there is None:
            return None
        # The event first, then the state: what ends it comes after both, and cannot be missed.
        before = self._newest_event(there["StackId"])
        state = str((self._describe(there["StackId"]) or {}).get("StackStatus", "DELETE_COMPLETE"))
        if not _under_way(state) or state == "REVIEW_IN_PROGRESS":  # that is under way to nowhere
            return state
        self._tell(f"The stack {self.name} is {state}: waiting until it is done")
        return self._follow(there["StackId"], before)

    def _follow(self, identity: str, last: str | None) -> str:
        """Tell of the stack's events after that one until it is done; the state it is in then."""
        for _ in _looks(self.name):
            state = ""
            for event in reversed(list(self._events(identity, since=last))):
                last = event["EventId"]
                self._tell_of(event)
                if event["PhysicalResourceId"] == identity:
                    state = event["ResourceStatus"]
            if state and not _under_way(state):
                return state
            if (self._describe(identity) or {}).get("StackStatus", "DELETE_COMPLETE") == "DELETE_COMPLETE":
                return "DELETE_COMPLETE"
        raise AssertionError("it ends with a state or an error")

    def _newest_event(self, identity: str) -> str | None:
        return next((event["EventId"] for event in self._events(identity)), None)

    def _events(self, identity: str, *, since: str | None = None) -> Iterator[dict[str, Any]]:
        """The stack's events, newest first, as far as that one."""
        for page in self._aws.get_paginator("describe_stack_events").paginate(StackName=identity):
            for event in page["StackEvents"]:
                if event["EventId"] == since:
                    return
                yield event

    def _tell_of(self, event: Mapping[str, Any]) -> None:
        state = event["ResourceStatus"]
        if not _under_way(state):
            reason = f": {event.get('ResourceStatusReason', '')}" if state.endswith("_FAILED") else ""
            self._tell(f"  {state.lower().replace('_', ' ')}  {event['LogicalResourceId']}{reason}")

    def _reason(self, identity: str) -> str:
        """Why the last change failed: the first failure that is no consequence of another."""
        reason = "CloudFormation says nothing more"
        for event in self._events(identity):
            why = event.get("ResourceStatusReason", "")
            if why == "User Initiated":
                break
            if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in why:
                reason = f"{event['LogicalResourceId']}: {why}"
        return reason


def _looks(name: str) -> Iterator[None]:
    """Time and again, with pauses, until patience is at its end."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        yield
        time.sleep(PAUSE)
    raise PunaiError(f"the stack {name} is still not done after {PATIENCE / 60:.0f} minutes: run this again")


def _under_way(state: str) -> bool:
    return state.endswith("_IN_PROGRESS")


def _parameter(name: str, given: Mapping[str, str], known: Collection[str]) -> dict[str, Any]:
    if name in given:
        return {"ParameterKey": name, "ParameterValue": given[name]}
    return {"ParameterKey": name, "UsePreviousValue": True}


def _change(change: Mapping[str, Any]) -> Change:
    replaces = change.get("Replacement") in ("True", "Conditional")
    action = "Replace" if change["Action"] == "Modify" and replaces else change["Action"]
    return Change(action, change["LogicalResourceId"], change["ResourceType"])
