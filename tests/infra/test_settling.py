"""The settler: when it is called, what comes of a call that fails, what it may delete."""

from __future__ import annotations

import re
from datetime import date
from fnmatch import fnmatchcase
from zoneinfo import available_timezones

from tests.infra.template_reading import attribute, deployed, of_type, properties, written

from loyalty_shared.contracts.program_file import program_at
from loyalty_shared.service.ports import MemberKey, ReferenceKey
from loyalty_shared.storage.dynamodb import keys


def test_it_is_called_daily_once_the_programs_day_is_over() -> None:
    schedule = properties("SettleSchedule")

    assert schedule["ScheduleExpression"] == "cron(10 0 * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == {"Ref": "SettleTimezone"}
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_the_day_is_that_of_the_default_program_unless_somebody_says_otherwise() -> None:
    default = written()["Parameters"]["SettleTimezone"]["Default"]

    assert default == program_at(None).program().timezone.key


def test_every_time_zone_can_be_given() -> None:
    pattern = written()["Parameters"]["SettleTimezone"]["AllowedPattern"]

    assert [each for each in available_timezones() if not re.fullmatch(pattern, each)] == []


def test_the_schedule_calls_the_version_that_is_live() -> None:
    target = deployed()["SettleSchedule"]["Properties"]["Target"]

    assert target["Arn"] == {"Ref": "SettlerFunctionAliaslive"}
    assert target["RoleArn"] == attribute("SettleScheduleRole")


def test_a_call_is_tried_until_the_next_one_comes() -> None:
    target = properties("SettleSchedule")["Target"]

    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}


def test_only_schedules_of_this_account_take_its_role() -> None:
    role = properties("SettleScheduleRole")

    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": {
                "Fn::Sub": "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}"
                ":schedule-group/default"
            },
        }
    }


def test_a_run_that_fails_is_tried_again_as_often_as_lambda_does() -> None:
    [config] = of_type(deployed(), "AWS::Lambda::EventInvokeConfig").values()

    assert (config["FunctionName"], config["Qualifier"]) == ({"Ref": "SettlerFunction"}, "live")
    assert config["MaximumRetryAttempts"] == 2
    # All three, the pauses of one and two minutes between them, and then some.
    timeout = properties("SettlerFunction")["Timeout"]
    assert config["MaximumEventAgeInSeconds"] > 3 * timeout + 3 * 60


def test_it_may_delete_due_marks_and_nothing_else() -> None:
    [policy, _] = properties("SettlerRole")["Policies"]
    [deletes] = [
        each
        for each in policy["PolicyDocument"]["Statement"]
        if each["Action"] == "dynamodb:DeleteItem"
    ]
    [pattern] = deletes["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]

    member = MemberKey("default", "ann")
    due = keys.due_key(member, date(2026, 1, 1))
    kept = (
        keys.entry_key(member, 1),
        keys.member_record_key(member),
        keys.reference_key(ReferenceKey("default", "order", "DUE#1")),
        keys.program_key("default", "1"),
    )
    assert fnmatchcase(due[keys.PARTITION]["S"], pattern)
    assert not [each for each in kept if fnmatchcase(each[keys.PARTITION]["S"], pattern)]
