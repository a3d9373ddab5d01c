"""Points set aside on the command line: made, captured, released, looked at."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Buy = Callable[..., None]


@pytest.fixture(autouse=True)
def _hundred(buy: Buy) -> None:
    """Let Ann have 100 points."""
    buy("ann", "o-1", "100")


def _made(loyalty: Run, *words: str) -> dict[str, Any]:
    hold: dict[str, Any] = json.loads(
        loyalty("holds", "make", "ann", "70", *words, "--json").stdout
    )
    return hold


def _points(loyalty: Run) -> tuple[int, int]:
    """Available and held."""
    points = json.loads(loyalty("member", "ann", "--json").stdout)["points"]
    return points["available"], points["held"]


def test_a_hold_is_made_and_looked_at(loyalty: Run) -> None:
    hold = _made(loyalty, "--seconds", "600", "--order", "o-2", "--description", "At the till")

    assert (hold["status"], hold["points"], hold["orderId"]) == ("open", 70, "o-2")
    assert _points(loyalty) == (30, 70)
    assert json.loads(loyalty("holds", "list", "ann", "--json").stdout) == {"items": [hold]}
    assert json.loads(loyalty("holds", "show", "ann", hold["holdId"], "--json").stdout) == hold
    heading, line = loyalty("holds", "list", "ann").stdout.splitlines()
    assert heading.split() == [
        *("hold", "points", "worth", "made"),
        *("lasts", "until", "order", "what", "for"),
    ]
    assert line.split()[:4] == [hold["holdId"], "70", "0.70", "EUR"]
    shown = loyalty("holds", "show", "ann", hold["holdId"]).stdout
    assert "points       70, worth 0.70 EUR" in shown
    assert "what for     At the till" in shown


def test_what_is_captured_of_a_hold_shows_in_the_history(loyalty: Run) -> None:
    hold = _made(loyalty)["holdId"]

    loyalty("holds", "capture", "ann", hold, "--points", "25")

    assert _points(loyalty) == (75, 0)
    history = json.loads(loyalty("history", "ann", "--json").stdout)["items"]
    assert [(each["type"], each["points"], each["follows"]) for each in history] == [
        ("REDEEM", -25, hold),
        ("HOLD", 0, None),
        ("EARN", 100, None),
    ]
    explained = " ".join(loyalty("history", "ann", "--explain", "--limit", "1").stdout.split())
    assert "held -70" in explained
    assert f"follows {hold}" in explained
    shown = loyalty("holds", "show", "ann", hold).stdout
    assert "status       captured" in shown
    assert "captured     25" in shown
    assert json.loads(loyalty("holds", "list", "ann", "--json").stdout) == {"items": []}


def test_all_of_a_hold_is_captured_where_nobody_says_how_many(loyalty: Run) -> None:
    hold = _made(loyalty)["holdId"]

    spent = json.loads(loyalty("holds", "capture", "ann", hold, "--json").stdout)

    assert (spent["points"], spent["available"]) == (-70, 30)


def test_a_released_hold_gives_its_points_back_and_is_over(loyalty: Run) -> None:
    hold = _made(loyalty)["holdId"]

    loyalty("holds", "release", "ann", hold)

    assert _points(loyalty) == (100, 0)
    again = loyalty("holds", "capture", "ann", hold, status=2)
    assert again.stderr == "loyalty: the hold was captured or released, or it has lapsed\n"


def test_a_hold_is_made_and_captured_once_under_its_key(loyalty: Run) -> None:
    holds = [_made(loyalty, "--key", "one")["holdId"] for _ in range(2)]
    for _ in range(2):
        loyalty("holds", "capture", "ann", holds[1], "--points", "20", "--key", "two")

    assert holds[0] == holds[1]
    assert _points(loyalty) == (80, 0)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["make", "ann", "101"], "101 are asked for, 100 are available"),
        (["make", "ann", "10", "--seconds", "0"], "--seconds: Input should be greater than"),
        (["make", "ann", "10", "--seconds", "604801"], "--seconds: Input should be less than"),
        (["make", "ann", "10", "--description", "x" * 257], "--description: "),
        (["show", "ann", "none"], "the member never had a hold of that id"),
        (["capture", "ann", "none"], "the member never had a hold of that id"),
        (["capture", "ann", "none", "--points", "0"], "--points: Input should be greater than"),
        (["release", "ann", "none"], "the member never had a hold of that id"),
        (["list", "nobody"], "the ledger has no entry of that member"),
        (["list", "ann", "--data", "mistyped"], "no ledger in mistyped"),
    ],
)
def test_what_is_refused_is_one_plain_line(loyalty: Run, words: list[str], reason: str) -> None:
    done = loyalty("holds", *words, status=2)

    assert done.stdout == ""
    assert done.stderr.startswith(f"loyalty: {reason}")
    assert done.stderr.count("\n") == 1
    assert _points(loyalty) == (100, 0)
