from __future__ import annotations

import json
from datetime import UTC, datetime

import jsonschema_rs
import pytest

from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event, event_schema
from loyalty_shared.contracts.wishes import (
    AdjustmentWish,
    HoldWish,
    RedemptionWish,
    Wish,
    read_wish,
)
from loyalty_shared.domain.errors import InvalidInput

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("points", ["5", "5.0", "5.000", "0.5e1", "50e-1"])
def test_a_whole_number_is_one_however_it_is_written(points: str) -> None:
    wish = read_wish(RedemptionWish, f'{{"points": {points}}}'.encode())

    assert wish.points == 5
    assert type(wish.points) is int


@pytest.mark.parametrize(
    "points", ["5.5", "0", "0.0", "-5.0", "1e16", "1e999", "1e999999", '"5"', "true", "null"]
)
def test_what_is_no_number_of_points_is_refused(points: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_wish(RedemptionWish, f'{{"points": {points}}}'.encode())

    assert refused.value.code == "invalid_request"
    assert [fault.location for fault in refused.value.faults] == ["body/points"]


@pytest.mark.parametrize(
    ("model", "body", "is_valid"),
    [
        (AdjustmentWish, {"points": 0, "reason": "x"}, False),
        (AdjustmentWish, {"points": -1, "reason": "x"}, True),
        (AdjustmentWish, {"points": -1.0, "reason": "x"}, True),
        (HoldWish, {"points": 0}, False),
        (HoldWish, {"points": 1, "expiresInSeconds": 0}, False),
        (HoldWish, {"points": 1, "expiresInSeconds": 604_800}, True),
        (RedemptionWish, {"points": 1, "orderId": "   "}, False),
        (RedemptionWish, {"points": 1, "orderId": "a\n"}, False),
        (RedemptionWish, {"points": 1, "orderId": 17}, True),
    ],
)
def test_the_description_of_a_command_says_what_is_accepted(
    model: type[Wish],
    body: dict[str, object],
    is_valid: bool,  # noqa: FBT001 - a column
) -> None:
    described = jsonschema_rs.validator_for(model.model_json_schema())

    assert described.is_valid(body) is is_valid


@pytest.mark.parametrize(
    ("given", "is_valid"),
    [
        ({"amount": 1}, True),
        ({"lines": [{"lineId": "l-1", "amount": 1}]}, True),
        ({}, False),
        ({"amount": None}, False),
        ({"lines": []}, False),
        ({"lines": None}, False),
        ({"amount": None, "lines": []}, False),
        ({"amount": 1, "lines": None}, True),
    ],
)
def test_the_description_of_a_refund_wants_an_amount_or_lines(
    given: dict[str, object],
    is_valid: bool,  # noqa: FBT001 - a column
) -> None:
    described = jsonschema_rs.validator_for(event_schema())
    detail = {"userId": "ann", "orderId": "o-1", "refundId": "r-1", **given}
    document = {"detail-type": "OrderRefunded", "detail": detail}

    assert described.is_valid(document) is is_valid
    if is_valid:
        decode_event(strict_json.decode(json.dumps(document))).happening("EUR", NOW)
