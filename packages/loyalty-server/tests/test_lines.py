from __future__ import annotations

from io import BytesIO

import pytest

from loyalty_server.lines import LARGEST_LINE_BYTES, LINES_A_BATCH, Line, batches_of, read_lines


def _lines(content: bytes) -> list[Line | None]:
    return [line for _, line in read_lines(BytesIO(content))]


def test_lines_are_numbered_as_an_editor_does() -> None:
    assert _lines(b"a\n\n  \nb\r\nc") == [Line(1, "a"), None, None, Line(4, "b"), Line(5, "c")]


def test_the_sizes_add_up_to_the_file() -> None:
    content = b"a\n\nb" + b"x" * (2 * LARGEST_LINE_BYTES) + b"\nc\n"

    assert sum(size for size, _ in read_lines(BytesIO(content))) == len(content)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert _lines(b"\xef\xbb\xbf{}\n") == [Line(1, "{}")]


def test_a_line_that_is_not_utf_8_says_so() -> None:
    [line] = _lines(b'{"userId": "\xff"}\n')

    assert line is not None
    assert line.error is not None
    assert (line.number, line.error.code) == (1, "malformed_json")


def test_a_line_that_is_too_long_is_one_line_and_the_next_keeps_its_number() -> None:
    long, following = _lines(b"x" * (3 * LARGEST_LINE_BYTES) + b"\nb\n")

    assert long is not None
    assert long.error is not None
    assert (long.number, long.error.code, len(long.text)) == (1, "body_too_large", 1000)
    assert following == Line(2, "b")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_as_long_as_may_be_is_read_whole_whatever_its_end(end: bytes) -> None:
    line, *following = _lines(b"x" * LARGEST_LINE_BYTES + end + (b"b" if end else b""))

    assert line is not None
    assert (line.error, len(line.text)) == (None, 1_000_000)
    assert following == ([Line(2, "b")] if end else [])


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_a_line_longer_by_one_byte_is_refused_whatever_its_end(end: bytes) -> None:
    line, *following = _lines(b"x" * (LARGEST_LINE_BYTES + 1) + end + (b"b" if end else b""))

    assert line is not None
    assert line.error is not None
    assert line.error.code == "body_too_large"
    assert following == ([Line(2, "b")] if end else [])


def _batches(content: bytes) -> list[tuple[list[int], int]]:
    batches = batches_of(read_lines(BytesIO(content)))
    return [([line.number for line in each.lines], each.size_bytes) for each in batches]


def test_a_batch_has_as_many_lines_as_may_be_and_the_last_one_what_is_left() -> None:
    [(first, first_size), (last, last_size)] = _batches(b"ab\n" * (LINES_A_BATCH + 2))

    assert (first, first_size) == (list(range(1, LINES_A_BATCH + 1)), 3 * LINES_A_BATCH)
    assert (last, last_size) == ([LINES_A_BATCH + 1, LINES_A_BATCH + 2], 6)


def test_long_lines_make_a_batch_of_few() -> None:
    content = (b"x" * (LARGEST_LINE_BYTES - 1) + b"\n") * 9

    assert [lines for lines, _ in _batches(content)] == [[1, 2, 3, 4], [5, 6, 7, 8], [9]]


def test_a_file_of_blank_lines_makes_batches_without_lines() -> None:
    assert _batches(b"\n" * 5_000) == [([], 5_000)]
    assert _batches(b"") == []
