"""Why somebody is not let in. None of it says whether what they asked for exists."""

from __future__ import annotations

from loyalty_api.access.scopes import Scope
from loyalty_shared.domain.errors import LoyaltyError, TryAgain


class AccessRefused(LoyaltyError):
    """The caller may not do this; `challenge` is what RFC 6750 puts into `WWW-Authenticate`."""

    @property
    def challenge(self) -> str:
        """The value of `WWW-Authenticate`."""
        return f'Bearer error="{self.code}", error_description="{self.detail}"'


class Unauthenticated(AccessRefused):
    """There is no token."""

    code = "unauthenticated"

    @property
    def challenge(self) -> str:
        """The bare scheme: who brought no token gets no error about one (RFC 6750, 3.1)."""
        return "Bearer"


class InvalidToken(AccessRefused):
    """The token is forged, expired, for somebody else, or no token at all."""

    code = "invalid_token"


class InsufficientScope(AccessRefused):
    """The token is good, and carries no scope for this."""

    code = "insufficient_scope"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"the token must have the scope {scope.value}")
        self.scope = scope

    @property
    def challenge(self) -> str:
        """The error, and the scope that would do."""
        return f'{super().challenge}, scope="{self.scope.value}"'


class IssuerUnavailable(TryAgain):
    """No token can be checked: the issuer's keys cannot be had, and none were before."""

    code = "issuer_unavailable"
