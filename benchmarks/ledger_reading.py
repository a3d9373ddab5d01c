"""Read what members have through the service's own queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loyalty_server.composition import open_ledger
from loyalty_server.settings import ServerSettings
from loyalty_shared.domain.errors import MemberNotFound
from loyalty_shared.service import queries
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


def _found(ledger: Ledger, member: str) -> Found:
    try:
        statement = queries.account(ledger, member)
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
