from __future__ import annotations

import pytest
from aws_cost import PURCHASE_READ, PURCHASE_WRITTEN, balances, cost_markdown, over_http, purchases
from price_rule import Units
from results import Line, Row, written

UNITS = Units(read=1, written=4)


def test_a_million_purchases_cost_what_the_operations_say() -> None:
    # docs/Operations.md, "What it costs": the same prices and estimates.
    assert sum(line.dollars for line in purchases(UNITS, is_busy=True)) == pytest.approx(
        5.70, abs=0.02
    )
    assert sum(line.dollars for line in purchases(UNITS, is_busy=False)) == pytest.approx(
        7.56, abs=0.02
    )
    assert sum(line.dollars for line in balances(0.5)) == pytest.approx(1.74, abs=0.01)


def test_each_unit_more_is_paid_for() -> None:
    more = Units(read=2, written=6)
    before, after = (
        sum(line.dollars for line in purchases(each, is_busy=True)) for each in (UNITS, more)
    )
    assert after - before == pytest.approx(2 * 0.625 + 0.125)


def test_ten_events_in_a_request_cost_a_tenth_of_the_requests() -> None:
    assert sum(line.dollars for line in over_http(10)) == pytest.approx(
        sum(line.dollars for line in over_http(1)) / 10
    )


def test_the_tables_are_of_the_units_that_were_measured() -> None:
    lines = (Line(PURCHASE_READ, "units", 1), Line(PURCHASE_WRITTEN, "units", 6))
    row = written(Row("", "", lines, ""), rounds=1, seconds=1, load_average=0)
    table = cost_markdown({"rows": {"request_units": row}})
    assert "| DynamoDB, written | 6 M units: 3.75 | 6 M units: 3.75 |" in table


def test_without_measured_units_there_is_no_table() -> None:
    with pytest.raises(ValueError, match="were not measured"):
        cost_markdown({"rows": {}})
