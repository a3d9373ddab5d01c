"""Commands that are killed at random moments, and run again."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.crash.running import LOYALTY, RunningServer, event, refused, run

Serve = Callable[..., RunningServer]
_ORDERS = 6_000
_KILLS = 4

RULES = """
name: Dated
currency: EUR
timezone: Europe/Amsterdam
earning: {points_per_unit: 1}
expiry: {after_days: 1}
tiers: {window: lifetime, levels: [{name: Basic, from: 0, multiplier: 1}]}
"""


def _kill(chance: random.Random, longest_seconds: float, *words: str | Path) -> None:
    """Run a command, and kill it at a random moment; it may have ended before."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [*LOYALTY, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        time.sleep(chance.uniform(0.1, longest_seconds))
        process.kill()


def _seconds_of(*words: str | Path) -> float:
    started = time.monotonic()
    run(*words)
    return time.monotonic() - started


def _report(folder: Path) -> dict[str, object]:
    report: dict[str, object] = json.loads(run("verify", "--json", "--data", folder).stdout)
    assert report["whole"], report
    return report


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    events = (
        {**event(f"u-{each % 60}", f"o-{each}"), "occurredAt": "2026-01-02T10:00:00Z"}
        for each in range(_ORDERS)
    )
    path.write_text("".join(json.dumps(each) + "\n" for each in events))
    return path


@pytest.fixture
def ingested(folder: Path, file: Path) -> Path:
    file.with_name("dated.yaml").write_text(RULES)
    run("ingest", file, "--data", folder, "--program", file.with_name("dated.yaml"))
    return folder


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_file_that_was_ingested_in_pieces_is_in_the_ledger_once(
    folder: Path, file: Path, tmp_path: Path, processes: str
) -> None:
    chance = random.Random(3)  # noqa: S311 - a seed, to repeat it
    words = ("ingest", file, "--processes", processes, "--data")
    seconds = _seconds_of(*words, tmp_path / "measured")
    for _ in range(_KILLS):
        _kill(chance, seconds, *words, folder)

    summary = json.loads(run(*words, folder, "--json").stdout)

    assert summary["processed"] + summary["duplicate"] == _ORDERS
    assert _report(folder)["entries"] == _ORDERS


def test_what_time_has_done_is_written_once_however_often_settling_was_killed(
    ingested: Path, tmp_path: Path
) -> None:
    chance = random.Random(4)  # noqa: S311 - as above
    measured = Path(shutil.copytree(ingested, tmp_path / "measured"))
    seconds = _seconds_of("settle", "--data", measured)
    for _ in range(_KILLS):
        _kill(chance, seconds, "settle", "--data", ingested)

    run("settle", "--data", ingested)

    assert _report(ingested)["entries"] == _report(measured)["entries"]
    assert json.loads(run("settle", "--json", "--data", ingested).stdout)["entries"] == 0


def test_a_backup_that_was_killed_is_not_there_and_the_next_one_takes_its_rests_away(
    ingested: Path, tmp_path: Path
) -> None:
    chance = random.Random(5)  # noqa: S311 - as above
    place = tmp_path / "backups"
    place.mkdir()
    seconds = _seconds_of("backup", place / "measured.tar", "--data", ingested)
    for number in range(2 * _KILLS):
        saved = place / f"{number}.tar"
        _kill(chance, seconds, "backup", saved, "--data", ingested)
        if saved.exists():  # then all of it is
            run("restore", saved, "--data", tmp_path / f"restored-{number}")
            saved.unlink()

    run("backup", place / "last.tar", "--data", ingested)

    assert {each.name for each in place.iterdir()} == {"measured.tar", "last.tar"}
    run("restore", place / "last.tar", "--data", tmp_path / "restored")
    assert _report(tmp_path / "restored")["entries"] == _ORDERS


def test_a_restore_that_was_killed_is_begun_anew_by_running_it_again(
    ingested: Path, tmp_path: Path
) -> None:
    chance = random.Random(6)  # noqa: S311 - as above
    saved, target = tmp_path / "saved.tar", tmp_path / "restored"
    run("backup", saved, "--data", ingested)
    seconds = _seconds_of("restore", saved, "--data", tmp_path / "measured")
    for _ in range(2 * _KILLS):
        _kill(chance, seconds, "restore", saved, "--data", target)
        if (target / "ledger.db").exists():  # then all of it is
            assert _report(target)["entries"] == _ORDERS
            shutil.rmtree(target)

    if not (target / "ledger.db").exists():
        run("restore", saved, "--data", target)

    assert _report(target)["entries"] == _ORDERS
    assert not list(target.glob(".restore-*"))


def test_nobody_takes_a_part_of_a_backup_for_all_of_it(
    serve: Serve, folder: Path, tmp_path: Path, file: Path
) -> None:
    server = serve()
    server.client.post("/loyalty/events", json=event("ann", "o-1", 5))
    server.wait_until_processed()
    run("backup", tmp_path / "saved.tar", "--data", folder)
    target = tmp_path / "restored"
    run("restore", tmp_path / "saved.tar", "--data", target)
    (target / "ledger.db").unlink()  # which it would have put there last
    (target / ".restore-cut-off").mkdir()

    for words in (("serve", "--port", "0"), ("ingest", file)):
        assert refused(*words, "--data", target) == (
            f"loyalty: {target}: a restore was not finished; run loyalty restore again, which"
            " begins anew"
        )

    assert not (target / "ledger.db").exists()
    run("restore", tmp_path / "saved.tar", "--data", target)
    assert _report(target)["entries"] == 1


def test_a_backup_of_a_server_that_is_killed_meanwhile_has_all_that_was_accepted_before(
    folder: Path, tmp_path: Path
) -> None:
    for number in range(3):
        server = RunningServer(folder)
        server.wait_for_greeting()
        sent = [event(f"u-{each % 9}", f"o-{number}-{each}") for each in range(900)]
        assert server.client.post("/loyalty/events", json=sent).status_code == 202
        saved = tmp_path / f"saved-{number}.tar"
        words = [*LOYALTY, "backup", str(saved), "--data", str(folder)]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as backing_up:  # noqa: S603 - our own
            deadline = time.monotonic() + 60
            while not list(tmp_path.glob(".loyalty-backup-*")) and not saved.exists():
                assert time.monotonic() < deadline
            server.kill()
            assert backing_up.wait(60) == 0

        target = tmp_path / f"restored-{number}"
        run("restore", saved, "--data", target)
        again = RunningServer(target)
        again.wait_for_greeting()
        again.wait_until_processed()
        again.stop()
        assert _report(target)["entries"] == 900 * (number + 1)
