"""What an asynchronous client asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from loyalty_client.calls import reading
from loyalty_client.calls.events import OrderLine
from loyalty_client.encoding import Amount
from loyalty_client.listing import AsyncListing
from loyalty_client.methods.async_sender import AsyncSender
from loyalty_client.problems import ServiceUnavailable
from loyalty_client.results.accounts import Account, Balance, TierMember
from loyalty_client.results.approvals import Approval
from loyalty_client.results.holds import Hold
from loyalty_client.results.orders import Order
from loyalty_client.results.programs import Program
from loyalty_client.results.quotes import Quote
from loyalty_client.results.transactions import Transaction


class AsyncReading(AsyncSender):
    """Asks, and changes nothing."""

    async def points(self, user_id: str) -> Balance:
        """Give the points that a user can use now; 0 for a user that is not known."""
        return await self.send(reading.points(user_id))

    async def member(
        self, member_id: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> Account:
        """Give a member's account as of now, or of another moment.

        `as_of` is what the shop says had occurred by then, `known_at` what the ledger had recorded.

        Raises:
            NotFound: when the ledger has no entry of the member.
        """
        return await self.send(reading.member(member_id, as_of, known_at))

    def transactions(self, member_id: str, *, page_size: int = 100) -> AsyncListing[Transaction]:
        """Give a member's transactions, newest first."""
        return AsyncListing(self.send, reading.transactions(member_id, page_size))

    async def transaction(self, member_id: str, transaction_id: str) -> Transaction:
        """Give one transaction, with its breakdown.

        Raises:
            NotFound: when the member has none of that id.
        """
        return await self.send(reading.transaction(member_id, transaction_id))

    async def order(self, order_id: str) -> Order:
        """Give what the ledger remembers of an order.

        Raises:
            NotFound: when no event of the order took effect.
        """
        return await self.send(reading.order(order_id))

    def members_in_tier(self, tier: str, *, page_size: int = 100) -> AsyncListing[TierMember]:
        """Give the members of a tier, by id."""
        return AsyncListing(self.send, reading.members_in_tier(tier, page_size))

    async def program(self) -> Program:
        """Give the rules in force."""
        return await self.send(reading.program())

    def holds(self, member_id: str) -> AsyncListing[Hold]:
        """Give a member's open holds."""
        return AsyncListing(self.send, reading.holds(member_id))

    async def get_hold(self, member_id: str, hold_id: str) -> Hold:
        """Give one hold, open or not.

        Raises:
            NotFound: when the member has none of that id.
        """
        return await self.send(reading.get_hold(member_id, hold_id))

    def approvals(self) -> AsyncListing[Approval]:
        """Give the adjustments that wait for somebody's consent."""
        return AsyncListing(self.send, reading.approvals())

    async def get_approval(self, approval_id: str) -> Approval:
        """Give an adjustment that waits for somebody's consent, or waited.

        Raises:
            NotFound: when there never was one of that id.
        """
        return await self.send(reading.get_approval(approval_id))

    async def quote(  # noqa: PLR0913 - as many as a basket has
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
        return await self.send(call)

    def export_member(self, member_id: str) -> AsyncListing[Mapping[str, Any]]:
        """Give all that is kept of a member, as rows."""
        return AsyncListing(self.send, reading.export_member(member_id))

    async def live(self) -> bool:
        """Say whether the service answers. Asks once."""
        try:
            return await self.send(reading.health("live"))
        except ServiceUnavailable:
            return False

    async def ready(self) -> bool:
        """Say whether the service can read its ledger. Asks once."""
        try:
            return await self.send(reading.health("ready"))
        except ServiceUnavailable:
            return False
