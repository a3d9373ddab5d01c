"""Money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Money:
    """An exact amount in major units of a currency (ISO 4217)."""

    amount: Decimal
    currency: str
