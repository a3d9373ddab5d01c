"""The functions: what they run, what they are given, what they may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from functions import FUNCTIONS
from pydantic_settings import BaseSettings
from tests.infra.template_reading import (
    Resources,
    as_text,
    attribute,
    deployed,
    functions,
    of_type,
    properties,
)

from loyalty_api.settings import ApiSettings
from loyalty_event_processor.settings import ProcessorSettings
from loyalty_publisher.settings import PublisherSettings
from loyalty_settler.settings import SettlerSettings
from loyalty_shared.service.ports import UNDECIDED, MemberKey, ReferenceKey, Removal
from loyalty_shared.storage.dynamodb import keys
from loyalty_shared.storage.dynamodb.items import BY_TIER

_PROCESSOR, _API, _PUBLISHER = "ProcessorFunction", "ApiFunction", "PublisherFunction"
_SETTLER = "SettlerFunction"
_SETTINGS: dict[str, type[BaseSettings]] = {
    _PROCESSOR: ProcessorSettings,
    _API: ApiSettings,
    _PUBLISHER: PublisherSettings,
    _SETTLER: SettlerSettings,
}

_RESTORED = (
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${RestoredTableName}"
)


def _either(restored: str, own: object) -> str:
    return as_text({"Fn::If": ["UsesRestoredTable", {"Fn::Sub": restored}, own]})


_LEDGER = _either(_RESTORED, attribute("Table"))
_BY_TIER = _either(f"{_RESTORED}/index/{BY_TIER}", {"Fn::Sub": f"${{Table.Arn}}/index/{BY_TIER}"})
_STREAM = _either(
    f"{_RESTORED}/stream/${{RestoredTableStreamLabel}}", attribute("Table", "StreamArn")
)
_STREAMS = _either(f"{_RESTORED}/stream/*", {"Fn::Sub": "${Table.Arn}/stream/*"})
_QUEUE = as_text(attribute("Queue"))

_PERMISSIONS = {
    "ProcessorRole": {
        "sqs:ReceiveMessage": _QUEUE,
        "sqs:DeleteMessage": _QUEUE,
        "sqs:GetQueueAttributes": _QUEUE,
        "sqs:SendMessage": as_text(attribute("DeadLetterQueue")),
        "dynamodb:Query": _LEDGER,
        "dynamodb:GetItem": _LEDGER,
        "dynamodb:PutItem": _LEDGER,
        "logs:CreateLogStream": as_text(attribute("ProcessorLogGroup")),
        "logs:PutLogEvents": as_text(attribute("ProcessorLogGroup")),
    },
    "ApiRole": {
        "sqs:SendMessage": _QUEUE,
        "dynamodb:GetItem": _LEDGER,
        "dynamodb:PutItem": _LEDGER,
        "dynamodb:BatchWriteItem": _LEDGER,
        "dynamodb:DeleteItem": _LEDGER,
        "dynamodb:Query": f"{_LEDGER}, {_BY_TIER}",
        "logs:CreateLogStream": as_text(attribute("ApiLogGroup")),
        "logs:PutLogEvents": as_text(attribute("ApiLogGroup")),
    },
    "PublisherRole": {
        "dynamodb:DescribeStream": _STREAM,
        "dynamodb:GetRecords": _STREAM,
        "dynamodb:GetShardIterator": _STREAM,
        "dynamodb:ListStreams": _STREAMS,
        "events:PutEvents": as_text(attribute("EventBus")),
        "sqs:SendMessage": as_text(attribute("PublisherDeadLetterQueue")),
        "logs:CreateLogStream": as_text(attribute("PublisherLogGroup")),
        "logs:PutLogEvents": as_text(attribute("PublisherLogGroup")),
    },
    "SettlerRole": {
        "dynamodb:Query": _LEDGER,
        "dynamodb:PutItem": _LEDGER,
        "dynamodb:DeleteItem": _LEDGER,
        "logs:CreateLogStream": as_text(attribute("SettlerLogGroup")),
        "logs:PutLogEvents": as_text(attribute("SettlerLogGroup")),
    },
    "SettleScheduleRole": {"lambda:InvokeFunction": as_text({"Ref": f"{_SETTLER}Aliaslive"})},
}


def _beginning_with(*beginnings: str) -> dict[str, dict[str, list[str]]]:
    leading = [f"{each}#*" for each in beginnings]
    return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": leading}}


_CONDITIONS = {
    "ApiRole": {
        "dynamodb:BatchWriteItem": _beginning_with("MEMBER", "REF", "DUE"),
        "dynamodb:DeleteItem": _beginning_with("DUE"),
    },
    "SettlerRole": {"dynamodb:DeleteItem": _beginning_with("DUE")},
}
_SERVICES = {"SettleScheduleRole": "scheduler.amazonaws.com"}  # all others are Lambda's


def test_every_bundle_has_its_function_and_its_handler() -> None:
    said = {
        each["FunctionName"]: (each["CodeUri"], each["Handler"]) for each in functions().values()
    }

    assert said == {each.name: (f"../dist/{each.archive}", each.handler) for each in FUNCTIONS}


def test_they_run_where_their_bundles_are_built_for() -> None:
    for function in of_type(deployed(), "AWS::Lambda::Function").values():
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])


@pytest.mark.parametrize("name", _SETTINGS)
def test_a_function_is_given_each_of_its_settings_and_nothing_else(name: str) -> None:
    given = functions()[name]["Environment"]["Variables"]

    prefix = _SETTINGS[name].model_config["env_prefix"]
    assert set(given) == {f"{prefix}{field}".upper() for field in _SETTINGS[name].model_fields}


def test_a_program_is_built_into_whatever_is_told_of_one() -> None:
    told = {
        each["FunctionName"]: "LOYALTY_PROGRAM" in each["Environment"]["Variables"]
        for each in functions().values()
    }

    assert told == {each.name: each.has_program for each in FUNCTIONS}


def test_a_release_makes_versions_that_stay_to_go_back_to() -> None:
    one, other = deployed(Release="one"), deployed(Release="other")

    for name in functions():
        [version] = _versions(one, name)
        assert one[version]["DeletionPolicy"] == "Retain"
        assert _versions(other, name) != [version]
        # Lambda refuses a version of a function that is as it was.
        assert one[name]["Properties"] != other[name]["Properties"]
        alias = one[f"{name}Aliaslive"]["Properties"]
        assert alias["FunctionVersion"] == attribute(version, "Version")


def _versions(resources: Resources, function: str) -> list[str]:
    return [
        name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::Version"
        and resource["Properties"]["FunctionName"] == {"Ref": function}
    ]


def test_where_somebody_waits_it_starts_from_a_snapshot() -> None:
    snapshots = {name: each.get("SnapStart") for name, each in functions().items()}

    assert snapshots == {
        _PROCESSOR: None,
        _API: {"ApplyOn": "PublishedVersions"},
        _PUBLISHER: None,
        _SETTLER: None,
    }


def test_a_function_may_do_what_it_needs_and_no_more() -> None:
    roles = of_type(deployed(), "AWS::IAM::Role")

    assert {name: _allowed(role) for name, role in roles.items()} == _PERMISSIONS
    conditions = {name: _conditions(role) for name, role in roles.items()}
    assert {name: found for name, found in conditions.items() if found} == _CONDITIONS
    assert {name: each["Role"] for name, each in functions().items()} == {
        _PROCESSOR: attribute("ProcessorRole"),
        _API: attribute("ApiRole"),
        _PUBLISHER: attribute("PublisherRole"),
        _SETTLER: attribute("SettlerRole"),
    }


def test_permissions_stand_in_the_roles_alone() -> None:
    roles = of_type(deployed(), "AWS::IAM::Role")

    assert [name for name, role in roles.items() if "ManagedPolicyArns" in role] == []
    kinds = {each["Type"] for each in deployed().values() if each["Type"].startswith("AWS::IAM")}
    assert kinds == {"AWS::IAM::Role"}


def test_nothing_that_holds_data_is_allowed_by_a_wildcard() -> None:
    wide = {
        action
        for permissions in _PERMISSIONS.values()
        for action, resource in permissions.items()
        if "*" in action or "*" in resource
    }

    assert wide == {"dynamodb:ListStreams"}, "which tells names only"


def _allowed(role: Mapping[str, Any]) -> dict[str, str]:
    allowed: dict[str, str] = {}
    for action, statement in _statements(role):
        assert action not in allowed, f"{action} is allowed twice"
        resources = statement["Resource"]
        several = resources if isinstance(resources, list) else [resources]
        allowed[action] = ", ".join(map(as_text, several))
    return allowed


def _conditions(role: Mapping[str, Any]) -> dict[str, object]:
    return {
        action: statement["Condition"]
        for action, statement in _statements(role)
        if "Condition" in statement
    }


def _statements(role: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert set(statement) - {"Condition"} == {"Effect", "Action", "Resource"}
            assert statement["Effect"] == "Allow"
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                yield action, statement


def test_the_api_may_remove_what_is_one_members_and_no_rules() -> None:
    member = MemberKey("default", "ann")
    order = ReferenceKey("default", "order", "o-1")
    removal = Removal(member, (1,), (order,), (UNDECIDED,), record=True)
    may = _CONDITIONS["ApiRole"]["dynamodb:BatchWriteItem"]["ForAllValues:StringLike"]
    beginnings = tuple(each.removesuffix("*") for each in may["dynamodb:LeadingKeys"])

    partitions = [key[keys.PARTITION]["S"] for key in keys.keys_of(removal)]

    assert len(partitions) == 4
    assert all(partition.startswith(beginnings) for partition in partitions)
    assert not keys.program_key("default", "1")[keys.PARTITION]["S"].startswith(beginnings)


def test_only_the_service_that_it_is_for_takes_a_role() -> None:
    for name, role in of_type(deployed(), "AWS::IAM::Role").items():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": _SERVICES.get(name, "lambda.amazonaws.com")}


def test_every_function_has_a_log_that_ends() -> None:
    groups = of_type(deployed(), "AWS::Logs::LogGroup")

    for function in functions().values():
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["LogGroupName"] == f"/aws/lambda/{function['FunctionName']}"
    assert all(each["RetentionInDays"] == {"Ref": "LogRetentionDays"} for each in groups.values())


def test_a_function_gives_up_before_the_one_who_asked() -> None:
    assert properties(_API)["Timeout"] * 1000 < properties("ApiIntegration")["TimeoutInMillis"]
