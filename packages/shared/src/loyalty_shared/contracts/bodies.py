"""What the API answers, but for accounts, transactions and orders. Points are whole numbers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from loyalty_shared.domain.money import Money


class Body(BaseModel):
    """The root of all answers."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True
    )


class BalanceBody(Body):
    """What a user can spend now; 0 for one that is not known."""

    user_id: str
    points: int


class MoneyBody(Body):
    """An exact amount of money, as a decimal string."""

    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> MoneyBody:
        """Write an amount of money."""
        return cls(amount=str(money), currency=money.currency)


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
