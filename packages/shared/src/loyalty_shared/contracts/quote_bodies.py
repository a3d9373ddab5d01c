"""Quotes: what is asked, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError

from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.bodies import Body, MoneyBody
from loyalty_shared.contracts.events import OrderEvent
from loyalty_shared.contracts.faults import faults_of
from loyalty_shared.contracts.identifiers import Identifier
from loyalty_shared.contracts.order_details import Basket, OrderCompleted
from loyalty_shared.contracts.whole_numbers import WRITTEN_ANYHOW
from loyalty_shared.contracts.wishes import MOST_POINTS
from loyalty_shared.domain.earning import rational_text
from loyalty_shared.domain.errors import Fault, InvalidInput
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.domain.quotes import Quote, Worth

_NO_ORDER = "quote"


class QuoteWish(Basket):
    """A basket of a member, and how many points are to pay for a part of it."""

    member_id: Identifier
    points: Annotated[int, Field(strict=True, ge=0, le=MOST_POINTS), WRITTEN_ANYHOW] = 0


@dataclass(frozen=True, slots=True)
class AskedQuote:
    """A purchase that may come, and the points that are to pay for a part of it."""

    purchase: Purchase
    points: int


class QuotedEarningBody(Body):
    """What a purchase would earn, with the arithmetic, and when these points can be used."""

    points: int
    amount: MoneyBody
    points_per_unit: str
    tier: str
    multiplier: str
    rounding: str
    arithmetic: str
    activates_on: date | None
    expires_on: date | None


class WorthBody(Body):
    """Points and what they pay."""

    points: int
    value: MoneyBody

    @classmethod
    def of(cls, worth: Worth) -> WorthBody:
        """Show points and what they pay."""
        return cls(points=worth.points, value=MoneyBody.of(worth.value))


class QuoteBody(Body):
    """What a basket would earn a member now, and how many points could pay for it.

    `redeemable` is the most that could pay, `redeemed` what was asked to, and `toPay` the rest.
    """

    member_id: str
    available: int
    earns: QuotedEarningBody
    redeemable: WorthBody
    redeemed: WorthBody
    to_pay: MoneyBody

    @classmethod
    def of(cls, member_id: str, quote: Quote) -> QuoteBody:
        """Show a quote."""
        earning = quote.earning
        return cls(
            member_id=member_id,
            available=quote.available,
            earns=QuotedEarningBody(
                points=earning.points,
                amount=MoneyBody.of(earning.amount),
                points_per_unit=rational_text(earning.points_per_unit),
                tier=earning.tier,
                multiplier=rational_text(earning.multiplier),
                rounding=earning.rounding.value,
                arithmetic=str(earning),
                activates_on=quote.lot.activates_on,
                expires_on=quote.lot.expires_on,
            ),
            redeemable=WorthBody.of(quote.redeemable),
            redeemed=WorthBody.of(quote.redeemed),
            to_pay=MoneyBody.of(quote.to_pay),
        )


def read_quote(body: bytes, currency: str, now: datetime) -> AskedQuote:
    """Read what a quote is asked for; amounts are checked as those of an event.

    Raises:
        InvalidInput: with code `malformed_json`, `invalid_request` and every fault, or the code of
            an event: `currency_mismatch`, `invalid_amount`, `occurred_in_the_future`.
    """
    document: Any = strict_json.decode(strict_json.text_of(body))
    try:
        wish = QuoteWish.model_validate(document)
    except ValidationError as error:
        faults = tuple(Fault(f"body{each.location}", each.reason) for each in faults_of(error))
        raise InvalidInput(
            "the request is not valid", code="invalid_request", faults=faults
        ) from error
    # All of it is checked already, so nothing is read once more.
    checked: dict[str, Any] = {name: getattr(wish, name) for name in Basket.model_fields}
    checked |= {"user_id": wish.member_id, "order_id": _NO_ORDER, "transaction_id": _NO_ORDER}
    detail = OrderCompleted.model_construct(**checked)
    happening = OrderEvent(detail, "body", None).happening(currency, now)
    assert isinstance(happening, Purchase)  # noqa: S101 - for the types: it was made as one
    return AskedQuote(happening, wish.points)
