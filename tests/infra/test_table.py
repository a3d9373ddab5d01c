"""The ledger's table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.infra.template_reading import properties, written

from loyalty_shared.storage.dynamodb.table import create_table


class _TableMaker:
    """Keeps what it is asked to make."""

    def __init__(self) -> None:
        self.table: dict[str, Any] = {}
        self.time_to_live: dict[str, Any] = {}

    def create_table(self, **table: Any) -> None:  # noqa: ANN401 - whatever boto3 takes
        self.table = table

    def get_waiter(self, name: str) -> SimpleNamespace:
        assert name == "table_exists"
        return SimpleNamespace(wait=lambda **_: None)

    def update_time_to_live(self, **asked: Any) -> None:  # noqa: ANN401 - whatever boto3 takes
        self.time_to_live = asked


def test_it_is_the_one_that_the_store_was_tested_with() -> None:
    maker = _TableMaker()
    create_table(maker, "any")  # type: ignore[arg-type] # it has what is called

    table = properties("Table")

    for name in ("BillingMode", "KeySchema", "GlobalSecondaryIndexes"):
        assert table[name] == maker.table[name]
    assert _by_name(table["AttributeDefinitions"]) == _by_name(maker.table["AttributeDefinitions"])
    assert table["TimeToLiveSpecification"] == maker.time_to_live["TimeToLiveSpecification"]


def _by_name(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {each["AttributeName"]: each["AttributeType"] for each in attributes}


def test_it_is_not_lost_with_the_stack_or_by_mistake() -> None:
    table = written()["Resources"]["Table"]

    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert table["Properties"]["DeletionProtectionEnabled"] is True


def test_any_second_of_five_weeks_can_be_restored() -> None:
    assert properties("Table")["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 35,
    }


def test_it_is_encrypted_and_says_what_changes() -> None:
    table = properties("Table")

    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
