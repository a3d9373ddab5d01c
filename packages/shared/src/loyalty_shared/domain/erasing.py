"""The rule for forgetting a member: what is left to say of it names nobody."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty_shared.domain.account import Account, Lifetime
from loyalty_shared.domain.entries import Draft, EntryType
from loyalty_shared.domain.occasions import Occasion
from loyalty_shared.domain.program import Program


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a member had when it was forgotten, so that the program's totals stay true.

    `points` is what was lost by it: all that was available, pending and held, less what was owed.
    """

    lifetime: Lifetime
    points: int
    entries: int

    @classmethod
    def of(cls, account: Account, entries: int) -> Forgotten:
        """Sum up an account."""
        return cls(account.lifetime, account.inside, entries)


def decide_erasure(program: Program, account: Account, occasion: Occasion) -> Draft:
    """Decide the last entry of a member: it empties the account."""
    return Draft(
        type=EntryType.ERASE,
        points=-account.inside,
        occurred_at=occasion.now,
        program_version=program.version,
        account=Account(tier_since=account.tier_since),
    )
