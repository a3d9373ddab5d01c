"""What the commands for adjustments ask for: `adjust`, and those of `approvals`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from loyalty_api.views import approval_body
from loyalty_server.asking import Answer, Asker, transacted, wish_of
from loyalty_shared.contracts.approval_bodies import ApprovalBody
from loyalty_shared.contracts.transaction_bodies import TransactionBody
from loyalty_shared.contracts.wishes import AdjustmentWish
from loyalty_shared.domain.adjustments import Adjustment
from loyalty_shared.domain.entries import EntryType
from loyalty_shared.service import adjustments
from loyalty_shared.service.adjustments import Approval
from loyalty_shared.service.commands import Asking, Done
from loyalty_shared.service.ledger import Ledger


def adjust(asker: Asker, points: int, reason: str) -> Answer[TransactionBody | ApprovalBody]:
    """Give points to a member or take some, or ask for it where they are many.

    Raises: as the use case does.
    """
    wish = wish_of(AdjustmentWish, points=("POINTS", points), reason=("--reason", reason))
    adjustment = Adjustment(wish.points, wish.reason)

    def do(ledger: Ledger, asking: Asking) -> Answer[TransactionBody | ApprovalBody]:
        done = adjustments.adjust(ledger, asking, adjustment)
        if done.entry.type is EntryType.REQUEST:
            asked = adjustments.asked_by_command(ledger, asking, done)
            return Answer(approval_body(asked), done.is_replayed)
        answer = transacted(ledger, done)
        return Answer(answer.body, answer.is_replayed)

    return asker.ask(do)


def approve(asker: Asker, approval_id: str) -> Answer[TransactionBody]:
    """Agree to an adjustment.

    Raises: as the use case does.
    """
    return _decided(asker, approval_id, adjustments.approve)


def decline(asker: Asker, approval_id: str) -> Answer[TransactionBody]:
    """Refuse an adjustment, or take one back.

    Raises: as the use case does.
    """
    return _decided(asker, approval_id, adjustments.decline)


def _decided(
    asker: Asker, approval_id: str, decide: Callable[[Ledger, Asking, Approval], Done]
) -> Answer[TransactionBody]:
    def do(ledger: Ledger, asking: Asking) -> Answer[TransactionBody]:
        approval = adjustments.find_approval(ledger, approval_id)
        asking = replace(asking, member_id=approval.member_id)
        return transacted(ledger, decide(ledger, asking, approval))

    return asker.ask(do)
