"""Read what a request carries: never more of it than is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import Request

from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.domain.errors import Fault, InvalidInput

LARGEST_BODY_BYTES = 1_000_000
MOST_EVENTS = 1_000
_MOST_FAULTS = 20


async def read_body(request: Request) -> bytes:
    """Read a body, and stop at the first byte too many, or before the first where it is announced.

    Raises:
        InvalidInput: with code `body_too_large`.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LARGEST_BODY_BYTES:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> InvalidInput:
    return InvalidInput(f"a body has at most {LARGEST_BODY_BYTES} bytes", code="body_too_large")


def read_events(body: bytes, currency: str, received_at: datetime) -> Sequence[str]:
    """Check one event or an array of them; give the text of each.

    Raises:
        InvalidInput: with the code of the first bad event and the faults of all (up to 20); or
            `malformed_json`, `too_many_events`.
    """
    text = strict_json.text_of(body)
    is_array = text.lstrip(" \t\r\n").startswith("[")
    events: list[str] = []
    code, faults = "", []
    for number, (raw, document) in enumerate(strict_json.decode_each(text)):
        if number == MOST_EVENTS:
            raise InvalidInput(f"an array has at most {MOST_EVENTS} events", code="too_many_events")
        try:
            decode_event(document).happening(currency, received_at)
        except InvalidInput as error:
            code = code or error.code
            place = f"body/{number}" if is_array else "body"
            faults += [Fault(place + fault.location, fault.reason) for fault in error.faults]
        events.append(raw)
    if code:
        detail = "no event was accepted, since not all are valid" if is_array else "not accepted"
        raise InvalidInput(detail, code=code, faults=tuple(faults[:_MOST_FAULTS]))
    return events
