"""The access table: what each route asks of its callers, by the route's `operation_id`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from loyalty_api.access.rules import Anybody, OwnData, OwnOrder, Rule, WithScope
from loyalty_api.access.scopes import Scope
from loyalty_shared.service.holds import no_hold
from loyalty_shared.service.queries import no_member, no_transaction

ACCESS: Mapping[str, Rule] = MappingProxyType(
    {
        "getPoints": OwnData("userId", Scope.READ, hidden=no_member),
        "listMembers": WithScope(Scope.READ),
        "getMember": OwnData("memberId", Scope.READ, hidden=no_member),
        "listTransactions": OwnData("memberId", Scope.READ, hidden=no_member),
        "getTransaction": OwnData("memberId", Scope.READ, hidden=no_transaction),
        "redeem": WithScope(Scope.WRITE),
        "reverse": WithScope(Scope.WRITE),
        "hold": WithScope(Scope.WRITE),
        "listHolds": OwnData("memberId", Scope.READ, hidden=no_member),
        "getHold": OwnData("memberId", Scope.READ, hidden=no_hold),
        "captureHold": WithScope(Scope.WRITE),
        "releaseHold": WithScope(Scope.WRITE),
        "adjust": WithScope(Scope.ADMIN),
        "listApprovals": WithScope(Scope.ADMIN),
        "getApproval": WithScope(Scope.ADMIN),
        "approve": WithScope(Scope.ADMIN),
        "decline": WithScope(Scope.ADMIN),
        "merge": WithScope(Scope.ADMIN),
        "undoMerge": WithScope(Scope.ADMIN),
        "erase": WithScope(Scope.ADMIN),
        "exportMember": WithScope(Scope.ADMIN),
        "quote": WithScope(Scope.READ),
        "getOrder": OwnOrder("orderId", Scope.READ),
        "postEvents": WithScope(Scope.WRITE),
        "getMetrics": WithScope(Scope.READ),  # a route of the server's own
        "getProgram": Anybody(),  # terms and conditions are public
        "getLive": Anybody(),
        "getReady": Anybody(),
    }
)


class NoRule(Exception):
    """A route has no row in the access table."""


def rule_of(route: BaseRoute) -> Rule:
    """Give the rule of a route.

    Raises:
        NoRule: when it has none.
    """
    operation_id = route.operation_id if isinstance(route, APIRoute) else None
    rule = ACCESS.get(operation_id or "")
    if rule is None:
        raise NoRule(f"{route} has no row in the access table ({operation_id=})")
    return rule


def require_rules(routes: Iterable[BaseRoute]) -> None:
    """Stop a start with a route that nobody decided about.

    Raises:
        NoRule: when a route has no row.
    """
    for route in routes:
        rule_of(route)
