from __future__ import annotations

import json
from pathlib import Path

import pytest
from results import Line, Reach, Row, compared, keep, read_row, written
from results_table import markdown, put_between, shown

SLOW = compared("throughput", "events/s", [400, 500, 600], [1000, 1000, 1000], Reach("≥", 0.7))
FEW = Line("units", "units", 5, reach=Reach("≤", 5, "value"))
ROW = Row("something", "nothing at all", (SLOW, FEW, Line("told", "µs", 12.34)), "so and so")


def test_a_line_says_whether_it_is_where_it_is_to_be() -> None:
    assert (SLOW.value, SLOW.bound, SLOW.ratio, SLOW.spread) == (500, 1000, 0.5, (0.4, 0.6))
    assert [line.reached for line in ROW.lines] == [False, True, None]


def test_a_row_comes_back_from_the_file_as_it_was() -> None:
    kept = json.loads(json.dumps(written(ROW, rounds=3, seconds=1.25, load_average=0.5)))
    assert read_row(kept) == ROW
    assert (kept["rounds"], kept["seconds"]) == (3, 1.2)


def test_rows_of_another_day_stay_and_those_of_another_machine_do_not(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    found = written(ROW, rounds=1, seconds=1, load_average=0)
    keep(path, {"b": found}, ["a", "b"])
    keep(path, {"a": found}, ["a", "b"])
    assert list(json.loads(path.read_text("utf-8"))["rows"]) == ["a", "b"]

    content = json.loads(path.read_text("utf-8"))
    content["machine"]["cores"] = 1_000
    path.write_text(json.dumps(content), "utf-8")
    keep(path, {"a": found}, ["a", "b"])
    assert list(json.loads(path.read_text("utf-8"))["rows"]) == ["a"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.50"), (5, "5"), (12.34, "12.3"), (1234.5, "1,234"), (123456.7, "123,457"), (0, "0")],
)
def test_a_figure_has_as_many_digits_as_say_something(value: float, text: str) -> None:
    assert shown(value) == text


def test_the_table_goes_between_its_markers_and_nothing_else_changes(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    keep(path, {"post": written(ROW, rounds=2, seconds=1, load_average=0)}, ["post"])
    table = markdown(json.loads(path.read_text("utf-8")))
    assert "| **`post`: something** | | nothing at all | | |" in table
    assert (
        "| throughput | 500 events/s | 1,000 events/s | 0.50 (0.40 to 0.60) | ≥ 0.7 |"
        " **not reached** |" in table
    )
    assert "| units | 5 units |  |  | ≤ 5 units | reached |" in table

    document = tmp_path / "document.md"
    document.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n", "utf-8")
    put_between(document, "figures", table)
    assert document.read_text("utf-8") == (
        f"before\n<!-- figures -->\n{table}<!-- end of figures -->\nafter\n"
    )
    with pytest.raises(ValueError, match="no place for cost"):
        put_between(document, "cost", table)
