"""Ways to make the service careless, each of which the fuzz of a target has to notice."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from types import FunctionType
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from loyalty_api import bodies_in, cursors, moments, paths
from loyalty_api.access import guard, tokens
from loyalty_api.access.rules import Anybody
from loyalty_event_processor import processor
from loyalty_shared.contracts import events, identifiers, strict_json
from loyalty_shared.domain import money
from loyalty_shared.domain.errors import InvalidInput
from loyalty_shared.storage.dynamodb import keys
from loyalty_shared.storage.sqlite import keys as sqlite_keys
from loyalty_shared.storage.sqlite import member_lists

Mutation = Callable[[pytest.MonkeyPatch], None]


class _Never(Exception):
    """What nobody raises, and so nobody catches."""


def _decoder(**changes: Any) -> json.JSONDecoder:  # noqa: ANN401 - what a decoder takes
    kept = ("parse_float", "parse_constant", "object_pairs_hook")
    as_is = {name: getattr(strict_json._DECODER, name) for name in kept}  # noqa: SLF001 - it is broken on purpose
    return json.JSONDecoder(**(as_is | changes))


def _become(patch: pytest.MonkeyPatch, careful: Any, careless: Any) -> None:  # noqa: ANN401 - functions
    """Let a function do what another one does, wherever it was imported."""
    assert isinstance(careful, FunctionType)
    patch.setattr(careful, "__code__", careless.__code__)


def take_the_last_of_a_name_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_json, "_DECODER", _decoder(object_pairs_hook=dict))


def accept_nan(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_json, "_DECODER", _decoder(parse_constant=float))


def read_money_as_floats(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_json, "_DECODER", _decoder(parse_float=float))


def bound_no_depth(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_json, "_is_deeper", lambda _value: False)


def let_the_depth_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_json, "RecursionError", _Never, raising=False)


def let_huge_numbers_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(strict_json, "InvalidOperation", _Never)


def replace_bytes_that_are_no_text(patch: pytest.MonkeyPatch) -> None:
    def text_of(body: bytes) -> str:
        return body.decode("utf-8-sig", "surrogateescape")

    _become(patch, strict_json.text_of, text_of)


def accept_any_id(patch: pytest.MonkeyPatch) -> None:
    _become(patch, identifiers.identifier, lambda value: f"{value}")


def strip_ids(patch: pytest.MonkeyPatch) -> None:
    def identifier(value: object) -> str:
        text = str(value).strip()
        if not text.isprintable() or not 1 <= len(text) <= 128:
            raise ValueError("must be an id")
        return text

    _become(patch, identifiers.identifier, identifier)


def take_ids_that_look_alike_for_one(patch: pytest.MonkeyPatch) -> None:
    def identifier(value: object) -> str:
        import unicodedata  # noqa: PLC0415 - it runs as if it were somewhere else

        text = unicodedata.normalize("NFKC", str(value))
        if not text.isprintable() or not text.strip() or len(text) > 128:
            raise ValueError("must be an id")
        return text

    _become(patch, identifiers.identifier, identifier)


def accept_any_amount(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(money, "LARGEST_AMOUNT", 10**30)


def accept_any_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(events, "FURTHEST_AHEAD", timedelta(days=10**6))


def queue_what_was_not_checked(patch: pytest.MonkeyPatch) -> None:
    class Unchecked:
        def happening(self, *_: object) -> None: ...

    patch.setattr(bodies_in, "decode_event", lambda _document: Unchecked())


def retry_what_can_never_succeed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(processor, "Rejected", _Never)


def take_a_cursor_of_another_list(patch: pytest.MonkeyPatch) -> None:
    decoded = cursors._decoded  # noqa: SLF001 - it is broken on purpose

    def lenient(_listing: cursors.Listing, cursor: str) -> str:
        for listing in cursors.Listing:
            try:
                return decoded(listing, cursor)
            except InvalidInput:
                pass
        raise cursors._invalid()  # noqa: SLF001 - as above

    patch.setattr(cursors, "_decoded", lenient)


def let_a_broken_cursor_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cursors, "ValueError", _Never, raising=False)


def part_a_key_by_nothing(patch: pytest.MonkeyPatch) -> None:
    _become(
        patch,
        keys.reference_key,
        lambda reference: key(f"REF#{reference.program_id}{reference.kind}{reference.id}", "REF"),  # type: ignore[name-defined]  # noqa: F821 - it runs as if it were there
    )


def part_a_text_by_nothing(patch: pytest.MonkeyPatch) -> None:
    _become(
        patch, sqlite_keys.text_key, lambda key: f"{key.program_id}#{key.kind.upper()[:1]}{key.id}"
    )


def list_the_days_after_as_well(patch: pytest.MonkeyPatch) -> None:
    _become(patch, keys.due_range, lambda day: (f"{day}#", "9999"))


def page_without_regard_for_case(patch: pytest.MonkeyPatch) -> None:
    def members(*arguments: Any) -> Any:  # noqa: ANN401 - handed on as they are
        found = listed(*arguments)
        return sorted(found, key=lambda each: each.member_id.lower())

    listed = member_lists.members_in_tier
    patch.setattr(member_lists, "members_in_tier", members)


def believe_a_token_unsigned(patch: pytest.MonkeyPatch) -> None:
    def claims(token: str, _key: object) -> Any:  # noqa: ANN401 - any JSON
        part = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))

    patch.setattr(tokens, "_signed_claims", claims)


def believe_a_token_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tokens.TokenVerifier, "_check", lambda *_: None)


def let_everybody_in(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(guard, "rule_of", lambda _route: Anybody())


def decode_a_path_twice(patch: pytest.MonkeyPatch) -> None:
    decode = unquote_to_bytes
    patch.setattr(paths, "unquote_to_bytes", lambda text: decode(decode(text)))


def take_no_care_of_moments(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moments, "ValueError", _Never, raising=False)


MUTATIONS: tuple[tuple[str, Mutation], ...] = (
    ("events", take_the_last_of_a_name_twice),
    ("events", accept_nan),
    ("events", read_money_as_floats),
    ("events", bound_no_depth),
    ("events", let_the_depth_out),
    ("events", let_huge_numbers_out),
    ("events", replace_bytes_that_are_no_text),
    ("events", accept_any_id),
    ("events", strip_ids),
    ("events", take_ids_that_look_alike_for_one),
    ("events", accept_any_amount),
    ("events", accept_any_time),
    ("events", queue_what_was_not_checked),
    ("processing", retry_what_can_never_succeed),
    ("commands", take_the_last_of_a_name_twice),
    ("commands", accept_any_id),
    ("fields", strip_ids),
    ("cursors", take_a_cursor_of_another_list),
    ("cursors", let_a_broken_cursor_out),
    ("keys", part_a_key_by_nothing),
    ("keys", part_a_text_by_nothing),
    ("keys", list_the_days_after_as_well),
    ("stores", page_without_regard_for_case),
    ("tokens", believe_a_token_unsigned),
    ("tokens", believe_a_token_for_ever),
    ("api", let_everybody_in),
    ("api", decode_a_path_twice),
    ("api", take_no_care_of_moments),
)
