"""Why a message was not processed, as text that can travel with it."""

from __future__ import annotations

from loyalty_shared.domain.errors import LoyaltyError

UNEXPECTED = "unexpected_error"


def code_of(error: Exception) -> str:
    """Give the stable code of an error."""
    return error.code if isinstance(error, LoyaltyError) else UNEXPECTED


def reason_of(error: Exception) -> str:
    """Say in one line what was wrong, and where."""
    if not isinstance(error, LoyaltyError):
        return f"{type(error).__name__}: {error}"
    places = "; ".join(f"{fault.location or '/'}: {fault.reason}" for fault in error.faults)
    return f"{error.detail} ({places})" if places else error.detail
