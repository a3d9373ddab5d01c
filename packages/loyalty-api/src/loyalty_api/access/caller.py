"""Who asks, as their token says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loyalty_api.access.scopes import Scope

_CLAIMS_WITH_SCOPES = ("scope", "scp", "scopes")  # RFC 8693; Okta and Entra; others
# Amazon Cognito joins a resource server and its scope with a slash, and nothing else can be set.
_SCOPE_OF = {
    spelling: scope for scope in Scope for spelling in (scope.value, scope.value.replace(":", "/"))
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a token was given to: `subject` is a member's id where it is a member."""

    subject: str | None
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Say whether the caller has a right."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def caller_of(claims: Mapping[str, object]) -> Caller:
    """Read the caller from claims that were checked; scopes that are not ours grant nothing."""
    subject = claims.get("sub")
    named = (text for claim in _CLAIMS_WITH_SCOPES for text in _texts(claims.get(claim)))
    return Caller(
        subject if isinstance(subject, str) else None,
        frozenset(_SCOPE_OF[text] for text in named if text in _SCOPE_OF),
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    return []
