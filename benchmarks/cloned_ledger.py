"""A ledger of very many members, made of few: the rows of real ones again under other names.

Everything is as large and as many as it would be, and stands in the file as it would after all had
bought in turn. Balances and accounts are those of the members cloned. What no read looks at is
wrong: the hash in each clone's first entry is that of another member, so `verify` would say so.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from made_ledgers import buy, new_ledger

from loyalty_shared.storage.sqlite.store import FILE_NAME, SqliteLedgerStore

ENTRIES_A_MEMBER = 10
_ORIGINALS = 1_000

_CLONES = "WITH RECURSIVE clone (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM clone WHERE n < :last)"
_MEMBERS = f"""
{_CLONES} INSERT INTO member (id, program, member, tier, tier_since)
SELECT id + n * :originals, program, member || '-' || n, tier, tier_since
FROM clone CROSS JOIN original_member
"""  # noqa: S608 - constants only
_ENTRIES = f"""
{_CLONES} INSERT INTO entry (member, seq, body)
SELECT member + n * :originals, seq, body FROM clone CROSS JOIN original_entry WHERE seq = :seq
"""  # noqa: S608 - constants only
_REFERENCES = f"""
{_CLONES} INSERT INTO reference (key, version, body)
SELECT key || '-' || n, version, body FROM clone CROSS JOIN original_reference
"""  # noqa: S608 - constants only


def member_name(number: int) -> str:
    """Name a member of a cloned ledger, by its number from 0."""
    clone, original = divmod(number, _ORIGINALS)
    return f"member-{original:04d}" + (f"-{clone}" if clone else "")


def make_ledger(folder: Path, members: int) -> Path:
    """Make a ledger of so many thousand members, `ENTRIES_A_MEMBER` entries each; give its file.

    A thousand of them are written by the real code, each purchase of all before the next of any.
    """
    with closing(SqliteLedgerStore(folder)) as store:
        ledger = new_ledger(store)
        for number in range(1, ENTRIES_A_MEMBER + 1):
            buy(ledger, {member_name(each): 1 for each in range(_ORIGINALS)}, first=number)
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as database:
        # It is only made here, and made anew if it is lost; the service turns its log on again.
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA cache_size=-1000000")
        for table in ("member", "entry", "reference"):
            database.execute(f"CREATE TEMP TABLE original_{table} AS SELECT * FROM {table}")  # noqa: S608 - as above
        values = {"last": members // _ORIGINALS - 1, "originals": _ORIGINALS}
        if values["last"]:
            database.execute("BEGIN")
            database.execute(_MEMBERS, values)
            for seq in range(1, ENTRIES_A_MEMBER + 1):
                database.execute(_ENTRIES, {**values, "seq": seq})
            database.execute(_REFERENCES, values)
            database.execute("COMMIT")
    return folder / FILE_NAME
