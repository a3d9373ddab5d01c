"""Deploying: on the emulator, with a template of one queue."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import boto3
import deploy as deploy_command
import destroy as destroy_command
import pytest
from bundle_upload import functions_in, make_bucket, upload, with_code
from deployment import (
    RELEASE,
    TEMPLATE,
    DeploymentFailed,
    StackClient,
    deploy,
    destroy,
    outputs,
)
from tests.aws_emulator import REGION

_QUEUE = {
    "Type": "AWS::SQS::Queue",
    "Properties": {
        "QueueName": {"Fn::Sub": "${AWS::StackName}-queue"},
        "DelaySeconds": {"Ref": "Delay"},
        "VisibilityTimeout": {"Ref": "Visibility"},
    },
}
_PARAMETERS = {
    "Delay": {"Type": "Number", "Default": 1},
    "Visibility": {"Type": "Number", "Default": 2},
}
_TEMPLATE = {
    "Parameters": _PARAMETERS,
    "Resources": {"Queue": _QUEUE},
    "Outputs": {"Delays": {"Value": {"Fn::Sub": "${Delay} ${Visibility}"}}},
}


@pytest.fixture
def stack(aws: str, request: pytest.FixtureRequest) -> Iterator[StackClient]:
    with closing(boto3.client("cloudformation", endpoint_url=aws)) as client:
        found = StackClient(client, request.node.name.replace("_", "-")[:50])
        yield found
        destroy(found)


def test_a_stack_is_made_and_a_parameter_keeps_its_value(stack: StackClient) -> None:
    assert deploy(stack, json.dumps(_TEMPLATE), {"Delay": "5"}) == {"Delays": "5 2"}
    assert deploy(stack, json.dumps(_TEMPLATE), {"Visibility": "7"}) == {"Delays": "5 7"}


def test_a_stack_that_is_as_it_should_be_stays(stack: StackClient) -> None:
    deploy(stack, json.dumps(_TEMPLATE), {})

    assert deploy(stack, json.dumps(_TEMPLATE), {}) == {"Delays": "1 2"}


def test_what_a_stack_makes_says_whose_it_is(stack: StackClient) -> None:
    deploy(stack, json.dumps(_TEMPLATE), {})

    [found] = stack.client.describe_stacks(StackName=stack.name)["Stacks"]
    assert found["Tags"] == [{"Key": "service", "Value": "loyalty"}]


def test_a_release_is_another_one_with_another_parameter_and_only_then(stack: StackClient) -> None:
    template = json.dumps(
        _TEMPLATE
        | {
            "Parameters": {**_PARAMETERS, RELEASE: {"Type": "String", "Default": "-"}},
            "Outputs": {"Release": {"Value": {"Ref": RELEASE}}},
        }
    )

    releases = [deploy(stack, template, each)["Release"] for each in ({}, {}, {"Delay": "5"}, {})]

    assert releases[0] == releases[1]
    assert releases[1] != releases[2]
    assert releases[2] == releases[3]


def test_a_parameter_that_is_not_there_is_refused(stack: StackClient) -> None:
    with pytest.raises(DeploymentFailed, match="no parameter Delai"):
        deploy(stack, json.dumps(_TEMPLATE), {"Delai": "5"})


def test_a_resource_that_cannot_be_made_is_named_with_the_reason(stack: StackClient) -> None:
    policy = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": "none", "Timeout": "1"},
    }
    template = _TEMPLATE | {"Resources": {"Queue": _QUEUE, "Policy": policy}}

    with pytest.raises(DeploymentFailed, match=r"Policy: .+"):
        deploy(stack, json.dumps(template), {})


def test_a_stack_that_is_destroyed_is_gone(stack: StackClient) -> None:
    deploy(stack, json.dumps(_TEMPLATE), {})

    destroy(stack)

    with pytest.raises(DeploymentFailed, match="there is no stack"):
        outputs(stack)


def test_a_bundle_has_an_address_for_as_long_as_it_stays_the_same(aws: str, tmp_path: Path) -> None:
    bundle = tmp_path / "f.zip"
    with closing(boto3.client("s3", endpoint_url=aws)) as storage:
        for _ in range(2):  # the second finds it there
            make_bucket(storage, "bundles-of-a-test", REGION)
        bundle.write_bytes(b"one")
        first = upload(storage, "bundles-of-a-test", {"f": bundle})
        again = upload(storage, "bundles-of-a-test", {"f": bundle})
        bundle.write_bytes(b"two")
        second = upload(storage, "bundles-of-a-test", {"f": bundle})

    assert first == again
    assert first != second


def test_code_is_found_and_located_where_a_function_says_where_it_is() -> None:
    template = "  A:\n    CodeUri: ../dist/f-1.zip\n  # CodeUri: ../dist/f-2.zip\n"

    assert functions_in(template) == ["f-1"]
    assert with_code(template, {"f-1": "s3://b/k"}) == template.replace(
        "../dist/f-1.zip", "s3://b/k"
    )


def test_without_bundles_the_command_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy_command.main(["--bundles", str(tmp_path)]) == 1

    assert capsys.readouterr().err.startswith("deploy: run `poe build` first")


def test_nothing_is_destroyed_unless_it_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert destroy_command.main([]) == 1

    assert "Say --yes" in capsys.readouterr().err


def test_without_an_aws_the_commands_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for function in functions_in(TEMPLATE.read_text("utf-8")):
        zipfile.ZipFile(tmp_path / f"{function}.zip", "w").close()

    assert deploy_command.main(["--bundles", str(tmp_path), "LogLevel=DEBUG"]) == 1
    assert destroy_command.main(["--yes"]) == 1

    said = capsys.readouterr().err
    assert said.count("Could not connect to the endpoint URL") == 2
