"""Many who spend one member's points at once, on every store: never more than there was."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from loyalty_shared.domain.errors import AlreadyRestored, InsufficientPoints, LoyaltyError
from loyalty_shared.domain.orders import Purchase
from loyalty_shared.domain.redemptions import Redemption
from loyalty_shared.service import queries, statements
from loyalty_shared.service.archive import LedgerArchive
from loyalty_shared.service.commands import Done
from loyalty_shared.service.ledger import Ledger
from loyalty_shared.service.purchases import record_purchase
from loyalty_shared.service.redemptions import Asking, redeem, restore

THREADS = 16

MakeLedger = Callable[[LedgerArchive], Ledger]
MakePurchase = Callable[..., Purchase]


def at_once(work: Callable[[int], Done]) -> list[Done | LoyaltyError]:
    """Do the work of every thread's number, all beginning at the same moment."""
    barrier = Barrier(THREADS)

    def begin(number: int) -> Done | LoyaltyError:
        barrier.wait()
        try:
            return work(number)
        except LoyaltyError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def test_sixteen_spenders_never_get_more_than_there_was(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))  # 29 points

    outcomes = at_once(
        lambda thread: redeem(program, Asking("M-1", f"k-{thread}", None), Redemption(5))
    )

    done = [each for each in outcomes if isinstance(each, Done)]
    refused = [each for each in outcomes if isinstance(each, InsufficientPoints)]
    assert (len(done), len(refused)) == (5, THREADS - 5)
    assert queries.balance(program, "M-1") == 4
    assert statements.account(program, "M-1").account.is_conserved()


def test_sixteen_twins_of_one_request_spend_once_and_get_one_answer(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))

    # All there is: so for a twin that comes second, nothing is left to spend.
    outcomes = at_once(lambda _: redeem(program, Asking("M-1", "k-1", None), Redemption(29)))

    done = [each for each in outcomes if isinstance(each, Done)]
    assert len(done) == THREADS
    assert len({each.entry.seq for each in done}) == 1
    assert len([each for each in done if not each.is_replayed]) == 1
    assert queries.balance(program, "M-1") == 0


def test_sixteen_who_give_the_same_points_back_do_so_once(
    store: LedgerArchive, ledger: MakeLedger, a_purchase: MakePurchase
) -> None:
    program = ledger(store)
    record_purchase(program, a_purchase(1))
    spent = redeem(program, Asking("M-1", "k-0", None), Redemption(20)).entry
    spent_id = queries.explained(program, "M-1", spent).transaction_id

    outcomes = at_once(
        lambda thread: restore(program, Asking("M-1", f"r-{thread}", None), spent_id)
    )

    assert len([each for each in outcomes if isinstance(each, Done)]) == 1
    refused = [each for each in outcomes if isinstance(each, AlreadyRestored)]
    assert len(refused) == THREADS - 1
    assert queries.balance(program, "M-1") == 29
