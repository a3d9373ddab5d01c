"""Read what members have through the service's own queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from loyalty_server.composition import open_ledger
from loyalty_server.settings import ServerSettings
from loyalty_shared.domain.errors import MemberNotFound
from loyalty_shared.service import queries, statements
from loyalty_shared.service.ledger import Ledger


@dataclass(frozen=True)
class Found:
    """A member in the ledger: points ever earned and now available, entries, the tier."""

    earned: int = 0
    available: int = 0
    entries: int = 0
    tier: str = ""


def read_members(data: Path, members: Iterable[str]) -> dict[str, Found]:
    """Read members of the ledger in a folder."""
    with _ledger(data) as ledger:
        return {member: _found(ledger, member) for member in members}


@dataclass(frozen=True)
class FoundOrder:
    """An order in the ledger: the points that it earns now, and the tier that it earned under."""

    points: int
    tier: str


@dataclass(frozen=True)
class FoundAccount:
    """An account: all points in it, less what is owed; whether it adds up; and all that it says."""

    total: int
    is_conserved: bool
    whole: str


def orders_in(data: Path, order_ids: Iterable[str]) -> dict[str, FoundOrder]:
    """Read orders of the ledger in a folder."""
    with _ledger(data) as ledger:
        found = {order_id: queries.order(ledger, order_id).order for order_id in order_ids}
    return {
        order_id: FoundOrder(order.points, order.bought.tier if order.bought else "")
        for order_id, order in found.items()
    }


def accounts_in(data: Path, members: Iterable[str]) -> dict[str, FoundAccount]:
    """Read accounts of the ledger in a folder."""
    with _ledger(data) as ledger:
        found = {member: statements.account(ledger, member).account for member in members}
    return {
        member: FoundAccount(
            sum(lot.points for lot in account.lots) - account.debt,
            account.is_conserved(),
            # When a tier began is told by what came first, where two orders could have begun it.
            repr(replace(account, tier_since=date.min)),
        )
        for member, account in found.items()
    }


def _found(ledger: Ledger, member: str) -> Found:
    try:
        statement = statements.account(ledger, member)
    except MemberNotFound:
        return Found()
    account = statement.account
    return Found(
        account.lifetime.earned, queries.balance(ledger, member), statement.seq, account.tier
    )


@contextmanager
def _ledger(data: Path) -> Iterator[Ledger]:
    # Named here, so that no variable of the environment names another.
    ledger = open_ledger(ServerSettings(store=f"sqlite:{data}", data=data, program=None))
    try:
        yield ledger
    finally:
        ledger.store.close()
