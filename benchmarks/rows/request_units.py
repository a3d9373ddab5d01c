"""Request units and sizes on DynamoDB, at any length of history and with many open lots."""

from __future__ import annotations

from contextlib import closing

from aws_cost import PURCHASE_READ, PURCHASE_WRITTEN
from bench_settings import Bench
from capacity_meter import CapacityMeter, Metered, emulated_client, emulated_store
from made_ledgers import (
    OPEN_LOTS,
    buy,
    copy_into,
    expiring_program,
    new_ledger,
    purchase,
)
from results import Line, Reach, Row
from tests.aws_emulator import running_emulator

from loyalty_shared.domain.orders import AlreadyRecorded
from loyalty_shared.service import queries
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.storage.memory import MemoryLedgerStore

_HISTORIES = (1, 100, 1_000, 10_000)
_LARGEST_ENTRY_BYTES = 1_024
_NEW = "a-member-who-has-bought-nothing-yet!"  # 36 characters, as a UUID has; so have the others


def measure(bench: Bench) -> Row:
    """Count what each request costs by the price rules, and what the emulator says that it does."""
    rules = expiring_program()
    members = {
        history: f"a-member-who-has-bought-{history:012d}"
        for history in bench.size(_HISTORIES, (1, 100))
    }
    bench.tell("writing the histories")
    memory = MemoryLedgerStore()
    ledger = new_ledger(memory, rules)
    for history, member in members.items():
        # One alone is of today: its successor would open another date, which a mark is paid for.
        buy(ledger, {member: history}, each_month=history > OPEN_LOTS)
    with running_emulator() as endpoint, closing(emulated_client(endpoint)) as client:
        store = emulated_store(client, "Units")
        bench.tell("copying into DynamoDB")
        copy_into(store, memory)
        meter = CapacityMeter(client)
        lines = [
            line
            for history, member in members.items()
            for line in _lines(meter, store, member, history)
        ]
        first = _bought(meter, store, _NEW, 1)
        lines.append(_told("a member's first purchase", first))
        longest = _bought(meter, store, members[max(members)], max(members) + 2).by_rule
        lines += [
            Line(PURCHASE_READ, "units", longest.read),
            Line(PURCHASE_WRITTEN, "units", longest.written),
        ]
    return Row(
        f"request units, with {OPEN_LOTS} open lots and as many months in the window",
        "what the emulator reports",
        tuple(lines),
        "By DynamoDB's price rules from the items in each request and answer, with ids of 36"
        " characters; `in 2` is two requests. Beside it what the emulator reports as"
        " ConsumedCapacity, which misreports some. At history 1 there is one lot, at the others"
        f" there are {OPEN_LOTS}.",
    )


def _lines(
    meter: CapacityMeter, store: LedgerArchive, member: str, history: int
) -> tuple[Line, ...]:
    reader = new_ledger(store, expiring_program())
    balance = meter.of(lambda: queries.balance(reader, member))
    account = queries.account_followed(reader, member, consistent=False)
    assert len(account.lots) == (1 if history == 1 else OPEN_LOTS)
    bought = _bought(meter, store, member, history + 1)
    again = _bought(meter, store, member, history + 1, is_known=True)
    at = f"at history {history:,}"
    most = Reach("≤", 5, "value")
    return (
        _told(f"a purchase {at}", bought, most),
        _told(f"a duplicate {at}", again, most),
        _told(f"a balance {at}", balance, Reach("≤", 0.5, "value")),
        Line(
            f"the entry {at}",
            "bytes",
            bought.written_bytes[0],
            reach=Reach("≤", _LARGEST_ENTRY_BYTES, "value"),
        ),
    )


def _bought(
    meter: CapacityMeter,
    store: LedgerArchive,
    member: str,
    number: int,
    *,
    is_known: bool = False,
) -> Metered:
    # By a ledger that has just been opened: what it remembers of before could save requests.
    ledger = new_ledger(store, expiring_program())
    with meter.metering() as metered:
        recorded = record_purchase(ledger, purchase(member, number))
    assert isinstance(recorded, AlreadyRecorded) == is_known
    return metered


def _told(name: str, metered: Metered, reach: Reach | None = None) -> Line:
    units = metered.by_rule
    return Line(
        f"{name}, in {units.requests}",
        "units",
        units.read + units.written,
        metered.as_told,
        reach=reach,
    )
