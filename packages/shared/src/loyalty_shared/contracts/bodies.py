"""What the API answers. Field names are camelCase on the wire; points are whole numbers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from loyalty_shared.domain.account import Account
from loyalty_shared.domain.earning import Earning, rational_text
from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.money import Money
from loyalty_shared.domain.orders import Order
from loyalty_shared.domain.program import Program
from loyalty_shared.domain.tiers import standing_on

# A decimal number for people to read; what is computed with is the program's own rational.
Factor = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class Body(BaseModel):
    """The root of all answers."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True
    )


class BalanceBody(Body):
    """What a user can spend now; 0 for one that is not known."""

    user_id: str
    points: int


class PointsBody(Body):
    """Where a member's points are."""

    available: int
    pending: int
    held: int
    debt: int


class LifetimeBody(Body):
    """What ever happened to a member's points; `adjusted` is signed."""

    earned: int
    redeemed: int
    expired: int
    reversed: int
    adjusted: int


class TierBody(Body):
    """A member's tier; `keptUntil` is its last day if nothing more is earned."""

    name: str
    multiplier: Factor
    since: date
    points_in_window: int
    next: str | None
    points_to_next: int | None
    kept_until: date | None


class NextExpiryBody(Body):
    """The last day on which some points can be used, and how many they are."""

    date: date
    points: int


class AccountBody(Body):
    """A member's account as of a moment."""

    member_id: str
    points: PointsBody
    lifetime: LifetimeBody
    tier: TierBody
    next_expiry: NextExpiryBody | None
    seq: int
    as_of: datetime

    @classmethod
    def of(
        cls, program: Program, member_id: str, account: Account, seq: int, as_of: datetime
    ) -> AccountBody:
        """Look at the account after entry `seq` as of a moment."""
        today = program.date_of(as_of)
        points = account.points_on(today)
        expiry = account.next_expiry(today)
        lifetime = account.lifetime
        return cls(
            member_id=member_id,
            points=PointsBody(
                available=points.available,
                pending=points.pending,
                held=account.held,
                debt=account.debt,
            ),
            lifetime=LifetimeBody(
                earned=lifetime.earned,
                redeemed=lifetime.redeemed,
                expired=lifetime.expired + points.expired,
                reversed=lifetime.reversed,
                adjusted=lifetime.adjusted,
            ),
            tier=_tier(program, account, today),
            next_expiry=NextExpiryBody(date=expiry[0], points=expiry[1]) if expiry else None,
            seq=seq,
            as_of=as_of,
        )


class MoneyBody(Body):
    """An exact amount of money, as a decimal string."""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> MoneyBody:
        """Write an amount of money."""
        return cls(amount=str(money), currency=money.currency)


class BreakdownBody(Body):
    """How the points of a transaction came about."""

    amount: MoneyBody
    points_per_unit: str
    tier: str
    multiplier: str
    rounding: str
    program_version: str
    arithmetic: str

    @classmethod
    def of(cls, earning: Earning, program_version: str) -> BreakdownBody:
        """Show an earning's arithmetic."""
        return cls(
            amount=MoneyBody.of(earning.amount),
            points_per_unit=rational_text(earning.points_per_unit),
            tier=earning.tier,
            multiplier=rational_text(earning.multiplier),
            rounding=earning.rounding.value,
            program_version=program_version,
            arithmetic=str(earning),
        )


class TransactionBody(Body):
    """An entry of a member's ledger; `available` is what could be used right after it."""

    transaction_id: str
    seq: int
    type: str
    points: int
    order_id: str | None
    occurred_at: datetime
    recorded_at: datetime
    available: int
    breakdown: BreakdownBody | None
    description: str

    @classmethod
    def of(cls, transaction_id: str, entry: Entry, available: int) -> TransactionBody:
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
            breakdown=(
                BreakdownBody.of(entry.earning, entry.program_version) if entry.earning else None
            ),
            description=_DESCRIPTIONS[entry.type].format(order=entry.order_id),
        )


class TransactionPageBody(Body):
    """Transactions, newest first; `nextCursor` asks for the page after, null on the last one."""

    items: list[TransactionBody]
    next_cursor: str | None


class OrderBody(Body):
    """What the ledger remembers of an order."""

    order_id: str
    member_id: str
    points: int
    total: MoneyBody
    tier: str
    program_version: str
    occurred_at: datetime
    transaction_id: str
    payment_transaction_id: str

    @classmethod
    def of(cls, order: Order, transaction_id: str) -> OrderBody:
        """Show an order and the id of the transaction that it earned with."""
        return cls(
            order_id=order.order_id,
            member_id=order.member_id,
            points=order.points,
            total=MoneyBody.of(order.total),
            tier=order.tier,
            program_version=order.program_version,
            occurred_at=order.occurred_at,
            transaction_id=transaction_id,
            payment_transaction_id=order.transaction_id,
        )


class AcceptedBody(Body):
    """How many events are durably queued."""

    accepted: int


class HealthBody(Body):
    """That the service is well."""

    status: str


class ErrorBody(Body):
    """One thing wrong, and where: `body/2/totalAmount`, `query/limit`, `path/memberId`."""

    location: str
    reason: str


class ProblemBody(Body):
    """A problem document (RFC 9457); `code` is stable and listed in docs/API.md."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: Annotated[list[ErrorBody], Field(default_factory=list)]


_DESCRIPTIONS = {EntryType.EARN: "Points for order {order}"}


def _tier(program: Program, account: Account, today: date) -> TierBody:
    standing = standing_on(today, program.tiers, account.qualification, account.tier_since)
    multiplier = standing.level.multiplier
    return TierBody(
        name=standing.level.name,
        multiplier=Decimal(multiplier.numerator) / multiplier.denominator,
        since=standing.since,
        points_in_window=standing.earned,
        next=standing.above.name if standing.above else None,
        points_to_next=standing.points_to_next,
        kept_until=standing.kept_until,
    )
