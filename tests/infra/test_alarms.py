"""What somebody is told, and what they see."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from tests.infra.template_reading import deployed, functions, of_type, properties, written

from loyalty_event_processor.outcomes import Result


def test_alarms_tell_of_all_that_goes_wrong() -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm").values()

    assert Counter(f"{each['Namespace']} {each['MetricName']}" for each in alarms) == {
        "AWS/SQS ApproximateNumberOfMessagesVisible": 2,
        "AWS/SQS ApproximateAgeOfOldestMessage": 2,
        "AWS/Events RetryInvocationAttempts": 1,
        "AWS/Events InvocationsFailedToBeSentToDlq": 1,
        "AWS/Lambda Errors": 4,
        "AWS/Lambda Throttles": 4,
        "AWS/Lambda Invocations": 1,
        "AWS/Lambda IteratorAge": 1,
        "AWS/ApiGateway 5xx": 1,
        "AWS/ApiGateway Latency": 1,
        "Loyalty rejected": 1,
        "Loyalty retry": 1,
        "Loyalty notSettled": 1,
    }


def test_every_alarm_says_what_it_means_to_the_same_topic() -> None:
    for alarm in of_type(deployed(), "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["AlarmDescription"]


def test_silence_is_an_alarm_of_what_is_called_daily_only() -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm")

    loud = {name for name, each in alarms.items() if each["TreatMissingData"] != "notBreaching"}
    assert loud == {"SettlerSilentAlarm"}
    silent = properties("SettlerSilentAlarm")
    assert (silent["TreatMissingData"], silent["ComparisonOperator"]) == (
        "breaching",
        "LessThanThreshold",
    )
    # Daily is every 25 hours when summer ends, and the hour of the call is one of them.
    assert silent["Period"] * silent["EvaluationPeriods"] > 25 * 3600


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_the_failures_of_every_function_are_told(metric: str) -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm").values()

    watched = [each["Dimensions"] for each in alarms if each["MetricName"] == metric]
    assert sorted(dimension["Value"]["Ref"] for [dimension] in watched) == sorted(functions())


@pytest.mark.parametrize(
    ("name", "result"), [("RejectedEventsAlarm", Result.REJECTED), ("RetriesAlarm", Result.RETRY)]
)
def test_the_alarms_of_outcomes_look_at_what_the_processor_counts(
    name: str, result: Result
) -> None:
    alarm = properties(name)

    assert alarm["MetricName"] == result.value
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "loyalty-event-processor"}]


def test_who_was_not_settled_is_told() -> None:
    alarm = properties("NotSettledAlarm")

    assert alarm["Dimensions"] == [{"Name": "service", "Value": "loyalty-settler"}]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize("name", ["UndeliveredEventsAlarm", "LostEventsAlarm"])
def test_the_alarms_of_delivery_look_at_the_rule_on_its_own_bus(name: str) -> None:
    assert properties(name)["Dimensions"] == [
        {"Name": "EventBusName", "Value": {"Ref": "EventBus"}},
        {"Name": "RuleName", "Value": properties("OrderEventsRule")["Name"]},
    ]


def test_a_dead_letter_is_called_for_once_more_before_it_is_lost() -> None:
    threshold = properties("OldDeadLettersAlarm")["Threshold"]

    assert threshold * 2 <= properties("DeadLetterQueue")["MessageRetentionPeriod"]


def test_the_dashboard_shows_what_is_counted_and_only_what_there_is() -> None:
    text = properties("Dashboard")["DashboardBody"]["Fn::Sub"]

    metrics = [
        metric for each in json.loads(text)["widgets"] for metric in each["properties"]["metrics"]
    ]
    words = {word for metric in metrics for word in metric if isinstance(word, str)}
    assert {each.value for each in Result} <= words
    assert {"pointsIssued", "pointsReversed"} <= words
    assert {"settledMembers", "settledEntries", "notSettled"} <= words
    for function in functions():
        assert text.count(f"${{{function}}}") >= 3, "errors, throttles, duration"
    assert set(re.findall(r"\$\{(\w+)[}.]", text)) <= set(written()["Resources"])
