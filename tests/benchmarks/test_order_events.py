from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from complete_journey import ReceiptLine
from expected_points import expected_points, read_events
from order_events import order_events

LINES = (
    ReceiptLine(900, 31, "2017-01-01T11:53:26Z", 1095275, 1, 50, "ROLLS", "National"),
    ReceiptLine(900, 31, "2017-01-01T11:53:26Z", 9878513, 2, 10, 'A "B" & É', "Private"),
    ReceiptLine(900, 31, "2017-01-01T11:53:26Z", 9999999, 0, 0, None, None),
    ReceiptLine(7, 30, "2017-01-01T12:00:00Z", 55, 0, 0, "COUPON", "National"),
    ReceiptLine(7, 32, "2017-01-01T12:00:00Z", 55, 14_000, 123_456, None, "Private"),
)


def test_a_basket_becomes_one_event_with_all_its_lines() -> None:
    first, *_ = (json.loads(event, parse_float=Decimal) for event in order_events(LINES))
    assert first == {
        "userId": "900",
        "orderId": "31",
        "transactionId": "receipt-31",
        "totalAmount": Decimal("0.60"),
        "currency": "EUR",
        "occurredAt": "2017-01-01T11:53:26Z",
        "lines": [
            {
                "lineId": "1",
                "sku": "1095275",
                "quantity": 1,
                "amount": Decimal("0.50"),
                "category": "ROLLS",
                "brand": "National",
            },
            {
                "lineId": "2",
                "sku": "9878513",
                "quantity": 2,
                "amount": Decimal("0.10"),
                "category": 'A "B" & É',
                "brand": "Private",
            },
            {"lineId": "3", "sku": "9999999", "quantity": 0, "amount": Decimal("0.00")},
        ],
    }


def test_an_event_is_one_line_with_amounts_in_cents() -> None:
    events = list(order_events(LINES))
    assert len(events) == 3
    assert not any("\n" in event for event in events)
    assert '"totalAmount":0.00,' in events[1]
    assert '"totalAmount":1234.56,' in events[2]


def test_what_is_written_is_what_is_expected_from(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("".join(event + "\n" for event in order_events(LINES)), encoding="utf-8")
    members = expected_points(read_events(file))
    assert {name: (each.points, each.purchases) for name, each in members.items()} == {
        "900": (0, 1),
        "7": (1234, 2),
    }
