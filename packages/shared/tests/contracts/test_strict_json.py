import json
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty_shared.contracts.strict_json import DEEPEST, decode, decode_each, text_of
from loyalty_shared.domain.errors import InvalidInput

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.decimals("-1e9", "1e9", places=4)
)
VALUES = st.recursive(
    SCALARS,
    lambda inside: st.one_of(st.lists(inside), st.dictionaries(st.text(), inside)),
    max_leaves=8,
)
BLANKS = st.text(" \t\r\n", max_size=3)


def written(value: object) -> str:
    """Write JSON with every digit of a Decimal."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list):
        return "[" + ",".join(written(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{written(k)}:{written(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        (' {"a": [1, 2.50, null, true]}\r\n', {"a": [1, Decimal("2.50"), None, True]}),
        ("0.1", Decimal("0.1")),
        ("1e2", Decimal(100)),
        ("-0", 0),
        ("12345678901234567890", 12345678901234567890),
        ('"\\u00fc\\ud83d\\uded2"', "ü🛒"),
    ],
)
def test_a_document_is_decoded_exactly(text: str, value: object) -> None:
    decoded = decode(text)

    assert decoded == value
    assert not isinstance(decoded, float)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON: Expecting value at character 0"),
        ("   ", "not JSON: Expecting value at character 3"),
        ("{} x", "not JSON: something follows the document at character 3"),
        ("{}{}", "not JSON: something follows the document at character 2"),
        ("{'a': 1}", "not JSON: Expecting property name enclosed in double quotes at character 1"),
        ("[1, nonsense]", "not JSON: Expecting value at character 4"),
        ("01", "not JSON: something follows the document at character 1"),
        ("+1", "not JSON: Expecting value at character 0"),
        (".5", "not JSON: Expecting value at character 0"),
        ("\u00a01", "not JSON: Expecting value at character 0"),  # a blank, but none of JSON's
        ("\ufeff{}", "not JSON: Expecting value at character 0"),
        ('"a\nb"', "not JSON: Invalid control character at at character 2"),
        ("NaN", "NaN is no JSON number"),
        ('{"a": Infinity}', "Infinity is no JSON number"),
        ("[-Infinity]", "-Infinity is no JSON number"),
        ('{"a": 1, "b": 2, "a": 1}', "the name 'a' stands twice in an object"),
        ('[{"b": {"a": 1, "\\u0061": 2}}]', "the name 'a' stands twice in an object"),
        ("1e99999999999999999999", "a number is out of range"),
        ("[1e-99999999999999999999]", "a number is out of range"),
        ("9" * 5000, "a number is out of range"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode(text)

    assert refused.value.code == "malformed_json"
    assert refused.value.detail == reason


def test_a_name_that_stands_twice_among_very_many_is_found_at_once() -> None:
    names = ",".join(f'"{number}":0' for number in [*range(30_000), 29_999])

    began = time.process_time()
    with pytest.raises(InvalidInput, match="'29999' stands twice"):
        decode(f"{{{names}}}")

    assert time.process_time() - began < 2  # comparing each with each takes ten


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[]", []),
        (" [ ] ", []),
        ("[1]", ["1"]),
        (' [ {"a": 1.50} ,\n[2] , "x,]" ] ', ['{"a": 1.50}', "[2]", '"x,]"']),
        ('{"a": [1, 2]}', ['{"a": [1, 2]}']),  # no array: one document
        (" 7 ", [" 7 "]),
    ],
)
def test_the_items_of_an_array_come_with_the_text_they_were_read_from(
    text: str, items: list[str]
) -> None:
    found = list(decode_each(text))

    assert [item for item, _ in found] == items
    assert [value for _, value in found] == [decode(item) for item in items]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1, 2", "not JSON: expected , or ] at character 5"),
        ("[1 2]", "not JSON: expected , or ] at character 3"),
        ("[1, ]", "not JSON: Expecting value at character 4"),
        ("[1] x", "not JSON: something follows the document at character 4"),
        ("[1]x", "not JSON: something follows the document at character 3"),
        ("[1, NaN]", "NaN is no JSON number"),
        ("[1, " + "[" * 100_000, "nested too deeply"),
    ],
)
def test_the_items_before_a_bad_place_are_given_first(text: str, reason: str) -> None:
    items = decode_each(text)

    assert next(items) == ("1", 1)
    with pytest.raises(InvalidInput) as refused:
        list(items)
    assert refused.value.detail == reason


@pytest.mark.parametrize("text", ["[", "[] x", "[]x", "[,1]", "{", ""])
def test_an_array_that_does_not_begin_well_gives_nothing(text: str) -> None:
    with pytest.raises(InvalidInput):
        list(decode_each(text))


@pytest.mark.parametrize(
    ("body", "text"),
    [(b'"\xc3\xbc"', '"ü"'), (b"\xef\xbb\xbf{}", "{}"), (b"", ""), (b"\xf0\x9f\x9b\x92", "🛒")],
)
def test_a_body_is_utf_8_with_or_without_a_mark(body: bytes, text: str) -> None:
    assert text_of(body) == text


@pytest.mark.parametrize(
    ("body", "place"),
    [(b'"\xfc"', 1), (b"{}\xff", 2), (b"\xed\xa0\x80", 0), ("{}".encode("utf-16"), 0)],
)
def test_a_body_that_is_not_utf_8_is_refused(body: bytes, place: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        text_of(body)

    assert refused.value.detail == f"not JSON: not UTF-8 at character {place}"


@given(VALUES, BLANKS, BLANKS)
def test_what_json_can_write_is_read_again(value: object, before: str, after: str) -> None:
    assert decode(before + written(value) + after) == value


@given(st.lists(st.tuples(BLANKS, VALUES, BLANKS)))
def test_each_slice_of_an_array_reads_as_its_item(items: list[tuple[str, object, str]]) -> None:
    text = "[" + ",".join(before + written(value) + after for before, value, after in items) + "]"

    found = list(decode_each(text))

    assert [value for _, value in found] == [value for _, value, _ in items]
    assert [decode(item) for item, _ in found] == [value for _, value, _ in items]


@given(st.one_of(st.text(), st.text('[]{},:"\\0123456789.eE+-nulltruefasNIty \n')))
@pytest.mark.parametrize("read", [decode, lambda text: list(decode_each(text))])
def test_no_text_raises_anything_but_invalid_input(
    read: Callable[[str], object], text: str
) -> None:
    with suppress(InvalidInput):
        read(text)


@given(st.binary())
def test_no_bytes_raise_anything_but_invalid_input(body: bytes) -> None:
    with suppress(InvalidInput):
        assert text_of(body).encode() in (body, body[3:])


@given(st.one_of(st.text(), st.text('[]{},:"0123456789. ')))
def test_an_item_by_item_reading_accepts_what_a_whole_one_does(text: str) -> None:
    try:
        whole = decode(text)
    except InvalidInput:
        with pytest.raises(InvalidInput):
            list(decode_each(text))
    else:
        items = [value for _, value in decode_each(text)]
        assert items == (whole if isinstance(whole, list) else [whole])


@pytest.mark.parametrize(
    ("opening", "closing", "levels"), [("[", "]", 1), ('{"a":', "}", 1), ('[{"a":', "}]", 2)]
)
def test_how_deep_a_document_may_be_does_not_depend_on_who_reads_it(
    opening: str, closing: str, levels: int
) -> None:
    times = DEEPEST // levels
    deepest = opening * times + "1" + closing * times

    def read_from(depth: int) -> object:
        return read_from(depth - 1) if depth else decode(deepest)

    assert decode(deepest) == read_from(600)
    for deeper in (f"[{deepest}]", f'{{"a": [], "b": {deepest}}}'):
        with pytest.raises(InvalidInput, match="nested too deeply"):
            decode(deeper)


def test_much_beside_each_other_is_not_deep() -> None:
    wide = "[" + ",".join(['{"a": [1]}'] * 5_000) + "]"

    assert decode(wide) == [{"a": [1]}] * 5_000
