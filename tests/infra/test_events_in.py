"""The way of an order event: rule, queue, dead letters."""

from __future__ import annotations

import pytest
from tests.infra.template_reading import attribute, deployed, of_type, properties, written

_FOURTEEN_DAYS = 14 * 24 * 3600


def test_order_events_reach_the_queue_and_nothing_else_does() -> None:
    rule = properties("OrderEventsRule")

    assert rule["EventBusName"] == {"Ref": "EventBus"}
    assert rule["EventPattern"] == {"detail-type": ["OrderCompleted", "OrderRefunded"]}
    assert [target["Arn"] for target in rule["Targets"]] == [attribute("Queue")]


def test_what_cannot_be_delivered_is_tried_for_a_day_and_then_kept() -> None:
    [target] = properties("OrderEventsRule")["Targets"]

    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 86400}
    assert target["DeadLetterConfig"] == {"Arn": attribute("DeadLetterQueue")}


@pytest.mark.parametrize(
    ("policy", "queue"), [("QueuePolicy", "Queue"), ("DeadLetterQueuePolicy", "DeadLetterQueue")]
)
def test_of_all_services_only_the_rule_may_send_to_a_queue(policy: str, queue: str) -> None:
    written_policy = properties(policy)

    assert written_policy["Queues"] == [{"Ref": queue}]
    statements = written_policy["PolicyDocument"]["Statement"]
    [allowed] = [each for each in statements if each["Effect"] == "Allow"]
    assert allowed == {
        "Sid": "OnlyTheRuleSends",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": attribute(queue),
        "Condition": {"ArnEquals": {"aws:SourceArn": attribute("OrderEventsRule")}},
    }


def test_nobody_speaks_to_a_queue_without_tls() -> None:
    policies = of_type(written()["Resources"], "AWS::SQS::QueuePolicy").values()

    for policy in policies:
        [queue] = policy["Queues"]
        [denied] = [
            each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"
        ]
        assert denied == {
            "Sid": "NobodyWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"],
            "Resource": attribute(queue["Ref"]),
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    assert {each["Queues"][0]["Ref"] for each in policies} == set(
        of_type(written()["Resources"], "AWS::SQS::Queue")
    )


def test_order_events_are_kept_as_long_as_the_table_can_be_restored() -> None:
    archive = properties("OrderEventsArchive")

    assert archive["SourceArn"] == attribute("EventBus")
    assert archive["EventPattern"] == properties("OrderEventsRule")["EventPattern"]
    assert archive["RetentionDays"] == {"Ref": "OrderEventsKeptDays"}
    restorable = properties("Table")["PointInTimeRecoverySpecification"]["RecoveryPeriodInDays"]
    assert written()["Parameters"]["OrderEventsKeptDays"]["Default"] == restorable


def test_an_outage_of_an_hour_makes_no_dead_letters() -> None:
    queue = properties("Queue")
    redrive = queue["RedrivePolicy"]

    assert redrive["deadLetterTargetArn"] == attribute("DeadLetterQueue")
    assert redrive["maxReceiveCount"] * queue["VisibilityTimeout"] > 3600


def test_dead_letters_are_kept_as_long_as_can_be() -> None:
    for queue in ("DeadLetterQueue", "PublisherDeadLetterQueue"):
        assert properties(queue)["MessageRetentionPeriod"] == _FOURTEEN_DAYS


def test_only_the_loyalty_queue_redrives_to_its_dead_letters() -> None:
    allowed = properties("DeadLetterQueue")["RedriveAllowPolicy"]

    assert allowed["redrivePermission"] == "byQueue"
    [source] = allowed["sourceQueueArns"]
    assert source["Fn::Sub"].endswith(f":{properties('Queue')['QueueName']}")


def test_queues_are_encrypted() -> None:
    queues = of_type(written()["Resources"], "AWS::SQS::Queue")

    assert {name for name, queue in queues.items() if not queue["SqsManagedSseEnabled"]} == set()


def test_a_message_does_not_come_again_while_it_is_worked_on() -> None:
    function = properties("ProcessorFunction")
    window = function["Events"]["Orders"]["Properties"]["MaximumBatchingWindowInSeconds"]

    assert window > 0
    assert properties("Queue")["VisibilityTimeout"] >= 6 * function["Timeout"] + window


def test_a_message_that_fails_comes_again_alone() -> None:
    mapping = deployed()["ProcessorFunctionOrders"]["Properties"]

    assert mapping["EventSourceArn"] == attribute("Queue")
    assert mapping["FunctionName"] == {"Ref": "ProcessorFunctionAliaslive"}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_flood_waits_in_the_queue() -> None:
    mapping = deployed()["ProcessorFunctionOrders"]["Properties"]

    assert mapping["ScalingConfig"] == {
        "MaximumConcurrency": {"Ref": "ProcessorMaximumConcurrency"}
    }
    assert "ReservedConcurrentExecutions" not in properties("ProcessorFunction")
