"""The event decoder, and what stands before it: bytes in, valid events or a refusal out."""

from __future__ import annotations

import io
import json
from random import Random
from typing import Any

from tests.fuzz import documents
from tests.fuzz.damage import maybe_damaged
from tests.fuzz.reading import CENTS, CURRENCY, LARGEST, NOW, NotStrict, read, require_same
from tests.fuzz.target import ACCEPTED, REFUSED, Target, Wrong, require

from loyalty_api.bodies_in import read_events
from loyalty_server.lines import read_lines
from loyalty_shared.contracts import strict_json
from loyalty_shared.contracts.events import decode_event
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.domain.orders import Happening, LineAmounts, Purchase

_CODES = {
    "invalid_event",
    "unknown_event_type",
    "unknown_currency",
    "currency_mismatch",
    "invalid_amount",
    "occurred_in_the_future",
}


class Events(Target[bytes]):
    """Bodies of `POST /loyalty/events`, which are messages and lines of files as well."""

    def make(self, random: Random) -> bytes:
        kind = random.random()
        if kind < 0.9:
            return maybe_damaged(documents.event(random), random)
        if kind < 0.97:
            return maybe_damaged(documents.value(random), random)
        return documents.deep(random).encode()

    def check(self, given: bytes) -> str:
        sizes = [size for size, _ in read_lines(io.BytesIO(given))]
        require(sum(sizes) == len(given), "a file of lines is not read to its end")
        try:
            text = strict_json.text_of(given)
        except InvalidInput as refused:
            require(refused.code == "malformed_json", refused.code)
            return REFUSED
        document = _decoded(text)
        if document is None:
            return REFUSED
        events = document if isinstance(document, list) else [document]
        happenings = [_happening(each) for each in events]
        accepted = [each for each in happenings if each]
        _check_array(given, len(events), accepted)
        return ACCEPTED if accepted else REFUSED


def _decoded(text: str) -> Any:  # noqa: ANN401 - any JSON; None where it is none, or null
    try:
        reading = read(text)
    except NotStrict:
        reading = NotStrict
    try:
        decoded = strict_json.decode(text)
    except InvalidInput as refused:
        require(refused.code == "malformed_json", refused.code)
        require(reading is NotStrict, f"JSON was refused: {refused.detail}")
        return None
    if reading is NotStrict:
        raise Wrong("what is no strict JSON was accepted")
    require(decoded == reading and repr(decoded) == repr(reading), "JSON was read otherwise")
    return decoded


def _happening(document: object) -> Happening | None:
    try:
        happening = decode_event(document).happening(CURRENCY, NOW)
    except InvalidInput as refused:
        require(refused.code in _CODES, f"the code {refused.code}")
        require(bool(refused.faults), "a refusal without a fault")
        return None
    assert isinstance(document, dict)
    require_same(happening, document)
    written = _written(happening)
    if written is not None:
        again = decode_event(read(written)).happening(CURRENCY, NOW)
        require(again == happening, "an event is read otherwise when it is written anew")
    return happening


def _check_array(body: bytes, events: int, accepted: list[Happening]) -> None:
    """What is accepted over HTTP can be read again by the processor, and nothing else is."""
    try:
        texts = read_events(body, CURRENCY, NOW)
    except InvalidInput:
        require(len(accepted) < events, "a body of valid events was refused")
        return
    require(len(texts) == events == len(accepted), "a body with a bad event was accepted")
    queued = [decode_event(strict_json.decode(each)).happening(CURRENCY, NOW) for each in texts]
    require(queued == accepted, "what is queued is not what was sent")
    for text in texts:
        text.encode()


def _written(happening: Happening) -> str | None:
    """Write what was understood as an event; None where lines add up to more than one may be."""
    ids = {"userId": happening.member_id, "orderId": happening.order_id}
    about: dict[str, Any] = {**ids, "occurredAt": happening.occurred_at.isoformat()}
    if isinstance(happening, Purchase):
        about |= {"transactionId": happening.transaction_id}
        amounts = {
            "totalAmount": happening.total.minor,
            "tax": happening.total.minor - happening.goods.minor,
        }
        lines = happening.lines
    else:
        about |= {"refundId": happening.returned.refund_id}
        amounts = {"amount": happening.returned.amount.minor}
        lines = happening.returned.lines
    if any(minor > LARGEST * CENTS for _, minor in [*lines, *amounts.items()]):
        return None
    fields = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in about.items()]
    fields += [f'"{name}":{_money(minor)}' for name, minor in amounts.items()]
    detail = "{" + ",".join([*fields, f'"lines":{_lines(lines)}']) + "}"
    kind = "OrderCompleted" if isinstance(happening, Purchase) else "OrderRefunded"
    return f'{{"detail-type":"{kind}","detail":{detail}}}'


def _lines(lines: LineAmounts) -> str:
    written = (f'{{"lineId":{json.dumps(each)},"amount":{_money(minor)}}}' for each, minor in lines)
    return "[" + ",".join(written) + "]"


def _money(minor: int) -> str:
    return f"{minor // CENTS}.{minor % CENTS:02d}"
