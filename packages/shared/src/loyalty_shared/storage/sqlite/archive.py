"""The whole of a SQLite ledger, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date

from loyalty_shared.service.archive import (
    DueMark,
    EntryRow,
    MemberRow,
    Row,
    RowDiffers,
    StoredProgram,
)
from loyalty_shared.service.ports import (
    MemberKey,
    MemberRecord,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.storage.sqlite.keys import key_in, text_key

_PROGRAMS = "SELECT program, version, body FROM program"
_MEMBERS = "SELECT id, program, member, tier, tier_since FROM member WHERE tier NOTNULL ORDER BY id"
_ENTRIES = "SELECT seq, body FROM entry WHERE member = ? ORDER BY seq"
_REFERENCES = "SELECT key, version, body FROM reference ORDER BY id"
_DUE = "SELECT program, member, day FROM due"

_PUT_PROGRAM = "INSERT OR IGNORE INTO program (program, version, body) VALUES (?, ?, ?)"
_GET_PROGRAM = "SELECT body FROM program WHERE program = ? AND version = ?"
# An entry may come before its member's record; the member then is known by name only.
_NAME_MEMBER = "INSERT OR IGNORE INTO member (program, member) VALUES (?, ?)"
_PUT_MEMBER = (
    "UPDATE member SET tier = ?, tier_since = ? WHERE program = ? AND member = ? AND tier IS NULL"
)
_GET_MEMBER = "SELECT tier, tier_since FROM member WHERE program = ? AND member = ?"
_PUT_ENTRY = """
INSERT OR IGNORE INTO entry (member, seq, body)
SELECT id, ?, ? FROM member WHERE program = ? AND member = ?
"""
_GET_ENTRY = """
SELECT body FROM entry JOIN member ON entry.member = member.id
WHERE program = ? AND member.member = ? AND seq = ?
"""
_PUT_REFERENCE = "INSERT OR IGNORE INTO reference (key, version, body) VALUES (?, ?, ?)"
_GET_REFERENCE = "SELECT version, body FROM reference WHERE key = ?"
_PUT_DUE = "INSERT OR IGNORE INTO due (program, day, member) VALUES (?, ?, ?)"


def read_rows(connection: sqlite3.Connection) -> Iterator[Row]:
    """Read every row."""
    for program in connection.execute(_PROGRAMS):
        yield StoredProgram(*program)
    for rowid, program_id, member_id, tier, since in connection.execute(_MEMBERS):
        member = MemberKey(program_id, member_id)
        yield MemberRow(member, MemberRecord(tier, date.fromisoformat(since)))
        for entry in connection.execute(_ENTRIES, (rowid,)):
            yield EntryRow(member, StoredEntry(*entry))
    for key, version, body in connection.execute(_REFERENCES):
        yield StoredReference(key_in(key), version, body)
    for program_id, member_id, day in connection.execute(_DUE):
        yield DueMark(MemberKey(program_id, member_id), date.fromisoformat(day))


def put_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Write rows inside a transaction; raises `RowDiffers`, and then none of them is written."""
    for row in rows:
        if isinstance(row, StoredProgram):
            key: tuple[object, ...] = (row.program_id, row.version)
            connection.execute(_PUT_PROGRAM, (*key, row.body))
            _check(connection, _GET_PROGRAM, key, (row.body,))
        elif isinstance(row, StoredReference):
            key, value = (text_key(row.key),), (row.version, row.body)
            connection.execute(_PUT_REFERENCE, (*key, *value))
            _check(connection, _GET_REFERENCE, key, value)
        else:
            _put_member_row(connection, row)


def _put_member_row(connection: sqlite3.Connection, row: MemberRow | EntryRow | DueMark) -> None:
    member = (row.member.program_id, row.member.member_id)
    connection.execute(_NAME_MEMBER, member)
    if isinstance(row, MemberRow):
        record = (row.record.tier, str(row.record.tier_since))
        connection.execute(_PUT_MEMBER, (*record, *member))
        _check(connection, _GET_MEMBER, member, record)
    elif isinstance(row, EntryRow):
        seq, body = row.entry.seq, row.entry.body
        connection.execute(_PUT_ENTRY, (seq, body, *member))
        _check(connection, _GET_ENTRY, (*member, seq), (body,))
    else:
        connection.execute(_PUT_DUE, (member[0], str(row.day), member[1]))


def _check(
    connection: sqlite3.Connection,
    statement: str,
    key: tuple[object, ...],
    value: tuple[object, ...],
) -> None:
    if connection.execute(statement, key).fetchone() != value:
        raise RowDiffers(f"{' '.join(map(str, key))} is there already, and is not the same")
