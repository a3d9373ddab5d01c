"""A typed client of the loyalty API: `LoyaltyClient` and, asynchronous, `AsyncLoyaltyClient`."""

from loyalty_client.async_client import AsyncLoyaltyClient
from loyalty_client.calls.events import OrderLine, RefundLine
from loyalty_client.client import LoyaltyClient
from loyalty_client.listing import AsyncListing, Listing
from loyalty_client.problems import (
    Conflict,
    Fault,
    Forbidden,
    InsufficientPoints,
    KeyReused,
    LoyaltyProblem,
    NotFound,
    ServiceUnavailable,
    Unauthorized,
)
from loyalty_client.results.accounts import (
    Account,
    Balance,
    Lifetime,
    NextExpiry,
    Points,
    Tier,
    TierMember,
)
from loyalty_client.results.approvals import Approval
from loyalty_client.results.erasures import Erasure
from loyalty_client.results.holds import Hold
from loyalty_client.results.money import Money
from loyalty_client.results.orders import Order, OrderPayment, OrderRefund
from loyalty_client.results.pages import Page
from loyalty_client.results.programs import Program
from loyalty_client.results.quotes import Quote, QuotedEarning, Worth
from loyalty_client.results.transactions import Breakdown, Lot, RefundBreakdown, Transaction

__all__ = [
    "Account",
    "Approval",
    "AsyncListing",
    "AsyncLoyaltyClient",
    "Balance",
    "Breakdown",
    "Conflict",
    "Erasure",
    "Fault",
    "Forbidden",
    "Hold",
    "InsufficientPoints",
    "KeyReused",
    "Lifetime",
    "Listing",
    "Lot",
    "LoyaltyClient",
    "LoyaltyProblem",
    "Money",
    "NextExpiry",
    "NotFound",
    "Order",
    "OrderLine",
    "OrderPayment",
    "OrderRefund",
    "Page",
    "Points",
    "Program",
    "Quote",
    "QuotedEarning",
    "RefundBreakdown",
    "RefundLine",
    "ServiceUnavailable",
    "Tier",
    "TierMember",
    "Transaction",
    "Unauthorized",
    "Worth",
]
