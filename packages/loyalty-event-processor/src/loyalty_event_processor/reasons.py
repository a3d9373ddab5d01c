"""Why a message was not processed, as text that can travel with it."""

from __future__ import annotations

from loyalty_event_processor.outcomes import Message, Outcome
from loyalty_shared.domain.errors import LoyaltyError
from loyalty_shared.logs import kind_of

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


def log_fields(message: Message, outcome: Outcome) -> dict[str, object]:
    """Give what a log says of an outcome: the ids, the result, and the points or what was wrong.

    The reason is with the dead letter: it may quote the event.
    """
    fields: dict[str, object] = {
        "message_id": message.id,
        "member_id": outcome.member_id,
        "order_id": outcome.order_id,
        "result": outcome.result.value,
    }
    if outcome.error is None:
        return fields | {"points": outcome.points}
    return fields | {"code": code_of(outcome.error), "error": kind_of(outcome.error)}


def unexpected(error: Exception) -> Exception | None:
    """Give the error where it is a mistake of ours, whose traceback a log should have."""
    return error if code_of(error) == UNEXPECTED else None
