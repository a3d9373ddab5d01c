"""Points given and taken by hand on the command line, large amounts with a second person."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from loyalty_shared.contracts.program_file import default_program

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Buy = Callable[..., None]


@pytest.fixture(autouse=True)
def _program(loyalty: Run, buy: Buy, tmp_path: Path) -> None:
    """Let Ann have 100 points, and 1,000 more need a second person."""
    del loyalty  # it makes the folder that we are in
    rules = json.loads(default_program().canonical())
    rules["adjustments"] = {"approval_above": 1000}
    (tmp_path / "program.yaml").write_text(json.dumps(rules))  # which is YAML too
    buy("ann", "o-1", "100", "--program", "program.yaml")


def _available(loyalty: Run) -> int:
    points: int = json.loads(loyalty("member", "ann", "--json").stdout)["points"]["available"]
    return points


def _asked(loyalty: Run, *words: str) -> str:
    """Ask for many points as Tom, and give the id under which that waits."""
    ask = ["adjust", "ann", "1001", "--reason", "A gift", "--actor", "tom", *words, "--json"]
    body = json.loads(loyalty(*ask).stdout)
    assert (body["status"], body["points"], body["askedBy"]) == ("waiting", 1001, "tom")
    approval_id: str = body["approvalId"]
    return approval_id


def test_points_are_given_and_taken_for_a_reason(loyalty: Run) -> None:
    loyalty("adjust", "ann", "50", "--reason", "Sorry for the delay")
    taken = loyalty("adjust", "ann", "-30", "--reason", "One too many", "--actor", "tom")

    text = " ".join(taken.stdout.split())
    assert "-30 Points adjusted: One too many" in text
    assert "by tom" in text
    assert "afterwards 120 available" in text
    assert _available(loyalty) == 120
    loyalty("adjust", "--reason", "again", "ann", "--", "-20")
    assert _available(loyalty) == 100


def test_many_points_wait_for_somebody_else(loyalty: Run) -> None:
    approval_id = _asked(loyalty)
    assert _available(loyalty) == 100

    own = loyalty("approvals", "approve", approval_id, "--actor", "tom", status=2)
    nobodys = loyalty("approvals", "approve", approval_id, status=2)
    done = loyalty("approvals", "approve", approval_id, "--actor", "eve", "--key", "yes")
    again = loyalty("approvals", "approve", approval_id, "--actor", "eve", "--key", "yes")

    assert own.stderr == "loyalty: who asks for an adjustment cannot approve it\n"
    assert nobodys.stderr.endswith("; name them with --actor\n")
    assert "+1,001  Points adjusted: A gift" in done.stdout
    assert again.stdout == done.stdout
    assert again.stderr.startswith("loyalty: the key was used for this before")
    assert _available(loyalty) == 1101


def test_what_waits_is_listed_until_it_is_decided(loyalty: Run) -> None:
    approval_id = _asked(loyalty, "--key", "one")
    assert _asked(loyalty, "--key", "one") == approval_id

    heading, line = loyalty("approvals", "list").stdout.splitlines()
    assert heading.split() == [
        *("approval", "member", "points", "asked", "by", "asked", "reason"),
    ]
    assert line.split()[:4] == [approval_id, "ann", "+1,001", "tom"]
    page = json.loads(loyalty("approvals", "list", "--json").stdout)
    one = json.loads(loyalty("approvals", "show", approval_id, "--json").stdout)
    assert page == {"items": [one], "nextCursor": None}

    loyalty("approvals", "decline", approval_id, "--actor", "tom")  # who takes it back

    assert json.loads(loyalty("approvals", "list", "--json").stdout)["items"] == []
    shown = [line.split() for line in loyalty("approvals", "show", approval_id).stdout.splitlines()]
    assert ["status", "declined"] in shown
    assert ["decided", "by", "tom"] in shown
    late = loyalty("approvals", "approve", approval_id, "--actor", "eve", status=2)
    assert late.stderr == "loyalty: the adjustment was approved or declined before\n"
    assert _available(loyalty) == 100


def test_who_asks_is_told_how_it_goes_on(loyalty: Run) -> None:
    shown = loyalty("adjust", "ann", "1001", "--reason", "A gift", "--actor", "tom").stdout

    last = shown.splitlines()[-1]
    assert last.startswith("It waits for a second person: loyalty approvals approve ")
    words = last.partition("loyalty ")[2].replace("NAME", "eve").split()
    loyalty(*words)
    assert _available(loyalty) == 1101


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["adjust", "ann", "1001", "--reason", "x"], "so many points need a second person, so the"),
        (["adjust", "ann", "0", "--reason", "x"], "POINTS: must not be 0"),
        (["adjust", "ann", "5", "--reason", ""], "--reason: "),
        (["adjust", "ann", "-101", "--reason", "x"], "101 are to be taken, 100 are available"),
        (["adjust", "ann", "5", "--reason", "x", "--data", "mistyped"], "no ledger in mistyped"),
        (["approvals", "show", "none"], "no adjustment of that id ever waited"),
        (["approvals", "approve", "none", "--actor", "eve"], "no adjustment of that id ever"),
        (["approvals", "list", "--data", "mistyped"], "no ledger in mistyped"),
    ],
)
def test_what_is_refused_is_one_plain_line(loyalty: Run, words: list[str], reason: str) -> None:
    done = loyalty(*words, status=2)

    assert done.stdout == ""
    assert done.stderr.startswith(f"loyalty: {reason}")
    assert done.stderr.count("\n") == 1
    assert _available(loyalty) == 100


def test_a_misspelt_option_is_named(loyalty: Run) -> None:
    done = loyalty("adjust", "ann", "-5", "--reason", "x", "--actr", "tom", status=2)

    assert "--actr" in done.stderr
    assert _available(loyalty) == 100
