"""What schemathesis is told of this API beyond its description.

Loaded by schemathesis itself, in its own process: see `schemathesis.toml`.
"""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response

from loyalty_shared.contracts.identifiers import IDENTIFIER_SCHEMA, LONGEST_IDENTIFIER

# The codes that refuse data which is right by the schema, each with what the schema cannot say.
_BEYOND_A_SCHEMA = {
    "invalid_cursor": "which texts an answer gave as a cursor",
    "unknown_tier": "which tiers the program in force has",
    "unknown_currency": "which currencies ISO 4217 lists",
    "currency_mismatch": "which currency the program in force counts in",
    "invalid_amount": "how fine that currency is, and that a whole is no less than its parts",
    "occurred_in_the_future": "what time it is",
    "idempotency_key_reused": "which keys were used",
    "points_not_redeemable": "how many points the program lets be spent at once",
    "actor_required": "from how many points on the program wants a second person",
}
# The same for single faults: of an array of events, the code is that of the first.
_REASONS_BEYOND_A_SCHEMA = re.compile(
    "must not be before 1970"
    "|must be before the year 9000"
    "|must be a date and time that exists"  # a leap second does not
    "|must not be in the future"
    "|'[A-Z]{3}' is no ISO 4217 currency code"
    "|this program counts in EUR"
    "|an amount in EUR has at most 2 decimals"
    "|must not be less than (its lines|shipping and tax together)"
    "|the token says who asks, and it is somebody else"
)

_asked = count()
_KEY_HEADER, _LONGEST_KEY = "Idempotency-Key", 255

# Schemathesis reads the `\p{C}` of the pattern of ids as controls alone, and would take characters
# for private use, or not assigned, for right. Python knows which they are.
_CHARACTERS = st.characters(exclude_categories=["C", "Z"])
_IDS = st.builds(
    "{}{}".format,
    st.text(st.just(" ") | _CHARACTERS, max_size=LONGEST_IDENTIFIER - 1),
    _CHARACTERS,
)
schemathesis.openapi.format("identifier", _IDS)


@schemathesis.hook
def before_load_schema(_context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Let ids be drawn from what they may be; packages/shared tests the pattern itself."""
    _draw_ids(raw_schema)


def _draw_ids(node: object) -> None:
    if isinstance(node, dict):
        if node.get("pattern") == IDENTIFIER_SCHEMA["pattern"]:
            del node["pattern"]
            node["format"] = "identifier"
        for each in node.values():
            _draw_ids(each)
    elif isinstance(node, list):
        for each in node:
            _draw_ids(each)


@schemathesis.check
def valid_data_is_refused_only_for_what_no_schema_says(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    """Look at why data was refused that is right by the schema."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code not in {400, 422}:
        return
    problem = response.json()
    reasons = {each["reason"] for each in problem["errors"]}
    if problem["code"] in _BEYOND_A_SCHEMA:
        return
    if reasons and all(map(_REASONS_BEYOND_A_SCHEMA.fullmatch, reasons)):
        return
    raise AssertionError(f"valid data was refused: {problem['code']}, {sorted(reasons)}")


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _arguments: dict[str, Any]) -> None:
    """Give three of four commands a key of their own; most would ask under one that was used."""
    key = case.headers.get(_KEY_HEADER)
    number = next(_asked)
    if isinstance(key, str) and key.isascii() and key.isprintable() and key.strip() and number % 4:
        case.headers[_KEY_HEADER] = f"{key[: _LONGEST_KEY - 8]}{number}"
