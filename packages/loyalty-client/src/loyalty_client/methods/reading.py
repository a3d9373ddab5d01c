"""What a client asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from loyalty_client.calls import reading
from loyalty_client.calls.events import OrderLine
from loyalty_client.encoding import Amount
from loyalty_client.listing import Listing
from loyalty_client.methods.sender import Sender
from loyalty_client.problems import ServiceUnavailable
from loyalty_client.results.accounts import Account, Balance, TierMember
from loyalty_client.results.approvals import Approval
from loyalty_client.results.holds import Hold
from loyalty_client.results.orders import Order
from loyalty_client.results.programs import Program
from loyalty_client.results.quotes import Quote
from loyalty_client.results.transactions import Transaction


class Reading(Sender):
    """Asks, and changes nothing."""

    def points(self, user_id: str) -> Balance:
        """Give the points that a user can use now; 0 for a user that is not known."""
        return self.send(reading.points(user_id))

    def member(
        self, member_id: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Account:
        """Give a member's account as of now, or of another moment.

        `as_of` is what the shop says had occurred by then, `known_at` what the ledger had recorded.

        Raises:
            NotFound: when the ledger has no entry of the member.
        """
        return self.send(reading.member(member_id, as_of, known_at))

    def transactions(self, member_id: str, *, page_size: int = 100) -> Listing[Transaction]:
        """Give a member's transactions, newest first."""
        return Listing(self.send, reading.transactions(member_id, page_size))

    def transaction(self, member_id: str, transaction_id: str) -> Transaction:
        """Give one transaction, with its breakdown.

        Raises:
            NotFound: when the member has none of that id.
        """
        return self.send(reading.transaction(member_id, transaction_id))

    def order(self, order_id: str) -> Order:
        """Give what the ledger remembers of an order.

        Raises:
            NotFound: when no event of the order took effect.
        """
        return self.send(reading.order(order_id))

    def members_in_tier(self, tier: str, *, page_size: int = 100) -> Listing[TierMember]:
        """Give the members of a tier, by id."""
        return Listing(self.send, reading.members_in_tier(tier, page_size))

    def program(self) -> Program:
        """Give the rules in force."""
        return self.send(reading.program())

    def holds(self, member_id: str) -> Listing[Hold]:
        """Give a member's open holds."""
        return Listing(self.send, reading.holds(member_id))

    def get_hold(self, member_id: str, hold_id: str) -> Hold:
        """Give one hold, open or not.

        Raises:
            NotFound: when the member has none of that id.
        """
        return self.send(reading.get_hold(member_id, hold_id))

    def approvals(self) -> Listing[Approval]:
        """Give the adjustments that wait for somebody's consent."""
        return Listing(self.send, reading.approvals())

    def get_approval(self, approval_id: str) -> Approval:
        """Give an adjustment that waits for somebody's consent, or waited.

        Raises:
            NotFound: when there never was one of that id.
        """
        return self.send(reading.get_approval(approval_id))

    def quote(  # noqa: PLR0913 - as many as a basket has
        self,
        member_id: str,
        total_amount: Amount,
        *,
        currency: str | None = None,
        lines: Sequence[OrderLine] = (),
        shipping: Amount | None = None,
        tax: Amount | None = None,
        points: int | None = None,
        occurred_at: datetime | None = None,
    ) -> Quote:
        """Say what a basket would earn, and what points would pay of it; nothing is written.

        Raises:
            TypeError: for an amount that is a float.
        """
        call = reading.quote(
            member_id,
            total_amount,
            currency=currency,
            lines=lines,
            shipping=shipping,
            tax=tax,
            points=points,
            occurred_at=occurred_at,
        )
        return self.send(call)

    def export_member(self, member_id: str) -> Listing[Mapping[str, Any]]:
        """Give all that is kept of a member, as rows."""
        return Listing(self.send, reading.export_member(member_id))

    def live(self) -> bool:
        """Say whether the service answers. Asks once."""
        try:
            return self.send(reading.health("live"))
        except ServiceUnavailable:
            return False

    def ready(self) -> bool:
        """Say whether the service can read its ledger. Asks once."""
        try:
            return self.send(reading.health("ready"))
        except ServiceUnavailable:
            return False
