from __future__ import annotations

import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path
from unittest.mock import patch

import pytest

from loyalty_shared.storage.sqlite.commits import CommitNote
from loyalty_shared.storage.sqlite.damage import CommitsLost
from loyalty_shared.storage.sqlite.database import Database

_SCHEMA = "CREATE TABLE IF NOT EXISTS thing (name TEXT)"
_INSERT = "INSERT INTO thing VALUES (?)"
_NUMBER = 1_234


@pytest.fixture
def note(tmp_path: Path) -> CommitNote:
    return CommitNote(tmp_path / "some.db")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.db-commits"


def test_the_number_that_was_noted_last_is_read(note: CommitNote) -> None:
    assert note.read() == 0
    for number in (_NUMBER, 10**19, 7):
        note.write(number)
        assert note.read() == number


def test_a_note_with_any_bit_flipped_is_none(note: CommitNote, file: Path) -> None:
    note.write(_NUMBER)
    whole = file.read_bytes()

    for place in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        file.write_bytes(flipped)
        assert note.read() == 0, bytes(flipped)


@pytest.mark.parametrize(
    "text",
    [b"", b"5", b"00000000000000000005\n", b"+0000000000000000005 deadbeef\n", b"\xd9\xa5" * 20],
)
def test_what_is_no_note_is_not_believed(note: CommitNote, file: Path, text: bytes) -> None:
    file.write_bytes(text)

    assert note.read() == 0


def test_a_note_is_not_longer_than_it_was_written(note: CommitNote, file: Path) -> None:
    note.write(_NUMBER)
    file.write_bytes(file.read_bytes() + b"0")

    assert note.read() == 0


def test_a_write_is_done_though_nobody_may_look_for_its_note(tmp_path: Path) -> None:
    database = Database(tmp_path / "some.db", _SCHEMA)

    with patch.object(Path, "exists", side_effect=PermissionError):
        database.write(lambda connection: connection.execute("INSERT INTO thing VALUES ('a')"))

    assert database.read("SELECT name FROM thing") == [("a",)]
    database.close()


@pytest.mark.parametrize(("lost", "is_noticed"), [(1, True), (0, False), (-1, False)])
def test_a_single_commit_that_is_gone_is_noticed_and_an_older_note_is_not_in_the_way(
    tmp_path: Path, lost: int, *, is_noticed: bool
) -> None:
    database = Database(tmp_path / "some.db", _SCHEMA)
    for name in "abc":
        database.write(lambda connection, name=name: connection.execute(_INSERT, (name,)))  # type: ignore[misc]
    database.close()
    with closing(sqlite3.connect(tmp_path / "some.db")) as file, file:
        file.execute("UPDATE commits SET number = number - ?", (lost,))

    with pytest.raises(CommitsLost) if is_noticed else nullcontext():
        Database(tmp_path / "some.db", _SCHEMA).close()
