"""Money is exact: a whole number of minor units (cents) of an ISO 4217 currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

from loyalty_shared.domain.errors import InvalidInput

LARGEST_AMOUNT = 10**12  # major units; above it, a typing error is likelier than a purchase

# ISO 4217 (SIX list one, 2026): every active currency, by how many decimals its minor unit has.
_CURRENCIES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD"
    " CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL"
    " GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR"
    " LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD"
    " PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC"
    " SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR"
    " ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENT_BY_CURRENCY = {
    currency: exponent
    for exponent, currencies in _CURRENCIES_BY_EXPONENT.items()
    for currency in currencies.split()
}


# More digits than the largest amount has; what would be rounded raises.
_EXACT = Context(prec=40, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of `minor` units of `currency`: `Money(12050, "EUR")` is EUR 120.50."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Money:
        """Hold a decimal amount of major units exactly.

        Raises:
            InvalidInput: with code `invalid_amount`, when the amount is negative, not finite, over
                10^12 or finer than the currency's minor unit; `unknown_currency` for a code that
                ISO 4217 does not list.
        """
        return cls(minor_units(amount, currency), currency)

    def __str__(self) -> str:
        exponent = EXPONENT_BY_CURRENCY[self.currency]
        if exponent == 0:
            return str(self.minor)
        major, rest = divmod(self.minor, 10**exponent)
        return f"{major}.{rest:0{exponent}d}"


def minor_units(amount: Decimal, currency: str) -> int:
    """Give a decimal amount of major units in minor ones, exactly.

    Raises: as `Money.of` does.
    """
    exponent = exponent_of(currency)
    if not amount.is_finite():
        raise _invalid("an amount must be a finite number")
    if amount < 0:
        raise _invalid("an amount must not be negative")
    if amount > LARGEST_AMOUNT:
        raise _invalid("an amount must not be over 1000000000000")
    try:
        return int(amount.scaleb(exponent, _EXACT).to_integral_exact(context=_EXACT))
    except Inexact:
        raise _invalid(f"an amount in {currency} has at most {exponent} decimals") from None


def exponent_of(currency: str) -> int:
    """Say how many decimals the minor unit of a currency has.

    Raises:
        InvalidInput: with code `unknown_currency`, for a code that ISO 4217 does not list.
    """
    exponent = EXPONENT_BY_CURRENCY.get(currency)
    if exponent is None:
        raise InvalidInput(f"{currency!r} is no ISO 4217 currency code", code="unknown_currency")
    return exponent


def _invalid(reason: str) -> InvalidInput:
    return InvalidInput(reason, code="invalid_amount")
