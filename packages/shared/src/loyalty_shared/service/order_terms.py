"""What the points of an order are computed again under: its rules, and what has expired of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import dropwhile

from loyalty_shared.domain.entries import Entry, EntryType
from loyalty_shared.domain.occasions import Occasion, OrderTerms
from loyalty_shared.domain.orders import Bought, Order
from loyalty_shared.domain.recounting import lot_of_order, where_it_may_be
from loyalty_shared.service.entries import entries_of, newest_of
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.standing import Standing


def occasion_of(ledger: Ledger, standing: Standing, order_id: str | None) -> Occasion:
    """Say when and where something about an order will be written, and what is known of it.

    Raises:
        LedgerDamaged: when the rules of the order are not there.
        StoreUnavailable: when the store does not answer.
    """
    order = standing.order(order_id) if order_id else None
    return standing.occasion(order, _terms(ledger, standing, order) if order else None)


def _terms(ledger: Ledger, standing: Standing, order: Order) -> OrderTerms | None:
    bought = order.bought
    if bought is None or order.member_id not in _ids_of(standing):
        return None  # nothing is computed yet, or ever
    program = ledger.program_of(bought.program_version)
    own = lot_of_order(program, bought)
    there = sum(lot.points for lot in standing.account.lots if lot.dates in where_it_may_be(own))
    expired = 0
    # By what is there as well as by the date: other machines settle by clocks of their own.
    is_over = own.expires_on is not None and own.expires_on <= ledger.program.date_of(standing.now)
    if own.expires_on is not None and (there < order.points or is_over):
        expired = _expired_on(_history(ledger, standing, order, bought), bought, own.expires_on)
    return OrderTerms(program, expired)


def _ids_of(standing: Standing) -> tuple[str, ...]:
    return (standing.member.member_id, *standing.account.merged)


def _history(
    ledger: Ledger, standing: Standing, order: Order, bought: Bought
) -> Iterator[Iterator[Entry]]:
    # The points were entered in one ledger, and may have been carried to others since.
    holder, now_with = bought.entered_for or order.member_id, standing.member.member_id
    yield entries_of(ledger, holder)
    while holder != now_with:
        newest = newest_of(ledger, holder)
        into = newest.account.merged_into if newest else None
        holder = into or now_with  # it may be parted again from where they were entered
        yield dropwhile(lambda each: each.other is None, entries_of(ledger, holder))


def _expired_on(histories: Iterable[Iterator[Entry]], bought: Bought, last_day: date) -> int:
    """Sum the points of a last day that expired since an entry, less what stood for refunds.

    A lot that is gone leaves no trace in the account, so this reads the history. Only a refund of
    points that expired, or were spent, does that.
    """
    in_all = since = stood = 0
    first = bought.seq
    for history in histories:
        before = 0
        for entry in history:
            after = _points_of(entry, last_day)
            if entry.type is EntryType.EXPIRE:
                in_all += before - after
                since += before - after if entry.seq > first else 0
            taken = entry.reversal.expired if entry.reversal else None
            stood += taken.points if taken and taken.expires_on == last_day else 0
            before = after
        first = 0
    return min(since, in_all - stood)


def _points_of(entry: Entry, last_day: date) -> int:
    return sum(lot.points for lot in entry.account.lots if lot.expires_on == last_day)
