"""What happened to a member's points."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from loyalty_client.results.money import Money


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Points that came (negative: went), usable from one day through another; None: no limit."""

    points: int
    activates_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RefundBreakdown:
    """What refunds did to the points of their order."""

    refund_ids: tuple[str, ...] = ()
    refunded: Money | None = None
    points_before: int | None = None
    points_kept: int | None = None
    already_expired: int = 0
    forgiven: int = 0


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """How the points of a transaction came about; `rule` says it as a sentence.

    `held` is how many more points are set aside by it, and `debt` how many more are owed.
    """

    rule: str
    program_version: str | None = None
    amount: Money | None = None
    points_per_unit: str | None = None
    tier: str | None = None
    multiplier: str | None = None
    rounding: str | None = None
    arithmetic: str | None = None
    refund: RefundBreakdown | None = None
    value: Money | None = None
    lots: tuple[Lot, ...] = ()
    held: int = 0
    debt: int = 0


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """An entry of a member's ledger; `available` is what could be used right after it.

    `type` is EARN, REVERSE, REDEEM, RESTORE and so on; a newer service may know more of them.
    `follows` is the transaction that it ends or undoes, `other_member_id` the other one of a merge.
    `replayed` says of a command's answer that the command had been done before, under the same key.
    """

    transaction_id: str
    seq: int
    type: str
    points: int
    order_id: str | None = None
    occurred_at: datetime
    recorded_at: datetime
    available: int
    breakdown: Breakdown | None = None
    description: str | None = None
    follows: str | None = None
    other_member_id: str | None = None
    actor: str | None = None
    replayed: bool = field(default=False, compare=False)
