"""Moments in a query, as strictly read as those in events."""

from __future__ import annotations

from datetime import datetime

from loyalty_shared.contracts.fields import past_or_future
from loyalty_shared.domain.errors import Fault, InvalidInput


def moment_in(text: str | None, name: str) -> datetime | None:
    """Read the moment that the query has under a name, None where it has none.

    Raises:
        InvalidInput: with code `invalid_request`, when it is no RFC 3339 date and time.
    """
    try:
        return past_or_future(text) if text is not None else None
    except ValueError as error:
        fault = Fault(f"query/{name}", str(error))
        raise InvalidInput(
            "the request is not valid", code="invalid_request", faults=(fault,)
        ) from error
