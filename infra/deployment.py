"""Deploying the template with its bundles, as `aws cloudformation package` and `deploy` do."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

if TYPE_CHECKING:  # the stubs are not there at run time
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

TEMPLATE = Path(__file__).with_name("template.yaml")

RELEASE = "Release"

_COMMENT = re.compile(r"^ *#.*\n", re.MULTILINE)
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0
_NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")


class DeploymentFailed(Exception):
    """CloudFormation did not do what it was asked to; says which resource failed, and why."""


class StackClient(NamedTuple):
    """A stack, by its name, in the account and region of a client."""

    client: CloudFormationClient
    name: str


def template_text() -> str:
    """Read the template without its comments: CloudFormation takes no more than 51,200 bytes."""
    return _COMMENT.sub("", TEMPLATE.read_text("utf-8"))


def deploy(stack: StackClient, template: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Make a stack what a template says, or make it anew, and give its outputs.

    A parameter that is not given keeps the value it had, and its default in a new stack. The
    parameter `RELEASE` follows from the template, with its code, and from all other parameters.

    Raises:
        DeploymentFailed: and then the stack is as it was, or rolled back where it was new.
    """
    kept = parameters_of(stack)
    values = _defaults(stack, template)
    if unknown := parameters.keys() - values.keys():
        raise DeploymentFailed(f"the template has no parameter {', '.join(sorted(unknown))}")
    values |= {name: value for name, value in (kept or {}).items() if name in values}
    values |= parameters
    if RELEASE in values and RELEASE not in parameters:
        values[RELEASE] = _release(template, values)
    change_set = stack.client.create_change_set(
        StackName=stack.name,
        ChangeSetName=f"deploy-{time.time_ns()}",
        ChangeSetType="CREATE" if kept is None else "UPDATE",
        TemplateBody=template,
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in values.items()
        ],
        # It makes roles, and SAM is a transform.
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        # On all that it makes: so the bill can be asked what the service costs.
        Tags=[{"Key": "service", "Value": "loyalty"}],
    )["Id"]
    if _has_changes(stack, change_set):
        stack.client.execute_change_set(ChangeSetName=change_set)
        _wait_until_done(stack, {"CREATE_COMPLETE", "UPDATE_COMPLETE"})
    return outputs(stack)


def parameters_of(stack: StackClient) -> dict[str, str] | None:
    """Give the parameters that a stack has; None where it is not made yet."""
    found = _described(stack)
    if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
        return None
    return {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}


def _defaults(stack: StackClient, template: str) -> dict[str, str]:
    summary = stack.client.get_template_summary(TemplateBody=template)
    return {each["ParameterKey"]: each.get("DefaultValue", "") for each in summary["Parameters"]}


def _release(template: str, values: Mapping[str, str]) -> str:
    others = sorted((name, value) for name, value in values.items() if name != RELEASE)
    return hashlib.sha256(json.dumps([template, others]).encode()).hexdigest()[:16]


def outputs(stack: StackClient) -> dict[str, str]:
    """Give the outputs of a stack."""
    found = _described(stack)
    if found is None:
        raise DeploymentFailed(f"there is no stack {stack.name}")
    return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}


def destroy(stack: StackClient) -> None:
    """Delete a stack, all but its table."""
    found = _described(stack)
    if found is None:
        return
    stack.client.delete_stack(StackName=found["StackId"])
    # By its id: what is deleted has lost its name.
    _wait_until_done(stack._replace(name=found["StackId"]), {"DELETE_COMPLETE"})


def _described(stack: StackClient) -> StackTypeDef | None:
    try:
        return stack.client.describe_stacks(StackName=stack.name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _again_and_again() -> Iterator[None]:
    """Wait between questions: a little at first, then as long as CloudFormation likes."""
    pause = _SHORTEST_PAUSE_SECONDS
    while True:
        yield
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _has_changes(stack: StackClient, change_set: str) -> bool:
    for _ in _again_and_again():
        made = stack.client.describe_change_set(ChangeSetName=change_set)
        if made["Status"] == "CREATE_COMPLETE":
            return True
        if made["Status"] == "FAILED":
            reason = made.get("StatusReason", "")
            stack.client.delete_change_set(ChangeSetName=change_set)
            if any(words in reason for words in _NOTHING_TO_DO):
                return False
            raise DeploymentFailed(reason)
    raise AssertionError("it ends with an answer")


def _wait_until_done(stack: StackClient, good: set[str]) -> None:
    for _ in _again_and_again():
        found = _described(stack)
        status = found["StackStatus"] if found else "DELETE_COMPLETE"
        if status in good:
            return
        if not status.endswith(("_IN_PROGRESS", "_CLEANUP_IN_PROGRESS")):
            raise DeploymentFailed("\n".join([f"{stack.name}: {status}", *_failures(stack)]))


def _failures(stack: StackClient) -> Iterator[str]:
    for page in stack.client.get_paginator("describe_stack_events").paginate(StackName=stack.name):
        for event in page["StackEvents"]:  # the newest first
            if event["ResourceType"] == "AWS::CloudFormation::Stack" and event[
                "ResourceStatus"
            ] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"):
                return
            if event["ResourceStatus"].endswith("_FAILED"):
                yield f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
