"""Members on the command line: merged and parted, forgotten, written out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Buy = Callable[..., None]


@pytest.fixture(autouse=True)
def _two(buy: Buy) -> None:
    """Let Ann have 100 points, and Bob 50."""
    buy("ann", "order of ann", "100")
    buy("bob", "order of bob", "50")


def _points(loyalty: Run, *members: str) -> list[int]:
    accounts = [json.loads(loyalty("member", each, "--json").stdout) for each in members]
    return [each["points"]["available"] for each in accounts]


def test_a_merge_and_its_undoing(loyalty: Run) -> None:
    merged = loyalty("members", "merge", "ann", "--into", "bob", "--actor", "tom")

    assert "-100  Merged with bob" in merged.stdout
    assert _points(loyalty, "ann", "bob") == [0, 150]
    shown = [line.split() for line in loyalty("member", "ann").stdout.splitlines()]
    assert ["merged", "into", "bob"] in shown
    shown = [line.split() for line in loyalty("member", "bob").stdout.splitlines()]
    assert ["merged", "with", "ann"] in shown

    undone = loyalty("members", "undo-merge", "ann")

    assert "+100  No longer merged with bob" in undone.stdout
    assert _points(loyalty, "ann", "bob") == [100, 50]
    again = loyalty("members", "undo-merge", "ann", status=2)
    assert again.stderr.count("\n") == 1


def test_a_merge_is_done_once_under_its_key(loyalty: Run) -> None:
    merge = ["members", "merge", "ann", "--into", "bob", "--key", "one", "--json"]

    first, again = loyalty(*merge), loyalty(*merge)

    assert again.stdout == first.stdout
    assert again.stderr.startswith("loyalty: the key was used for this before")
    assert _points(loyalty, "bob") == [150]


def test_nothing_is_left_of_who_is_forgotten(loyalty: Run, tmp_path: Path) -> None:
    loyalty("redeem", "ann", "30", "--description", "cup of ann")
    bob = loyalty("members", "export", "bob").stdout

    done = loyalty("members", "erase", "ann", "--yes", "--key", "forget")

    assert [line.split() for line in done.stdout.splitlines()][1:] == [
        ["entries", "3"],
        ["points", "lost", "70"],
    ]
    for file in (tmp_path / "loyalty-data").iterdir():
        assert b"ann" not in file.read_bytes(), file
    assert loyalty("member", "ann", status=2).stdout == ""
    assert loyalty("members", "export", "bob").stdout == bob
    again = loyalty("members", "erase", "ann", "--yes", "--key", "forget")
    assert again.stdout == done.stdout
    assert again.stderr.startswith("loyalty: the key was used for this before")


@pytest.mark.parametrize(("stdin", "is_forgotten"), [("", False), ("n\n", False), ("y\n", True)])
def test_it_is_asked_whether_forgetting_is_meant(
    loyalty: Run, stdin: str, *, is_forgotten: bool
) -> None:
    done = loyalty("members", "erase", "ann", stdin=stdin, status=0 if is_forgotten else 2)

    assert done.stderr.startswith("Forget ann, for good? [y/N]:")
    if is_forgotten:
        assert loyalty("member", "ann", status=2).stdout == ""
    else:
        assert done.stderr.endswith("loyalty: nobody was forgotten; --yes does not ask\n")
        assert _points(loyalty, "ann") == [100]


def test_all_that_is_held_of_a_member_is_written_out(loyalty: Run, tmp_path: Path) -> None:
    loyalty("redeem", "ann", "30", "--key", "mine", "--description", "Eine Tasse für Ann")

    told = loyalty("members", "export", "ann", "ann.jsonl")
    printed = loyalty("members", "export", "ann")

    assert told.stdout.split() == ["rows", "5"]
    assert (tmp_path / "ann.jsonl").read_text("utf-8") == printed.stdout
    rows = [json.loads(line) for line in printed.stdout.splitlines()]
    assert [row["kind"] for row in rows] == [
        *("entry", "reference"),
        *("entry", "reference"),
        "member",
    ]
    assert "Eine Tasse für Ann" in printed.stdout
    assert "bob" not in printed.stdout
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ann.jsonl", "loyalty-data"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["merge", "ann", "--into", "ann"], ""),
        (["merge", "ann", "--into", ""], "--into: must not be empty"),
        (["merge", "nobody", "--into", "bob"], "the ledger has no entry of that member"),
        (["undo-merge", "nobody"], "the ledger has no entry of that member"),
        (["erase", "nobody", "--yes"], "the ledger has no entry of that member"),
        (["erase", "", "--yes"], "MEMBER_ID must not be empty"),
        (["export", "nobody"], "the ledger has no entry of that member"),
        (["export", "nobody", "file"], "the ledger has no entry of that member"),
        (["export", "ann", "none/file"], "none/file: No such file or directory"),
        (["export", "ann", "--data", "mistyped"], "no ledger in mistyped"),
    ],
)
def test_what_is_refused_is_one_plain_line(
    loyalty: Run, tmp_path: Path, words: list[str], reason: str
) -> None:
    done = loyalty("members", *words, status=2)

    assert done.stdout == ""
    assert done.stderr.startswith(f"loyalty: {reason}")
    assert done.stderr.count("\n") == 1
    assert _points(loyalty, "ann", "bob") == [100, 50]
    assert [each.name for each in tmp_path.iterdir()] == ["loyalty-data"]
