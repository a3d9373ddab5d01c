from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from loyalty_api.application import create_app
from loyalty_api.services import Services, run_inline
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.contracts.program_file import read_program
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.order_events import record_happening
from loyalty_shared.storage.memory import MemoryLedgerStore

Ask = Callable[..., dict[str, Any]]

RULES = """
name: Test
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1, pending_days: 7}
expiry: {after_months: 2}
tiers: {window: {rolling_months: 3}, levels: [
  {name: Basic, from: 0, multiplier: 1}, {name: Gold, from: 100, multiplier: 2}]}
"""


class Shop:
    """A ledger whose clock can be set, with orders that are recorded when it shows a moment."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        rules = read_program(RULES, "rules")
        self.ledger = Ledger(MemoryLedgerStore(), rules, lambda: self.now, lambda _: None)

    def buy(self, order: str, occurred_at: str, recorded_at: str, amount: int = 100) -> None:
        self.now = datetime.fromisoformat(recorded_at)
        detail = {
            "userId": "ann",
            "orderId": order,
            "transactionId": f"pay-{order}",
            "totalAmount": amount,
            "occurredAt": occurred_at,
        }
        record_happening(self.ledger, decode_event(detail).happening("EUR", self.now))


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def account(shop: Shop) -> Ask:
    app = create_app(Services(shop.ledger, _NoInbox(), run_inline, run_inline))
    client = TestClient(app)

    def ask(**query: str) -> dict[str, Any]:
        answer = client.get("/loyalty/members/ann", params=query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return ask


class _NoInbox:
    def put(self, bodies: object) -> None:
        raise AssertionError(bodies)


def _available_and_pending(body: dict[str, Any]) -> tuple[object, object]:
    return body["points"]["available"], body["points"]["pending"]


@pytest.mark.parametrize(
    ("as_of", "available", "pending", "tier"),
    [
        ("2026-01-09T23:59:59Z", 0, 0, "Basic"),
        ("2026-01-10T10:00:00Z", 0, 100, "Gold"),
        ("2026-01-16T22:59:59Z", 0, 100, "Gold"),
        ("2026-01-16T23:00:00Z", 100, 0, "Gold"),  # the 17th in Amsterdam, seven days on
        ("2026-02-20T12:00:00+01:00", 100, 200, "Gold"),
        ("2026-03-10T22:59:59Z", 300, 0, "Gold"),
        ("2026-03-10T23:00:00Z", 200, 0, "Gold"),  # after 10 March, two months on
        ("2026-12-31T00:00:00Z", 0, 0, "Basic"),
    ],
)
def test_an_account_as_of_a_moment_of_business(  # noqa: PLR0913, PLR0917 - a row of the table
    shop: Shop,
    account: Ask,
    as_of: str,
    available: int,
    pending: int,
    tier: str,
) -> None:
    # The second order comes first, so that the past is not simply an older entry.
    shop.buy("o-2", "2026-02-20T10:00:00Z", "2026-02-20T10:00:00Z", amount=200)
    shop.buy("o-1", "2026-01-10T10:00:00Z", "2026-02-21T10:00:00Z")
    shop.now = datetime(2026, 4, 1, tzinfo=UTC)

    body = account(asOf=as_of)

    assert _available_and_pending(body) == (available, pending)
    assert body["tier"]["name"] == tier


def test_an_account_as_it_was_known(shop: Shop, account: Ask) -> None:
    shop.buy("o-2", "2026-02-20T10:00:00Z", "2026-02-20T10:00:00Z")
    shop.buy("o-1", "2026-01-10T10:00:00Z", "2026-02-21T10:00:00Z", amount=50)
    shop.now = datetime(2026, 3, 1, tzinfo=UTC)

    then = account(knownAt="2026-02-20T12:00:00Z")
    assert (_available_and_pending(then), then["asOf"]) == ((0, 100), "2026-02-20T12:00:00Z")
    now = account(knownAt="2026-02-22T00:00:00Z")
    assert _available_and_pending(now) == (50, 100)
    of_january = account(knownAt="2026-02-20T12:00:00Z", asOf="2026-01-31T00:00:00Z")
    assert (_available_and_pending(of_january), of_january["seq"]) == ((0, 0), 0)
    assert of_january["tier"]["since"] is None
    assert _available_and_pending(account(asOf="2026-01-31T00:00:00Z")) == (50, 0)


def test_before_the_first_entry_nobody_was_known(shop: Shop) -> None:
    shop.buy("o-1", "2026-01-10T10:00:00Z", "2026-02-21T10:00:00Z")
    client = TestClient(create_app(Services(shop.ledger, _NoInbox(), run_inline, run_inline)))

    answer = client.get("/loyalty/members/ann", params={"knownAt": "2026-02-21T09:59:59Z"})

    assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")


def test_of_many_entries_the_newest_that_was_known_is_found(shop: Shop, account: Ask) -> None:
    begin = datetime(2026, 1, 10, tzinfo=UTC)
    for number in range(1, 24):
        moment = (begin + timedelta(minutes=number)).isoformat()
        shop.buy(f"o-{number}", moment, moment, amount=1)

    for known in range(1, 24):
        at = begin + timedelta(minutes=known)
        assert account(knownAt=at.isoformat())["seq"] == known
        between = at + timedelta(seconds=59)
        assert account(knownAt=between.isoformat())["seq"] == known


@pytest.mark.parametrize("name", ["asOf", "knownAt"])
@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-05-04", "2026-05-04T10:00:00", "1", "9999-12-31T23:59:59Z"]
)
def test_what_is_no_moment_is_refused(client: TestClient, name: str, text: str) -> None:
    answer = client.get("/loyalty/members/ann", params={name: text})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid_request")
    assert problem["errors"][0]["location"] == f"query/{name}"
