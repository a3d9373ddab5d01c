"""What a client has done."""

from __future__ import annotations

from loyalty_client.calls import commands
from loyalty_client.methods.sender import Sender
from loyalty_client.results.approvals import Approval
from loyalty_client.results.erasures import Erasure
from loyalty_client.results.holds import Hold
from loyalty_client.results.transactions import Transaction


class Commands(Sender):
    """Has things done, each once under its key; without a `key` a new one is made for the call.

    What comes back says whether it was `replayed`: done before, under the same key.
    """

    def redeem(
        self,
        member_id: str,
        points: int,
        *,
        order_id: str | None = None,
        description: str | None = None,
        key: str | None = None,
    ) -> Transaction:
        """Spend points, those that expire first.

        Raises:
            InsufficientPoints: when fewer are available.
            KeyReused: when the key was used for something else.
        """
        return self.send(commands.redeem(member_id, points, order_id, description, key))

    def reverse(
        self, member_id: str, transaction_id: str, *, key: str | None = None
    ) -> Transaction:
        """Give back the points that a transaction spent, once.

        Raises:
            NotFound: when the member has no such transaction.
            Conflict: when it spent none, or they were given back before.
        """
        return self.send(commands.reverse(member_id, transaction_id, key))

    def hold(  # noqa: PLR0913 - as many as a hold has
        self,
        member_id: str,
        points: int,
        *,
        expires_in_seconds: int | None = None,
        order_id: str | None = None,
        description: str | None = None,
        key: str | None = None,
    ) -> Hold:
        """Set points aside, until they are captured, released or the time is over.

        Without `expires_in_seconds` they are set aside as long as the service does by itself.

        Raises:
            InsufficientPoints: when fewer are available.
        """
        call = commands.hold(
            member_id,
            points,
            expires_in_seconds=expires_in_seconds,
            order_id=order_id,
            description=description,
            key=key,
        )
        return self.send(call)

    def capture(  # noqa: PLR0913 - as many as a capture has
        self,
        member_id: str,
        hold_id: str,
        points: int | None = None,
        *,
        order_id: str | None = None,
        description: str | None = None,
        key: str | None = None,
    ) -> Transaction:
        """Spend what a hold set aside, or so many points of it.

        Raises:
            NotFound: when the member has no such hold.
            Conflict: when it is not open any more.
        """
        call = commands.capture(
            member_id, hold_id, points, order_id=order_id, description=description, key=key
        )
        return self.send(call)

    def release(self, member_id: str, hold_id: str, *, key: str | None = None) -> Transaction:
        """Give back what a hold set aside.

        Raises:
            NotFound: when the member has no such hold.
            Conflict: when it is not open any more.
        """
        return self.send(commands.release(member_id, hold_id, key))

    def adjust(
        self,
        member_id: str,
        points: int,
        reason: str,
        *,
        key: str | None = None,
        actor: str | None = None,
    ) -> Transaction | Approval:
        """Add points by hand, or (negative) take them.

        The answer is the transaction, or, where that needs somebody's consent, what waits for it.
        `actor` says who asks, where no token does.

        Raises:
            InsufficientPoints: when fewer are available, and the program does not let it.
        """
        return self.send(commands.adjust(member_id, points, reason, key, actor))

    def approve(
        self, approval_id: str, *, key: str | None = None, actor: str | None = None
    ) -> Transaction:
        """Consent to an adjustment that waits.

        Raises:
            Forbidden: when it is the one who asked for it.
            Conflict: when somebody has decided before.
        """
        return self.send(commands.decide(approval_id, "approve", key, actor))

    def decline(
        self, approval_id: str, *, key: str | None = None, actor: str | None = None
    ) -> Transaction:
        """Refuse an adjustment that waits, or take it back.

        Raises:
            Conflict: when somebody has decided before.
        """
        return self.send(commands.decide(approval_id, "decline", key, actor))

    def erase(self, member_id: str, *, key: str | None = None) -> Erasure:
        """Forget a member, and all that is held of it.

        Raises:
            NotFound: when the ledger has no entry of the member.
            Conflict: when it is merged into another one.
        """
        return self.send(commands.erase(member_id, key))

    def merge(self, member_id: str, into: str, *, key: str | None = None) -> Transaction:
        """Let all that a member has be another one's, and what comes under its id from then on.

        Raises:
            NotFound: when the ledger has no entry of the member.
            Conflict: when these are one already, or one has holds or adjustments open.
        """
        return self.send(commands.merge(member_id, into, key))

    def undo_merge(self, member_id: str, *, key: str | None = None) -> Transaction:
        """Give a member that was merged back what it brought, and what came under its id since.

        Raises:
            Conflict: when it is not merged, or the other one has holds or adjustments open.
        """
        return self.send(commands.undo_merge(member_id, key))
