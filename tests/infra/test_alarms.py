"""What somebody is told, and what they see."""

from __future__ import annotations

import json
import re
from collections import Counter

from tests.infra.template_reading import deployed, of_type, properties, written

from loyalty_event_processor.outcomes import Result


def test_alarms_tell_of_all_that_goes_wrong() -> None:
    alarms = of_type(deployed(), "AWS::CloudWatch::Alarm").values()

    assert Counter(f"{each['Namespace']} {each['MetricName']}" for each in alarms) == {
        "AWS/SQS ApproximateNumberOfMessagesVisible": 2,
        "AWS/SQS ApproximateAgeOfOldestMessage": 1,
        "AWS/Lambda Errors": 3,
        "AWS/Lambda Throttles": 3,
        "AWS/Lambda IteratorAge": 1,
        "AWS/ApiGateway 5xx": 1,
        "AWS/ApiGateway Latency": 1,
        "Loyalty rejected": 1,
    }


def test_every_alarm_says_what_it_means_to_the_same_topic() -> None:
    for alarm in of_type(deployed(), "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        assert alarm["AlarmDescription"]
        assert alarm["TreatMissingData"] == "notBreaching"


def test_the_alarm_of_rejected_events_looks_at_what_the_processor_counts() -> None:
    alarm = properties("RejectedEventsAlarm")

    assert alarm["MetricName"] == Result.REJECTED.value
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "loyalty-event-processor"}]


def test_the_dashboard_shows_every_outcome_and_only_what_there_is() -> None:
    text = properties("Dashboard")["DashboardBody"]["Fn::Sub"]

    metrics = [
        metric for each in json.loads(text)["widgets"] for metric in each["properties"]["metrics"]
    ]
    words = {word for metric in metrics for word in metric if isinstance(word, str)}
    assert {each.value for each in Result} <= words
    assert set(re.findall(r"\$\{(\w+)[}.]", text)) <= set(written()["Resources"])
