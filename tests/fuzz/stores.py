"""Stores: rows of members with any ids are listed and read as they were written, on real ones."""

from __future__ import annotations

import tempfile
from datetime import date
from itertools import count
from pathlib import Path
from random import Random

from tests.fuzz import nasty
from tests.fuzz.keys import valid
from tests.fuzz.target import Target, require

from loyalty_shared.service.ports import (
    Append,
    LedgerStore,
    MemberAppend,
    MemberKey,
    MemberRecord,
    ReferenceKey,
    StoredEntry,
    StoredReference,
)
from loyalty_shared.storage.memory import MemoryLedgerStore
from loyalty_shared.storage.sqlite.store import SqliteLedgerStore

_DAY = date(2026, 1, 1)
_PAGE = 2


class Stores(Target[list[str]]):
    """Some members of one tier of a program of their own."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._stores: list[LedgerStore] = [
            MemoryLedgerStore(),
            SqliteLedgerStore(Path(self._folder.name)),
        ]
        self._programs = (f"p{number}" for number in count())

    def make(self, random: Random) -> list[str]:
        return sorted({valid(nasty.text(random)) for _ in range(random.randrange(1, 7))})

    def check(self, given: list[str]) -> str:
        program = next(self._programs)
        for store in self._stores:
            with store.batch():
                for id_ in given:
                    store.append(_append(program, id_))
            _check(store, program, given)
        return f"{len(given)} members"

    def close(self) -> None:
        for store in self._stores:
            store.close()
        self._folder.cleanup()


def _append(program: str, id_: str) -> Append:
    return Append(
        (
            MemberAppend(
                MemberKey(program, id_),
                (StoredEntry(1, f"entry {id_}"),),
                MemberRecord("Gold", _DAY),
                (_DAY,),
            ),
        ),
        tuple(
            StoredReference(ReferenceKey(program, kind, id_), 1, f"{kind} {id_}")
            for kind in ("order", "key")
        ),
    )


def _check(store: LedgerStore, program: str, ids: list[str]) -> None:
    for id_ in ids:
        newest = store.newest_entry(MemberKey(program, id_))
        require(newest == StoredEntry(1, f"entry {id_}"), f"the entries of {id_!r} are another's")
        for kind in ("order", "key"):
            reference = store.reference(ReferenceKey(program, kind, id_))
            require(reference is not None and reference.body == f"{kind} {id_}", "a reference")
    require(sorted(store.due_members(program, _DAY)) == ids, "a day lists others")
    listed: list[str] = []
    while True:
        after = listed[-1] if listed else None
        page = store.members_in_tier(program, "Gold", after, _PAGE)
        listed += [each.member_id for each in page]
        if len(page) < _PAGE:
            break
    require(listed == ids, f"a tier lists {listed!r}")
