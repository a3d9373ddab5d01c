from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from loyalty_shared.contracts.identifiers import (
    IDENTIFIER_SCHEMA,
    LONGEST_IDENTIFIER,
    Identifier,
    checked_identifier,
    identifier,
)
from loyalty_shared.domain.errors import Fault, InvalidInput


@pytest.mark.parametrize(
    ("given_id", "held"),
    [
        ("m-1", "m-1"),
        ("a", "a"),
        ("x" * 128, "x" * 128),
        ("Ünïcødé 会员 🛒", "Ünïcødé 会员 🛒"),
        ("order#1/2:3", "order#1/2:3"),
        (17, "17"),
        (0, "0"),
        (-5, "-5"),
        (10**127, "1" + "0" * 127),
        (Decimal("17.0"), "17"),  # as encoders write it that know no integers
        (Decimal("1e127"), "1" + "0" * 127),
    ],
)
def test_an_id_is_a_string_or_an_integer(given_id: object, held: str) -> None:
    assert identifier(given_id) == held


@pytest.mark.parametrize(
    ("given_id", "reason"),
    [
        ("", "must not be empty"),
        ("   ", "must not be empty"),
        ("\t\n", "must not be empty"),
        ("x" * 129, "must have at most 128 characters"),
        (10**128, "must have at most 128 characters"),
        ("a\nb", "must have printable characters only"),
        ("a\x00", "must have printable characters only"),
        ("a\x7f", "must have printable characters only"),
        ("a\u200bb", "must have printable characters only"),  # a blank that nobody sees
        ("a\u202eb", "must have printable characters only"),  # turns the direction of writing
        ("\ud800", "must have printable characters only"),  # half of a character
        (None, "must be a string"),
        (True, "must be a string"),
        (False, "must be a string"),
        (1.0, "must be a string"),
        (Decimal("1.5"), "must be a string"),
        (Decimal("1e128"), "must be a string"),
        (Decimal("1e999999999"), "must be a string"),
        (Decimal("NaN"), "must be a string"),
        (Decimal("Infinity"), "must be a string"),
        (["m-1"], "must be a string"),
        ({}, "must be a string"),
        (b"m-1", "must be a string"),
    ],
)
def test_what_is_no_id_is_refused_with_a_reason(given_id: object, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        identifier(given_id)


def test_an_id_from_a_path_is_refused_with_its_place() -> None:
    assert checked_identifier("m-1", "path/memberId") == "m-1"
    with pytest.raises(InvalidInput) as refused:
        checked_identifier("x" * 129, "path/memberId")

    assert refused.value.code == "invalid_id"
    assert refused.value.faults == (Fault("path/memberId", "must have at most 128 characters"),)


def test_a_model_takes_an_integer_for_its_digits() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Identifier)

    assert adapter.validate_python(17) == "17"
    assert adapter.json_schema() == {
        "type": ["string", "integer"],
        "minLength": 1,
        "maxLength": LONGEST_IDENTIFIER,
        "pattern": IDENTIFIER_SCHEMA["pattern"],
    }
    with pytest.raises(ValidationError, match="must be a string"):
        adapter.validate_python(True)  # noqa: FBT003 - what a careless producer sends


@given(st.one_of(st.text(max_size=9), st.integers(), st.text("a", min_size=120, max_size=136)))
def test_an_id_that_is_accepted_can_be_stored_and_shown(value: object) -> None:
    try:
        held = identifier(value)
    except ValueError:
        return
    assert held == str(value)
    assert 1 <= len(held) <= LONGEST_IDENTIFIER
    assert held.encode().decode() == held
    assert len(held.splitlines()) == 1


@given(st.text(max_size=9) | st.text("a ", min_size=126, max_size=130))
def test_the_schema_accepts_the_texts_that_the_code_does(text: str) -> None:
    # `jsonschema` reads patterns as Python does, which knows no classes of characters.
    described = jsonschema_rs.validator_for(IDENTIFIER_SCHEMA)
    try:
        identifier(text)
    except ValueError:
        assert not described.is_valid(text)
    else:
        assert described.is_valid(text)
