"""The command as people run it: in a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def loyalty(
        *words: str, stdin: str | IO[bytes] = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "loyalty_server.command", *words],
            cwd=tmp_path,
            env=os.environ | {"LOYALTY_PORT": "0"} | environment,  # 8000 may be in use here
            **({"input": stdin} if isinstance(stdin, str) else {"stdin": stdin}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return loyalty


def _event(number: int, user: str = "ann", amount: str = "10") -> str:
    return (
        f'{{"userId": "{user}", "orderId": "o-{number}", "transactionId": "t-{number}",'
        f' "totalAmount": {amount}, "occurredAt": "2026-05-04T10:00:00Z"}}\n'
    )


def test_ingest_ends_with_a_summary(run: Run, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("".join(_event(number) for number in range(2500)))

    done = run("ingest", "events.jsonl")

    assert done.returncode == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[:4] == [
        ["processed", "2,500"],
        ["duplicate", "0"],
        ["rejected", "0"],
        ["points", "issued", "36,010"],  # 50 x 10, 91 x 11, 292 x 12, 2,067 x 15
    ]
    assert [line[0] for line in lines[4:]] == ["points", "seconds"]


def test_ingesting_the_same_file_again_changes_no_balance(run: Run, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("".join(_event(number) for number in range(100)))
    run("ingest", "events.jsonl")
    before = run("history", "ann", "--json").stdout

    again = json.loads(run("ingest", "events.jsonl", "--json").stdout)

    assert again.pop("seconds") >= 0
    assert again == {
        "processed": 0,
        "duplicate": 100,
        "rejected": 0,
        "pointsIssued": 0,
        "pointsReversed": 0,
        "rejectedFile": None,
    }
    assert run("history", "ann", "--json").stdout == before


def test_a_bad_line_is_written_beside_the_input_and_the_rest_goes_on(
    run: Run, tmp_path: Path
) -> None:
    content = _event(1) + "nonsense\n\n" + _event(2, amount="-1") + _event(1, "bob") + _event(3)
    (tmp_path / "events.jsonl").write_text(content)

    summary = json.loads(run("ingest", "events.jsonl", "--json").stdout)

    assert (summary["processed"], summary["rejected"]) == (2, 3)
    assert summary["rejectedFile"] == "events.jsonl.rejected.jsonl"
    rejected = [
        json.loads(line)
        for line in (tmp_path / "events.jsonl.rejected.jsonl").read_text().splitlines()
    ]
    assert [(each["line"], each["code"]) for each in rejected] == [
        (2, "malformed_json"),
        (4, "invalid_amount"),
        (5, "order_of_another_member"),
    ]
    assert rejected[0]["event"] == "nonsense"
    assert "/totalAmount" in rejected[1]["reason"]


def test_the_rejected_lines_of_an_earlier_run_do_not_stay(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("nonsense\n")
    run("ingest", "events.jsonl")
    file.write_text(_event(1))

    run("ingest", "events.jsonl")

    assert not (tmp_path / "events.jsonl.rejected.jsonl").exists()


def test_ingest_reads_standard_input(run: Run, tmp_path: Path) -> None:
    summary = json.loads(run("ingest", "-", "--json", stdin=_event(1) + "bad\n").stdout)

    assert (summary["processed"], summary["rejected"]) == (1, 1)
    assert (tmp_path / "stdin.rejected.jsonl").exists()


def test_ingest_uses_the_program_that_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "program.yaml").write_text(
        "name: Tenth\ncurrency: EUR\ntimezone: UTC\nearning: {points_per_unit: 1/10}\n"
        "tiers: {window: lifetime, levels: [{name: All, from: 0, multiplier: 1}]}\n"
    )

    run("ingest", "-", "--program", "program.yaml", stdin=_event(1, amount="109.99"))

    assert json.loads(run("member", "ann", "--json").stdout)["points"]["available"] == 10


@pytest.mark.parametrize("words", [("events.jsonl",), ("-",)])
def test_the_input_is_never_the_file_of_rejected_lines(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(_event(1) + "nonsense\n")
    (tmp_path / "link.jsonl").hardlink_to(file)
    before = file.read_text()

    with file.open("rb") as stdin:
        done = run("ingest", *words, "--rejected", "link.jsonl", stdin=stdin)

    assert (done.returncode, done.stdout, file.read_text()) == (2, "", before)
    assert done.stderr == (
        "loyalty: link.jsonl: the rejected lines cannot go into the file that is read\n"
    )


def test_nothing_is_ingested_where_rejected_lines_cannot_be_written(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "events.jsonl").write_text(_event(1) + "nonsense\n")

    done = run("ingest", "events.jsonl", "--rejected", "none/rejected.jsonl")

    assert (done.returncode, done.stdout) == (2, "")
    assert "the ledger has no entry of that member" in run("member", "ann").stderr


def test_rejected_lines_that_the_disk_has_no_room_for_are_one_plain_line(
    run: Run, tmp_path: Path
) -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("this machine has no disk that is always full")
    (tmp_path / "full").symlink_to("/dev/full")  # a link, so that no mistake takes the device away

    done = run("ingest", "-", "--rejected", "full", stdin="nonsense\n")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("loyalty: full: No space left on device")
    assert done.stderr.count("\n") == 1


def test_what_is_no_plain_file_stays_when_no_line_was_rejected(run: Run, tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to("/dev/null")

    assert run("ingest", "-", "--rejected", "null", stdin=_event(1)).returncode == 0

    assert (tmp_path / "null").is_symlink()


def test_ids_are_shown_as_they_are(run: Run) -> None:
    run("ingest", "-", stdin=_event(1, user="[/x] :smile:").replace("o-1", "[b]:smile:"))

    assert "[/x] :smile:" in run("member", "[/x] :smile:").stdout
    assert "[b]:smile:" in run("history", "[/x] :smile:").stdout


@pytest.mark.parametrize(
    "words",
    [
        ["member", "ann"],
        ["history", "ann"],
        ["export", "ledger.jsonl"],
        ["dead-letters", "list"],
        ["dead-letters", "retry", "--all"],
    ],
)
def test_a_folder_without_a_ledger_is_named_and_not_made(
    run: Run, tmp_path: Path, words: list[str]
) -> None:
    done = run(*words, "--data", "mistyped")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "loyalty: no ledger in mistyped\n"
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_was_never_served_has_no_dead_letters(run: Run) -> None:
    run("ingest", "-", stdin=_event(1))

    assert run("dead-letters", "list", "--json").stdout == "[]\n"


def test_two_names_for_the_folder_must_be_one(run: Run, tmp_path: Path) -> None:
    done = run("ingest", "-", "--data", "here", LOYALTY_STORE="sqlite:there")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "loyalty: LOYALTY_DATA (--data) is here, but LOYALTY_STORE is sqlite:there:"
        " name one folder\n"
    )
    assert list(tmp_path.iterdir()) == []
    assert run("ingest", "-", "--data", "here", LOYALTY_STORE="sqlite:./here").returncode == 0


def test_a_member_is_shown_to_people_and_to_machines(run: Run) -> None:
    run("ingest", "-", stdin=_event(1, amount="1234.56"))

    shown = {line.split()[0]: line.split()[1:] for line in run("member", "ann").stdout.splitlines()}
    assert (shown["member"], shown["available"]) == (["ann"], ["1,234"])
    account = json.loads(run("member", "ann", "--json").stdout)
    assert (account["memberId"], account["points"]["available"]) == ("ann", 1234)


def test_history_shows_the_arithmetic_newest_first(run: Run) -> None:
    run("ingest", "-", stdin=_event(1, amount="600") + _event(2, amount="100.90"))

    heading, newest, oldest = run("history", "ann").stdout.splitlines()

    assert heading.split()[:3] == ["#", "occurred", "type"]
    assert "100.90 × 1 × Bronze 1.1 = 110" in newest  # noqa: RUF001 - the sign people read
    assert oldest.split()[4:6] == ["+600", "600"]


def test_a_store_of_another_kind_can_be_named(run: Run) -> None:
    done = run("ingest", "-", stdin=_event(1), LOYALTY_STORE="memory:")

    assert done.returncode == 0
    assert run("member", "ann").returncode == 2


def test_a_ledger_is_carried_to_another_folder(run: Run, tmp_path: Path) -> None:
    run("ingest", "-", stdin="".join(_event(number) for number in range(10)))
    counts = {"rows": 22, "programs": 1, "members": 1, "entries": 10, "references": 10}

    assert json.loads(run("export", "ledger.jsonl", "--json").stdout) == counts
    assert json.loads(run("import", "ledger.jsonl", "--data", "new", "--json").stdout) == counts

    history = run("history", "ann", "--json").stdout
    assert run("history", "ann", "--data", "new", "--json").stdout == history
    assert run("import", "ledger.jsonl", "--data", "new").stdout.split() == [
        *("members", "1"),
        *("entries", "10"),
        *("references", "10"),
    ]
    assert not (tmp_path / "ledger.jsonl.partial").exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["export", "missing/ledger.jsonl"], "missing/ledger.jsonl: No such file or directory"),
        (["import", "missing.jsonl"], "missing.jsonl: No such file or directory"),
        (["import", "bad.yaml"], "line 1: not a line of an export"),
        (["member", "nobody"], "the ledger has no entry of that member"),
        (["member", ""], "MEMBER_ID must not be empty"),
        (["history", "a\nb"], "MEMBER_ID must have printable characters only"),
        (["history", "x" * 129], "MEMBER_ID must have at most 128 characters"),
        (["dead-letters", "show", "\udcff"], "LETTER_ID must have printable characters only"),
        (["dead-letters", "drop", "\udcff"], "IDS must have printable characters only"),
        (["ingest", "events.jsonl", "--rejected", "none/r"], "none/r: No such file or directory"),
        (["ingest", "events.jsonl", "--rejected", "."], ".: Is a directory"),
        (["ingest", "missing.jsonl"], "missing.jsonl: No such file or directory"),
        (["ingest", "."], ".: Is a directory"),
        (["serve", "--host", "0.0.0.0"], "0.0.0.0 is not a loopback address"),  # noqa: S104 - it is refused
        (["serve", "--host", "example.org"], "example.org is not a loopback address"),
        (["serve", "--port", "0", "--data", "/dev/null/data"], "/dev/null/data: Not a directory"),
        (["serve", "--program", "missing.yaml"], "missing.yaml: No such file or directory"),
        (["serve", "--program", "bad.yaml"], "bad.yaml, line 2: currency: 'euro' is no ISO 4217"),
        (["serve", "--program", "worse.yaml"], "worse.yaml, line 1: not YAML"),
    ],
)
def test_what_a_person_can_mend_is_one_plain_line_and_status_2(
    run: Run, tmp_path: Path, words: list[str], reason: str
) -> None:
    (tmp_path / "bad.yaml").write_text(
        "name: Bad\ncurrency: euro\ntimezone: UTC\nearning: {points_per_unit: 1}\n"
        "tiers: {window: lifetime, levels: [{name: All, from: 0, multiplier: 1}]}\n"
    )
    (tmp_path / "worse.yaml").write_text("name: ]\n")
    (tmp_path / "events.jsonl").write_text(_event(1))
    SqliteLedgerStore(tmp_path / "loyalty-data").close()

    done = run(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"loyalty: {reason}")
    assert done.stderr.count("\n") == 1


def test_the_program_is_read_before_the_address_is_taken(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", str(taken.getsockname()[1]), "--program", "missing.yaml")

    assert done.stderr == "loyalty: missing.yaml: No such file or directory\n"


def test_a_port_in_use_is_one_plain_line_and_status_2(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))

    assert done.returncode == 2
    assert done.stderr == (
        f"loyalty: cannot serve on 127.0.0.1:{port}: Address already in use;"
        " --port takes another port\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("LOYALTY_PORT", "many", "loyalty: LOYALTY_PORT: "),
        ("LOYALTY_LOG_LEVEL", "loud", "loyalty: LOYALTY_LOG_LEVEL: Input should be 'DEBUG', "),
        ("LOYALTY_STORE", "postgres:here", "loyalty: LOYALTY_STORE is 'postgres:here'"),
    ],
)
def test_a_bad_setting_is_named(run: Run, name: str, value: str, reason: str) -> None:
    done = run("serve", **{name: value})

    assert done.returncode == 2
    assert done.stderr.startswith(reason)
    assert done.stderr.count("\n") == 1
