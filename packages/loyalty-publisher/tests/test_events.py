from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from loyalty_publisher.events import SOURCE, Event, points_event, tier_event
from loyalty_shared.contracts.identifiers import LONGEST_IDENTIFIER, identifier
from loyalty_shared.contracts.program_file import default_program
from loyalty_shared.domain.account import Account
from loyalty_shared.domain.entries import Draft, Entry
from loyalty_shared.domain.held import Hold
from loyalty_shared.domain.lots import Lot
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.domain.purchases import decide_purchase
from loyalty_shared.service.ports import MemberKey, MemberRecord

NOW = datetime(2026, 5, 4, 10, 0, 2, 345678, tzinfo=UTC)

LONGEST_ID = identifier("\N{GRINNING FACE}" * LONGEST_IDENTIFIER)
LONGEST_NAME = "\N{GRINNING FACE}" * 32  # of a tier; a program's id has as many letters
MANY = 10**18
BUS_LIMIT = 256 * 1024


def _entry(account: Account, points: int = 0) -> Entry:
    total = Money(2949, "EUR")
    purchase = Purchase(LONGEST_ID, LONGEST_ID, LONGEST_ID, total, total, NOW)
    occasion = Occasion(LONGEST_ID, 1, "t-1", NOW)
    draft = decide_purchase(default_program().program(), purchase, Account(), occasion)
    assert isinstance(draft, Draft)
    return Entry(
        seq=10**12 - 1,
        type=draft.type,
        points=points,
        order_id=LONGEST_ID,
        occurred_at=NOW,
        recorded_at=NOW,
        program_version=draft.program_version,
        earning=draft.earning,
        account=account,
        follows="0" * 36,
        previous_hash="",
    )


def _size(event: Event) -> int:
    # As EventBridge counts an entry: the time has 14 bytes, a text those of its UTF-8.
    texts = (SOURCE, event.detail_type, event.detail.model_dump_json())
    return 14 + sum(len(text.encode()) for text in texts)


def test_a_call_of_the_largest_events_is_far_below_the_limit_of_the_bus() -> None:
    member = MemberKey("p" * 32, LONGEST_ID)
    lots = tuple(Lot(MANY, None, None) for _ in range(10_000))
    hold = Hold("h-1", (Lot(MANY, None, None),), NOW, NOW.date())
    account = Account(lots=lots, holds=(hold,), debt=MANY, tier=LONGEST_NAME)
    record = MemberRecord(LONGEST_NAME, NOW.date())

    entry = points_event("1", member, _entry(account, -MANY))
    tier = tier_event("1", member, before=record, after=record, recorded_at=NOW, change_id="0" * 64)

    assert max(_size(entry), _size(tier)) < 2_048
    assert 10 * max(_size(entry), _size(tier)) < BUS_LIMIT


def test_the_balance_does_not_ask_what_day_it_is() -> None:
    day = NOW.date()
    lots = (
        Lot(1, None, day.replace(year=2025)),  # over, and not written off yet
        Lot(20, None, None),
        Lot(300, day.replace(year=2027), None),  # pending
    )

    hold = Hold("h-1", (Lot(5, None, None),), NOW, day)

    event = points_event(
        "1", MemberKey("default", "ann"), _entry(Account(lots=lots, holds=(hold,)))
    )

    assert event.detail.model_dump()["balance"] == 321
    assert event.detail.model_dump()["held"] == 5


def test_moments_are_in_utc_and_names_in_camel_case(
    events: Callable[..., list[Event]], purchase: Callable[..., Purchase]
) -> None:
    [event] = events(purchase())

    sent = event.detail.model_dump(mode="json")
    assert sent["occurredAt"] == "2026-05-04T10:00:00Z"
    assert sent["recordedAt"] == "2026-05-04T10:00:02.345000Z"
    assert sent["schemaVersion"] == 1
