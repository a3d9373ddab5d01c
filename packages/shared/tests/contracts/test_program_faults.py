"""All that is wrong with a program file is told, each fault with its line."""

from pathlib import Path

import pytest

from loyalty_shared.contracts.program_faults import InvalidProgram, ProgramFault
from loyalty_shared.contracts.program_file import program_at, read_program

WRONG = """\
name: Shop
currency: euro
timezone: Mars
earning: {points_per_unit: 0}
tiers:
  grace_months: 2
  window: lifetime
  levels:
    - {name: Basic, from: 0, multiplier: 1}
    - {name: Gold, from: 1e3, multiplier: 1, colour: gold}
"""


def invalid(text: str) -> InvalidProgram:
    with pytest.raises(InvalidProgram) as refused:
        read_program(text, "shop.yaml")
    return refused.value


def test_every_fault_is_told_in_the_order_of_the_lines() -> None:
    assert invalid(WRONG).lines == (
        "shop.yaml, line 2: currency: 'euro' is no ISO 4217 currency code",
        "shop.yaml, line 3: timezone: 'Mars' is no IANA time zone",
        "shop.yaml, line 4: earning.points_per_unit: must be more than 0",
        (
            "shop.yaml, line 6: tiers.grace_months: must be 0 with a lifetime window,"
            " since time ends no tier"
        ),
        "shop.yaml, line 10: tiers.levels.1.from: Input should be a valid integer",
        "shop.yaml, line 10: tiers.levels.1.colour: Extra inputs are not permitted",
    )


def test_there_is_no_limit_to_how_many_are_told() -> None:
    extra = "".join(f"field_{number}: 1\n" for number in range(100))

    assert len(invalid(WRONG + extra).lines) == 106


def test_machines_get_the_line_the_pointer_and_the_reason() -> None:
    assert invalid(WRONG).program_faults[0] == ProgramFault(
        2, "/currency", "'euro' is no ISO 4217 currency code"
    )
    assert [each.location for each in invalid(WRONG).faults][3:] == [
        "/tiers/grace_months",
        "/tiers/levels/1/from",
        "/tiers/levels/1/colour",
    ]


def test_the_first_fault_says_how_many_more_there_are() -> None:
    told = "shop.yaml, line 2: currency: 'euro' is no ISO 4217 currency code"

    assert invalid(WRONG).detail == f"{told} (5 more)"


def test_of_a_file_it_says_what_lists_them(tmp_path: Path) -> None:
    path = tmp_path / "my shop.yaml"
    path.write_text(WRONG)

    with pytest.raises(InvalidProgram) as refused:
        program_at(path)

    assert refused.value.detail.endswith(f"(5 more; loyalty program check '{path}' lists them)")


def test_a_single_fault_is_all_there_is_to_say(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("name: [")

    with pytest.raises(InvalidProgram) as refused:
        program_at(path)

    told = f"{path}, line 1: not YAML: expected the node content, but found '<stream end>'"
    assert refused.value.lines == (refused.value.detail,) == (told,)


def test_a_file_that_is_not_there_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"

    with pytest.raises(InvalidProgram) as refused:
        program_at(path)

    assert refused.value.program_faults == (ProgramFault(None, "", "No such file or directory"),)
    assert refused.value.detail == f"{path}: No such file or directory"
