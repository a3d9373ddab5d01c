"""Harm done to a ledger behind its back, in the file itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from packages.shared.tests.service.verification.healthy import TODAY

from loyalty_shared.service.canonical import encode
from loyalty_shared.service.encoding import hash_of
from loyalty_shared.service.ports import MemberKey
from loyalty_shared.service.verification.report import Report
from loyalty_shared.service.verifying import Verifier, verify_ledger, verify_member
from loyalty_shared.storage.sqlite.snapshot import SqliteSnapshot

Change = Callable[[dict[str, Any]], object]

_OF = "(SELECT id FROM member WHERE member = ?)"


class Damaged:
    """A SQLite ledger, written to by hand."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def run(self, statement: str, *values: object) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def body(self, member: str, seq: int) -> str:
        query = f"SELECT body FROM entry WHERE member = {_OF} AND seq = ?"  # noqa: S608 - ours
        [(body,)] = self.run(query, member, seq)
        return str(body)

    def last_seq(self, member: str) -> int:
        [(seq,)] = self.run(f"SELECT max(seq) FROM entry WHERE member = {_OF}", member)  # noqa: S608 - ours
        return int(seq)

    def seq_of(self, member: str, type_: str) -> int:
        """Find the newest entry of a type."""
        seqs = range(self.last_seq(member), 0, -1)
        return next(seq for seq in seqs if json.loads(self.body(member, seq))["type"] == type_)

    def first_seq_of(self, member: str, type_: str) -> int:
        """Find the oldest entry of a type."""
        seqs = range(1, self.last_seq(member) + 1)
        return next(seq for seq in seqs if json.loads(self.body(member, seq))["type"] == type_)

    def write(self, member: str, seq: int, body: str | bytes) -> None:
        # As a text, whether or not it is one.
        self.run(
            f"UPDATE entry SET body = CAST(? AS TEXT) WHERE member = {_OF} AND seq = ?",  # noqa: S608 - ours
            body,
            member,
            seq,
        )

    def flip(self, member: str, seq: int, at: str, bit: int = 1) -> None:
        """Flip a bit of the first byte of a text inside an entry."""
        body = bytearray(self.body(member, seq).encode())
        body[body.index(at.encode())] ^= bit
        self.write(member, seq, bytes(body))

    def remove(self, member: str, seq: int) -> None:
        self.run(f"DELETE FROM entry WHERE member = {_OF} AND seq = ?", member, seq)  # noqa: S608 - ours

    def forge(self, member: str, seq: int, change: Change) -> None:
        """Change an entry, and write every hash after it anew, as who knows how would."""
        fields = json.loads(self.body(member, seq))
        change(fields)
        self.write(member, seq, encode(fields))
        for later in range(seq + 1, self.last_seq(member) + 1):
            fields = json.loads(self.body(member, later))
            fields["previous"] = hash_of(self.body(member, later - 1))
            self.write(member, later, encode(fields))

    def change_reference(self, key: str, change: Change) -> None:
        [(body,)] = self.run("SELECT body FROM reference WHERE key = ?", f"default#{key}")
        fields = json.loads(body)
        change(fields)
        self.run("UPDATE reference SET body = ? WHERE key = ?", encode(fields), f"default#{key}")

    def report(self, member: str | None = None) -> Report:
        with closing(SqliteSnapshot(self.path)) as ledger:
            verifier = Verifier(TODAY, lambda _: None, workers=0)
            if member is not None:
                return verify_member(ledger, MemberKey("default", member), verifier)
            return verify_ledger(ledger, verifier)

    def found(self, member: str | None = None) -> set[tuple[str, str | None, int | None]]:
        """Say what is wrong: the code, whose, and in which entry."""
        return {
            (fault.code.value, fault.member.member_id if fault.member else None, fault.seq)
            for fault in self.report(member).faults
        }
