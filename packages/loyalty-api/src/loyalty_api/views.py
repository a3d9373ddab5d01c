"""From what the ledger answers to what the API does; the command shows the same."""

from __future__ import annotations

from loyalty_api.cursors import Listing, encode_cursor, encode_id_cursor
from loyalty_shared.contracts.account_bodies import (
    AccountBody,
    TierMemberBody,
    TierMemberPageBody,
)
from loyalty_shared.contracts.approval_bodies import ApprovalBody, ApprovalPageBody
from loyalty_shared.contracts.hold_bodies import HoldBody
from loyalty_shared.contracts.transaction_bodies import TransactionBody, TransactionPageBody
from loyalty_shared.domain.program import Program
from loyalty_shared.service.adjustments import Approval, Approvals
from loyalty_shared.service.holds import FoundHold, HoldStatus
from loyalty_shared.service.queries import History, MembersInTier, Transaction
from loyalty_shared.service.statements import AccountStatement


def account_body(program: Program, statement: AccountStatement) -> AccountBody:
    """Write an account as of the moment that it was asked for."""
    return AccountBody.of(
        program, statement.member_id, statement.account, statement.seq, statement.as_of
    )


def transaction_body(found: Transaction) -> TransactionBody:
    """Write a transaction."""
    return TransactionBody.of(found.transaction_id, found.entry, found.change, found.available)


def transaction_page_body(page: History) -> TransactionPageBody:
    """Write a page of transactions, with the cursor for the one after."""
    return TransactionPageBody(
        items=[transaction_body(each) for each in page.transactions],
        next_cursor=encode_cursor(Listing.TRANSACTIONS, page.next_before)
        if page.next_before
        else None,
    )


def hold_body(program: Program, member_id: str, found: FoundHold) -> HoldBody:
    """Write a hold and what has become of it."""
    ended_at = found.ended.occurred_at if found.ended else None
    if found.status is HoldStatus.LAPSED:
        ended_at = found.hold.expires_at
    is_captured = found.ended and found.status is HoldStatus.CAPTURED
    captured = -found.ended.points if found.ended and is_captured else None
    ended = (found.status.value, captured, ended_at)
    return HoldBody.of(program, member_id, found.hold, found.made, ended)


def approval_body(found: Approval) -> ApprovalBody:
    """Write an adjustment that waits for a second person, or waited."""
    return ApprovalBody.of(
        found.approval_id, found.member_id, found.request, found.asked, found.decided
    )


def approval_page_body(page: Approvals) -> ApprovalPageBody:
    """Write a page of adjustments that wait, with the cursor for the one after."""
    return ApprovalPageBody(
        items=[approval_body(each) for each in page.approvals],
        next_cursor=encode_id_cursor(Listing.APPROVALS, page.next_after)
        if page.next_after
        else None,
    )


def tier_member_page_body(page: MembersInTier) -> TierMemberPageBody:
    """Write a page of a tier's members, with the cursor for the one after."""
    return TierMemberPageBody(
        items=[
            TierMemberBody(
                member_id=each.member_id,
                tier=each.record.tier,
                tier_since=each.record.tier_since,
            )
            for each in page.members
        ],
        next_cursor=encode_id_cursor(Listing.MEMBERS, page.next_after) if page.next_after else None,
    )
