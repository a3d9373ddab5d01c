"""What can go wrong, as data: only the edges turn these into a status, a retry or a dead letter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    `location` is a JSON Pointer (RFC 6901) into the input, `""` for the whole of it.
    """

    location: str
    reason: str


class LoyaltyError(Exception):
    """The root of every error of this service; `code` is stable and documented in docs/API.md."""

    code = "loyalty_error"

    def __init__(self, detail: str, *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults


class Rejected(LoyaltyError):
    """It can never succeed as it was sent."""


class InvalidInput(Rejected):
    """The input breaks its contract; `faults` say where."""

    code = "invalid_input"

    def __init__(self, detail: str, *, code: str = code, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail, faults=faults)
        self.code = code


class OrderOfAnotherMember(Rejected):
    """An order belongs to one member; the same order came for a second one."""

    code = "order_of_another_member"


class OrderDiffers(Rejected):
    """The order was recorded before with another amount, so one of the two is not true."""

    code = "order_differs"


class RefundDiffers(Rejected):
    """The refund was recorded before with another content, so one of the two is not true."""

    code = "refund_differs"


class RefundExceedsOrder(Rejected):
    """It gives back more than is left of its order, or of a line of it."""

    code = "refund_exceeds_order"


class OrderTooLarge(Rejected):
    """There is more to remember of the order than a store has room for."""

    code = "order_too_large"


class PointsNotRedeemable(Rejected):
    """The program does not let so many points be spent at once."""

    code = "points_not_redeemable"


class InsufficientPoints(Rejected):
    """Fewer points can be used than are asked for."""

    code = "insufficient_points"


class RedemptionExceedsOrder(Rejected):
    """Points would pay more than the order costs."""

    code = "redemption_exceeds_order"


class TooManyPayments(Rejected):
    """As many redemptions pay for the order as may."""

    code = "too_many_payments"


class TooManyHolds(Rejected):
    """The member has as many open holds as anybody may have."""

    code = "too_many_holds"


class HoldNotOpen(Rejected):
    """The hold was captured or released before, or it has lapsed."""

    code = "hold_not_open"


class HoldOfAnotherOrder(Rejected):
    """The hold was made for one order, and is to pay for another."""

    code = "hold_of_another_order"


class ActorRequired(Rejected):
    """A second person is needed, so each of the two must be known."""

    code = "actor_required"


class SecondPersonNeeded(Rejected):
    """Who asked for something cannot be the one who agrees to it."""

    code = "second_person_needed"


class AlreadyDecided(Rejected):
    """It was approved or declined before."""

    code = "already_decided"


class TooManyRequests(Rejected):
    """As many adjustments wait for the member as may."""

    code = "too_many_requests"


class CannotMerge(Rejected):
    """These members cannot be merged, or parted, as they are now."""

    code = "cannot_merge"


class NotMerged(Rejected):
    """The member is not merged into another one."""

    code = "not_merged"


class MergedIntoAnother(Rejected):
    """The member is merged into another one, who has to be asked for instead."""

    code = "merged_into_another"


class AlreadyRestored(Rejected):
    """The points of the transaction were given back before."""

    code = "already_restored"


class NotRestorable(Rejected):
    """The transaction spent no points that could be given back."""

    code = "not_restorable"


class IdempotencyKeyReused(Rejected):
    """The key was used for another request before."""

    code = "idempotency_key_reused"


class NotFound(LoyaltyError):
    """What was asked for is not in the ledger."""

    code = "not_found"


class MemberNotFound(NotFound):
    """The ledger has no entry of this member."""

    code = "member_not_found"


class TransactionNotFound(NotFound):
    """The member has no such transaction."""

    code = "transaction_not_found"


class HoldNotFound(NotFound):
    """The member never had such a hold."""

    code = "hold_not_found"


class ApprovalNotFound(NotFound):
    """No adjustment of that id ever waited for a second person."""

    code = "approval_not_found"


class OrderNotFound(NotFound):
    """No event of this order took effect."""

    code = "order_not_found"


class TryAgain(LoyaltyError):
    """It may succeed later, unchanged: nothing was written, or it is safe to send once more."""

    code = "try_again"


class StoreUnavailable(TryAgain):
    """The store did not answer, or asked for less."""

    code = "store_unavailable"


class BeingErased(TryAgain):
    """The member is being forgotten just now, and begins anew when that is done."""

    code = "being_erased"


class TooMuchContention(TryAgain):
    """Others kept writing to the same member for as long as it was worth waiting."""

    code = "too_much_contention"


class LedgerDamaged(LoyaltyError):
    """What is stored contradicts itself; nothing is guessed from it."""

    code = "ledger_damaged"
