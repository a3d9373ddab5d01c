"""The program as everybody may read it."""

from __future__ import annotations

import json

from fastapi.testclient import TestClient

from loyalty_api.application import create_app
from loyalty_api.services import Inbox, Services, run_inline
from loyalty_shared.contracts.program_file import read_program
from loyalty_shared.contracts.program_terms import terms_of
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.storage.memory import MemoryLedgerStore

TEXT = """\
id: shop
name: Shop
currency: JPY
timezone: Asia/Tokyo
earning: {points_per_unit: 1/100}
expiry: {after_months: 12}
tiers:
  window: calendar_year
  grace_months: 3
  levels: [{name: Basic, from: 0, multiplier: 1}, {name: Gold, from: 500, multiplier: 1.1}]
"""


def test_it_tells_the_program_in_force(ledger: Ledger, inbox: Inbox) -> None:
    rules = read_program(TEXT, "shop.yaml")
    other = Ledger(MemoryLedgerStore(), rules, ledger.clock, lambda _seconds: None)
    app = create_app(Services(other, inbox, run_inline, run_inline))

    with TestClient(app) as client:
        answer = client.get("/loyalty/program")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "programId": "shop",
        "name": "Shop",
        "version": rules.version(),
        "currency": "JPY",
        "timezone": "Asia/Tokyo",
        "rules": {
            "id": "shop",
            "name": "Shop",
            "currency": "JPY",
            "timezone": "Asia/Tokyo",
            "earning": {
                "points_per_unit": "1/100",
                "basis": "total",
                "rounding": "floor",
                "pending_days": 0,
            },
            "expiry": {"after_months": 12, "at": "same_day"},
            "refunds": {"when_spent": "debt"},
            "redemption": {"points_per_unit": "100", "minimum": 1, "step": 1, "return_days": 30},
            "adjustments": {"below_zero": False, "approval_above": None},
            "tiers": {
                "window": "calendar_year",
                "levels": [
                    {"name": "Basic", "from": 0, "multiplier": "1"},
                    {"name": "Gold", "from": 500, "multiplier": "11/10"},
                ],
                "grace_months": 3,
            },
        },
        "terms": list(terms_of(rules)),
    }


def test_the_rules_are_a_program_file_of_the_version(client: TestClient) -> None:
    answer = client.get("/loyalty/program").json()

    assert read_program(json.dumps(answer["rules"]), "x").version() == answer["version"]


def test_entries_name_the_version_that_it_tells(client: TestClient, ledger: Ledger) -> None:
    assert client.get("/loyalty/program").json()["version"] == ledger.program.version
