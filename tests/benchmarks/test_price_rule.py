from __future__ import annotations

from typing import Any

import pytest
from price_rule import Units, item_bytes, units_of


def item(body_bytes: int, **more: str) -> dict[str, dict[str, str]]:
    """An item of so many bytes: its body has what its keys do not."""
    texts = {"PK": "M#1", "SK": "E#1", **more}
    rest = sum(len(name) + len(text) for name, text in texts.items()) + len("body")
    return {name: {"S": text} for name, text in texts.items()} | {
        "body": {"S": "x" * (body_bytes - rest)}
    }


def put(*items: dict[str, Any]) -> dict[str, Any]:
    return {"TransactItems": [{"Put": {"Item": each}} for each in items]}


def test_an_item_is_its_names_and_values_in_utf_8() -> None:
    assert item_bytes({"é": {"S": "€"}}) == 2 + 3
    assert item_bytes(item(1_024)) == 1_024


@pytest.mark.parametrize(
    ("number", "size"), [("0", 1), ("1", 2), ("12", 2), ("123", 3), ("1700000000", 2), ("-12", 2)]
)
def test_a_number_is_a_byte_and_one_for_each_two_significant_digits(number: str, size: int) -> None:
    assert item_bytes({"n": {"N": number}}) == 1 + size


@pytest.mark.parametrize(("size", "units"), [(1, 0.5), (4_096, 0.5), (4_097, 1.0)])
def test_a_query_is_rounded_up_once_over_all_that_it_returns(size: int, units: float) -> None:
    found = {"Items": [item(max(size - 40, 40)), item(40)] if size > 1 else [item(40)]}
    assert units_of("Query", {}, found) == Units(units, 0, 1)
    assert units_of("Query", {"ConsistentRead": True}, found) == Units(2 * units, 0, 1)


def test_what_is_not_found_costs_the_least_there_is() -> None:
    assert units_of("Query", {}, {"Items": []}) == Units(0.5, 0, 1)
    assert units_of("GetItem", {"ConsistentRead": True}, {}) == Units(1, 0, 1)


def test_a_write_in_a_transaction_costs_double_for_each_kilobyte() -> None:
    assert units_of("PutItem", {"Item": item(1_024)}, {}) == Units(0, 1, 1)
    assert units_of("PutItem", {"Item": item(1_025)}, {}) == Units(0, 2, 1)
    assert units_of("TransactWriteItems", put(item(600), item(300)), {}) == Units(0, 4, 1)
    assert units_of("TransactWriteItems", put(item(1_100), item(300)), {}) == Units(0, 6, 1)


def test_a_transaction_that_fails_costs_what_it_would_have_written() -> None:
    refused = {"Error": {"Code": "TransactionCanceledException"}}
    assert units_of("TransactWriteItems", put(item(600), item(300)), refused).written == 4


def test_a_member_record_costs_its_place_in_the_index_besides() -> None:
    record = item(200, tierKey="TIER#default#Gold", memberId="ann")
    assert units_of("TransactWriteItems", put(record), {}).written == 3


def test_units_add_up() -> None:
    assert Units(1, 0, 1) + Units(0, 4, 1) == Units(1, 4, 2)


def test_what_is_not_known_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="no rule for UpdateItem"):
        units_of("UpdateItem", {}, {})
    with pytest.raises(ValueError, match="type BOOL"):
        item_bytes({"b": {"BOOL": True}})
