"""Files of a server that was killed, which were cut off, overwritten or taken away since."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.crash.running import RunningServer, event, refused, run

Damage = Callable[[Path], None]
_EVENTS = 400


@pytest.fixture(scope="module")
def left_by_a_kill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what a server left that was killed when all was in the log and it had nothing to do."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    server = RunningServer(folder)
    server.wait_for_greeting()
    for number in range(0, _EVENTS, 10):
        some = [event(f"u-{each % 7}", f"o-{each}") for each in range(number, number + 10)]
        assert server.client.post("/loyalty/events", json=some).status_code == 202
        server.wait_until_processed()
    server.kill()
    return folder


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what a server left that was killed when a part of its ledger was in the file already."""
    place = tmp_path_factory.mktemp("folded")
    (place / "first.jsonl").write_text(
        "".join(json.dumps(event(f"u-{each % 7}", f"f-{each}")) + "\n" for each in range(2_000))
    )
    run("ingest", place / "first.jsonl", "--data", place / "data")
    server = RunningServer(place / "data")
    server.wait_for_greeting()
    server.client.post("/loyalty/events", json=event("u-0", "o-0"))
    server.wait_until_processed()
    server.kill()
    return place / "data"


def _fold(folder: Path) -> None:
    """Fold the logs into the files, as whoever closes them last does."""
    for name in ("ledger.db", "queue.db"):
        with closing(sqlite3.connect(folder / name)) as connection:
            connection.execute("SELECT 1 FROM commits").fetchall()
        assert not (folder / f"{name}-wal").exists()


@pytest.fixture
def killed(left_by_a_kill: Path, folder: Path) -> Path:
    return Path(shutil.copytree(left_by_a_kill, folder))


def _half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _emptied(path: Path) -> None:
    os.truncate(path, 0)


def _garbled_at(share: float, size: int) -> Damage:
    def garble(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(int(path.stat().st_size * share))
            file.write(b"\xa5" * size)

    return garble


def _files(folder: Path) -> dict[str, bytes]:
    """Give what is in a folder, but for the indexes of logs, which whoever reads them makes."""
    return {
        each.name: each.read_bytes()
        for each in sorted(folder.iterdir())
        if each.is_file() and not each.name.endswith("-shm")
    }


_CUT_LOGS: dict[str, Damage] = {
    "cut off": _half,
    "flipped near its end": _garbled_at(0.9, 64),
    "flipped at its start": _garbled_at(0, 32),
    "emptied": _emptied,
    "gone": Path.unlink,
}


@pytest.mark.parametrize("damage", _CUT_LOGS.values(), ids=_CUT_LOGS)
@pytest.mark.parametrize("name", ["ledger.db", "queue.db"])
def test_commits_that_went_with_a_log_are_missed_before_anything_else_is_done(
    killed: Path, name: str, damage: Damage
) -> None:
    damage(killed / f"{name}-wal")
    before = _files(killed)

    said = refused("serve", "--port", "0", "--data", killed)

    assert _files(killed) == before
    assert said.startswith(f"loyalty: {killed / name}: of "), said
    assert "commits only the first " in said
    assert "restore a backup (loyalty restore), or delete " in said
    assert refused("serve", "--port", "0", "--data", killed) == said  # and again, and again
    if name == "ledger.db":
        for words in (("settle",), ("member", "u-0"), ("adjust", "u-0", "1", "--reason", "r")):
            assert "commits only the first " in refused(*words, "--data", killed)
    assert _files(killed) == before


@pytest.mark.parametrize("damage", _CUT_LOGS.values(), ids=_CUT_LOGS)
@pytest.mark.parametrize("name", ["ledger.db", "queue.db"])
def test_what_has_lost_commits_is_not_backed_up_and_looking_at_it_changes_nothing(
    killed: Path, name: str, damage: Damage
) -> None:
    damage(killed / f"{name}-wal")
    before = _files(killed)

    said = refused("backup", killed.parent / "saved.tar", "--data", killed)

    assert said.startswith(f"loyalty: {killed / name}: of "), said
    if name == "ledger.db" and "only the first 0 are there" in said:  # so there is none to look at
        assert refused("verify", "--data", killed) == said
    else:
        report = json.loads(run("verify", "--json", "--data", killed, status=1).stdout)
        assert [each["detail"] for each in report["faults"]] == [said.removeprefix("loyalty: ")]
    assert not (killed.parent / "saved.tar").exists()
    assert _files(killed) == before


def test_a_folder_that_was_refused_is_whole_once_its_log_is_put_back(killed: Path) -> None:
    log = killed / "ledger.db-wal"
    log.rename(killed.parent / "moved")
    for words in (("serve", "--port", "0"), ("settle",), ("backup", killed.parent / "saved.tar")):
        refused(*words, "--data", killed)

    (killed.parent / "moved").rename(log)

    assert json.loads(run("verify", "--json", "--data", killed).stdout)["entries"] == _EVENTS


def test_verify_tells_of_lost_commits_and_that_what_is_left_is_whole(killed: Path) -> None:
    _half(killed / "ledger.db-wal")
    _half(killed / "queue.db-wal")

    report = json.loads(run("verify", "--json", "--data", killed, status=1).stdout)

    assert [each["code"] for each in report["faults"]] == ["commits_lost", "commits_lost"]
    assert [Path(each["detail"].split(":")[0]).name for each in report["faults"]] == [
        "ledger.db",
        "queue.db",
    ]
    assert 0 < report["entries"] < _EVENTS
    assert all(totals["addUp"] for totals in report["totals"].values())
    assert "commits_lost: " in run("verify", "--data", killed, status=1).stdout


def test_who_goes_on_with_what_is_left_has_it_all_again_once_it_was_sent_again(
    killed: Path,
) -> None:
    _half(killed / "ledger.db-wal")
    refused("serve", "--port", "0", "--data", killed)

    (killed / "ledger.db-commits").unlink()
    server = RunningServer(killed)
    server.wait_for_greeting()
    events = [event(f"u-{each % 7}", f"o-{each}") for each in range(_EVENTS)]
    assert server.client.post("/loyalty/events", json=events).status_code == 202
    server.wait_until_processed()
    server.stop()

    report = json.loads(run("verify", "--json", "--data", killed).stdout)
    assert (report["whole"], report["entries"]) == (True, _EVENTS)


_HARMLESS: dict[str, Damage] = {"gone": Path.unlink, "garbled": _garbled_at(0, 4_000)}


@pytest.mark.parametrize("damage", _HARMLESS.values(), ids=_HARMLESS)
def test_the_index_of_a_log_is_made_again(killed: Path, damage: Damage) -> None:
    for name in ("ledger.db", "queue.db"):
        damage(killed / f"{name}-shm")

    report = json.loads(run("verify", "--json", "--data", killed).stdout)

    assert (report["whole"], report["entries"]) == (True, _EVENTS)
    server = RunningServer(killed)
    server.wait_for_greeting()
    assert server.stop() == 0


@pytest.mark.parametrize("damage", [_emptied, Path.unlink], ids=["emptied", "gone"])
@pytest.mark.parametrize("name", ["ledger.db", "queue.db"])
def test_a_file_that_is_empty_or_gone_is_not_begun_anew_and_its_log_is_left_alone(
    killed: Path, name: str, damage: Damage
) -> None:
    damage(killed / name)
    before = _files(killed)

    said = refused("serve", "--port", "0", "--data", killed)

    assert f"{killed / name}: of " in said
    assert "only the first 0 are there" in said
    assert refused("backup", killed.parent / "saved.tar", "--data", killed) == said
    if name == "ledger.db":
        assert refused("verify", "--data", killed) == said
    else:
        report = json.loads(run("verify", "--json", "--data", killed, status=1).stdout)
        assert [each["detail"] for each in report["faults"]] == [said.removeprefix("loyalty: ")]
    assert _files(killed) == before


@pytest.mark.parametrize("name", ["ledger.db", "queue.db"])
def test_a_file_that_is_no_database_is_named_with_what_to_do(
    folder: Path, left_by_a_kill: Path, name: str
) -> None:
    shutil.copytree(left_by_a_kill, folder)
    _fold(folder)
    _garbled_at(0, 100)(folder / name)
    before = (folder / name).read_bytes()

    said = refused("serve", "--port", "0", "--data", folder)

    assert said == (
        f"loyalty: {folder / name}: file is not a database; restore a backup (loyalty restore)"
    )
    assert refused("verify", "--data", folder) == said
    assert (folder / name).read_bytes() == before


@pytest.mark.parametrize("has_log", [False, True], ids=["folded", "with a log"])
def test_a_ledger_that_was_cut_off_is_not_served(
    folder: Path, folded: Path, *, has_log: bool
) -> None:
    shutil.copytree(folded, folder)
    if not has_log:
        _fold(folder)
    _half(folder / "ledger.db")

    said = refused("serve", "--port", "0", "--data", folder)

    assert said.startswith(f"loyalty: {folder / 'ledger.db'}: "), said
    assert "cut off" in said or "malformed" in said
    assert "restore a backup (loyalty restore)" in said
    run("verify", "--data", folder, status=1 if has_log else 2)


def test_a_page_that_was_overwritten_is_found_by_verify_and_nothing_is_answered_from_it(
    folder: Path, folded: Path
) -> None:
    shutil.copytree(folded, folder)
    _fold(folder)
    _garbled_at(0.3, 60_000)(folder / "ledger.db")

    report = json.loads(run("verify", "--json", "--data", folder, status=1).stdout)

    assert "store_damaged" in {each["code"] for each in report["faults"]}
    server = RunningServer(folder)
    server.wait_for_greeting()
    answers = [server.client.get(f"/loyalty/members/u-{each}/transactions") for each in range(7)]
    codes = {each.json().get("code", "fine") for each in answers}
    assert codes <= {"fine", "ledger_damaged"}
    server.stop()
