"""A transaction as the API shows it: an entry that explains itself."""

from __future__ import annotations

from datetime import date, datetime

from loyalty_shared.contracts.bodies import Body, MoneyBody
from loyalty_shared.contracts.explanations import arithmetic_of, description_of, rule_of
from loyalty_shared.domain.earning import rational_text
from loyalty_shared.domain.entries import Entry, Reversal
from loyalty_shared.domain.replay import Change


class LotBody(Body):
    """Points that a transaction put into a lot, or (negative) took from it.

    They can be used from `activatesOn` (null: at once) through `expiresOn` (null: for good).
    """

    points: int
    activates_on: date | None
    expires_on: date | None


class RefundBody(Body):
    """What refunds did to the points of their order.

    Of the difference between `pointsBefore` and `pointsKept`, `alreadyExpired` were gone before,
    and `forgiven` are not asked for. `pointsKept` is null while the order has not arrived.
    """

    refund_ids: list[str]
    refunded: MoneyBody
    points_before: int
    points_kept: int | None
    already_expired: int
    forgiven: int

    @classmethod
    def of(cls, reversal: Reversal) -> RefundBody:
        """Show a reversal."""
        return cls(
            refund_ids=list(reversal.refund_ids),
            refunded=MoneyBody.of(reversal.refunded),
            points_before=reversal.before,
            points_kept=reversal.kept.points if reversal.kept else None,
            already_expired=reversal.expired.points if reversal.expired else 0,
            forgiven=reversal.forgiven,
        )


class BreakdownBody(Body):
    """How the points of a transaction came about.

    `rule` is a sentence. `amount` to `rounding` are there where an order earned, or earns less,
    `value` where points were spent.
    `lots` is where the points came or went, `held` how many more (negative: fewer) are set aside,
    and `debt` how many more are owed.
    """

    rule: str
    program_version: str
    amount: MoneyBody | None
    points_per_unit: str | None
    tier: str | None
    multiplier: str | None
    rounding: str | None
    arithmetic: str | None
    refund: RefundBody | None
    value: MoneyBody | None
    lots: list[LotBody]
    held: int
    debt: int

    @classmethod
    def of(cls, entry: Entry, change: Change) -> BreakdownBody:
        """Explain an entry by what it holds and by what it changed."""
        reversal = entry.reversal
        earning = (reversal.kept if reversal else None) or entry.earning
        return cls(
            rule=rule_of(entry, change),
            program_version=entry.program_version,
            amount=MoneyBody.of(earning.amount) if earning else None,
            points_per_unit=rational_text(earning.points_per_unit) if earning else None,
            tier=earning.tier if earning else None,
            multiplier=rational_text(earning.multiplier) if earning else None,
            rounding=earning.rounding.value if earning else None,
            arithmetic=arithmetic_of(entry),
            refund=RefundBody.of(reversal) if reversal and reversal.refund_ids else None,
            value=MoneyBody.of(entry.value) if entry.value else None,
            lots=[
                LotBody(points=lot.points, activates_on=lot.activates_on, expires_on=lot.expires_on)
                for lot in change.lots
            ],
            held=change.held,
            debt=change.debt,
        )


class TransactionBody(Body):
    """An entry of a member's ledger; `available` is what could be used right after it.

    `actor` is the subject of the token that asked for it, null where none was needed. `follows` is
    the `transactionId` of the one that it ends or undoes: of a hold, or of a redemption.
    `otherMemberId` is the other one of a merge.

    The `points` of all of them, from the first on, add up to what is available, pending and held,
    less what is owed.
    """

    transaction_id: str
    seq: int
    type: str
    points: int
    order_id: str | None
    occurred_at: datetime
    recorded_at: datetime
    available: int
    breakdown: BreakdownBody
    description: str
    follows: str | None
    other_member_id: str | None
    actor: str | None

    @classmethod
    def of(
        cls, transaction_id: str, entry: Entry, change: Change, available: int
    ) -> TransactionBody:
        """Show an entry."""
        return cls(
            transaction_id=transaction_id,
            seq=entry.seq,
            type=entry.type.value,
            points=entry.points,
            order_id=entry.order_id,
            occurred_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
            available=available,
            breakdown=BreakdownBody.of(entry, change),
            description=description_of(entry),
            follows=entry.follows,
            other_member_id=entry.other,
            actor=entry.actor,
        )


class TransactionPageBody(Body):
    """Transactions, newest first; `nextCursor` asks for the page after, null on the last one."""

    items: list[TransactionBody]
    next_cursor: str | None
