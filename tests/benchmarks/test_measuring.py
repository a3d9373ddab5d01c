from __future__ import annotations

import pytest
from measuring import holds, interleaved, median, median_ratio, percentile, spread


def test_each_round_runs_all_of_them_and_every_other_one_backwards() -> None:
    order: list[str] = []

    def run(name: str) -> int:
        order.append(name)
        return len(order)

    found = interleaved(3, {"a": lambda: run("a"), "b": lambda: run("b")}, lambda _: None)

    assert "".join(order) == "abbaab"
    assert found == {"a": [1, 4, 5], "b": [2, 3, 6]}


def test_a_ratio_is_of_the_same_round() -> None:
    # The machine was ten times slower in the second round, for both.
    ours, bound = [50.0, 5.0, 60.0], [100.0, 10.0, 100.0]
    assert median(ours) / median(bound) == pytest.approx(0.5)
    assert median_ratio(ours, bound) == pytest.approx(0.5)
    assert spread(ours, bound) == (0.5, 0.6)


@pytest.mark.parametrize(
    ("part", "expected"), [(0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100), (0.0, 1)]
)
def test_no_more_than_a_part_is_at_or_below_a_percentile(part: float, expected: int) -> None:
    assert percentile([float(each) for each in range(100, 0, -1)], part) == expected


def test_one_figure_is_every_percentile() -> None:
    assert percentile([7.0], 0.99) == 7.0


def test_a_limit_is_reached_where_it_stands() -> None:
    assert holds(0.7, "≥", 0.7)
    assert not holds(0.69, "≥", 0.7)
    assert holds(50, "≤", 50)
    assert not holds(50.1, "≤", 50)
