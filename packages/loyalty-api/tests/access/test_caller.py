from __future__ import annotations

from typing import Any

import pytest

from loyalty_api.access.caller import Caller, caller_of
from loyalty_api.access.scopes import Scope


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({}, set()),
        ({"scope": ""}, set()),
        ({"scope": "loyalty:read"}, {Scope.READ}),
        ({"scope": "openid  loyalty:write loyalty:read email"}, {Scope.READ, Scope.WRITE}),
        ({"scp": ["loyalty:admin"]}, {Scope.ADMIN}),
        ({"scp": "loyalty:read"}, {Scope.READ}),
        ({"scopes": ["loyalty:read", "openid"]}, {Scope.READ}),
        ({"scope": "loyalty:read", "scp": ["loyalty:write"]}, {Scope.READ, Scope.WRITE}),
        ({"scope": "loyalty/read loyalty/write"}, {Scope.READ, Scope.WRITE}),
        ({"scope": ["loyalty:read"]}, {Scope.READ}),
        ({"scope": "LOYALTY:READ"}, set()),
        ({"scope": "loyalty:reader"}, set()),
        ({"scope": "loyalty:read,loyalty:write"}, set()),
        ({"scope": "loyalty:*"}, set()),
        ({"scope": "shop/loyalty:read"}, set()),
        ({"scope": None, "scp": 7, "scopes": {"loyalty:read": True}}, set()),
        ({"scp": [7, None, ["loyalty:read"]]}, set()),
        ({"roles": ["loyalty:admin"], "cognito:groups": ["loyalty:admin"]}, set()),
    ],
)
def test_scopes_are_read_wherever_issuers_write_them(
    claims: dict[str, Any], scopes: set[Scope]
) -> None:
    assert caller_of(claims) == Caller(None, frozenset(scopes))


@pytest.mark.parametrize("subject", ["ann", "Zoë", "auth0|5f7c", "shop/7"])
def test_the_subject_is_taken_as_it_is(subject: str) -> None:
    assert caller_of({"sub": subject}).subject == subject


@pytest.mark.parametrize(
    ("has", "may"),
    [
        (set(), set()),
        ({Scope.READ}, {Scope.READ}),
        ({Scope.WRITE}, {Scope.WRITE}),
        ({Scope.ADMIN}, set(Scope)),
    ],
)
def test_admin_holds_the_other_scopes_and_no_other_does(has: set[Scope], may: set[Scope]) -> None:
    caller = Caller("ann", frozenset(has))

    assert {scope for scope in Scope if caller.may(scope)} == may
