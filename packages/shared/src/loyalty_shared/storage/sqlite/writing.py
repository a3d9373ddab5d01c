"""One `Append` or one `Removal` inside a transaction, which has the write lock.

So what is checked here is still true when it is written.
"""

from __future__ import annotations

import sqlite3

from loyalty_shared.service.ports import (
    Append,
    AppendConflict,
    MemberAppend,
    ReferenceKey,
    Removal,
    StoredReference,
)
from loyalty_shared.storage.sqlite.connections import Row
from loyalty_shared.storage.sqlite.keys import text_key
from loyalty_shared.storage.sqlite.member_lists import FORGET_DUE, MARK_DUE

MEMBER_ID = "(SELECT id FROM member WHERE program = ? AND member = ?)"
ENTRY = f"SELECT seq, body FROM entry WHERE member = {MEMBER_ID} AND seq = ?"  # noqa: S608 - constants only
_NEWEST = f"SELECT max(seq) FROM entry WHERE member = {MEMBER_ID}"  # noqa: S608 - constants only
REFERENCE = "SELECT version, body FROM reference WHERE key = ?"

_WRITE_REFERENCE = """
INSERT INTO reference (key, version, body) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET version = excluded.version, body = excluded.body
"""
_WRITE_MEMBER = """
INSERT INTO member (program, member, tier, tier_since) VALUES (?, ?, ?, ?)
ON CONFLICT (program, member) DO UPDATE SET tier = excluded.tier, tier_since = excluded.tier_since
"""
_WRITE_ENTRY = f"INSERT INTO entry (member, seq, body) VALUES ({MEMBER_ID}, ?, ?)"  # noqa: S608 - constants only

_REMOVE_ENTRY = f"DELETE FROM entry WHERE member = {MEMBER_ID} AND seq = ?"  # noqa: S608 - constants only
_REMOVE_REFERENCE = "DELETE FROM reference WHERE key = ?"
_REMOVE_RECORD = "UPDATE member SET tier = NULL, tier_since = NULL WHERE program = ? AND member = ?"
# Who has neither a record nor an entry is a name that nobody needs.
_REMOVE_NAME = """
DELETE FROM member WHERE program = ? AND member = ? AND tier IS NULL
AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.member = member.id)
"""


def append(connection: sqlite3.Connection, wanted: Append) -> AppendConflict | None:
    """Write all of an append, or write nothing and give what is in the way."""
    seq_taken = False
    for each in wanted.members:
        [(newest,)] = connection.execute(
            _NEWEST, (each.member.program_id, each.member.member_id)
        ).fetchall()
        # What is not the next of its member was decided on something else: on an entry that a rival
        # followed up, or that is gone with who was forgotten.
        if each.entries[0].seq != (newest or 0) + 1:
            seq_taken = True
    references = [(reference, text_key(reference.key)) for reference in wanted.references]
    found, changed = [], False
    for reference, key in references:
        row = connection.execute(REFERENCE, (key,)).fetchone()
        if (row[0] if row else 0) != reference.version - 1:
            changed = True
            found += [reference_in(reference.key, row)] if row else []
    if seq_taken or changed:
        return AppendConflict(seq_taken=seq_taken, references=tuple(found))
    for each in wanted.members:
        _write(connection, each)
    for reference, key in references:
        connection.execute(_WRITE_REFERENCE, (key, reference.version, reference.body))
    return None


def _write(connection: sqlite3.Connection, wanted: MemberAppend) -> None:
    program_id, member_id = wanted.member.program_id, wanted.member.member_id
    if wanted.record:
        record = (wanted.record.tier, str(wanted.record.tier_since))
        connection.execute(_WRITE_MEMBER, (program_id, member_id, *record))
    for entry in wanted.entries:
        connection.execute(_WRITE_ENTRY, (program_id, member_id, entry.seq, entry.body))
    for day in wanted.due_on:
        connection.execute(MARK_DUE, (program_id, str(day), member_id))


def remove(connection: sqlite3.Connection, removal: Removal) -> None:
    """Remove rows, those that are there, and write over what they leave in the file."""
    connection.execute("PRAGMA secure_delete=ON")  # which SQLite is, or is not, by how it was built
    member = (removal.member.program_id, removal.member.member_id)
    for seq in removal.seqs:
        connection.execute(_REMOVE_ENTRY, (*member, seq))
    for key in removal.references:
        connection.execute(_REMOVE_REFERENCE, (text_key(key),))
    for day in removal.due_on:
        connection.execute(FORGET_DUE, (member[0], str(day), member[1]))
    if removal.record:
        connection.execute(_REMOVE_RECORD, member)
    connection.execute(_REMOVE_NAME, member)


def reference_in(key: ReferenceKey, row: Row) -> StoredReference:
    """Read a reference from a row of `REFERENCE`."""
    version, body = row
    return StoredReference(key, int(str(version)), str(body))
